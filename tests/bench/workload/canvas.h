// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <X11/Xft/Xft.h>
#include <X11/Xlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace wardesk::bench {

struct Area
{
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

enum class Ink { text, faint, line, paper, shade, accent, white, count };

/// Draws into a pixmap; show() copies the parts that changed to the window, as a toolkit does.
class Canvas
{
public:
    Canvas(Display* display, Window window, Area size);
    ~Canvas();
    Canvas(const Canvas&) = delete;
    Canvas& operator=(const Canvas&) = delete;

    [[nodiscard]] Area size() const { return m_size; }
    [[nodiscard]] int lineHeight() const;
    [[nodiscard]] int textWidth(const std::string& text) const;
    void resize(Area size);
    void fill(Area area, Ink ink);
    void text(int x, int baseline, const std::string& text, Ink ink = Ink::text);
    void picture(Area area, const std::vector<std::uint8_t>& grey);
    void show(Area area);

private:
    void makePixmap();
    void dropPixmap();

    Display* m_display;
    Window m_window;
    Area m_size;
    GC m_gc;
    Pixmap m_pixmap = 0;
    XftDraw* m_draw = nullptr;
    XftFont* m_font;
    XftColor m_colours[static_cast<int>(Ink::count)] {};
};

}
