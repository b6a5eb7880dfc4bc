// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/workload/canvas.h"

#include <X11/Xutil.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace wardesk::bench {

namespace {

constexpr unsigned rgb[] = { 0x101418, 0x5c6770, 0xb8c0c6, 0xffffff, 0xe6ebee, 0x1f6f8b, 0xfafafa };

}

Canvas::Canvas(Display* display, Window window, Area size)
    : m_display(display)
    , m_window(window)
    , m_size(size)
    , m_gc(XCreateGC(display, window, 0, nullptr))
    , m_font(XftFontOpenName(display, XDefaultScreen(display), "DejaVu Sans:pixelsize=13"))
{
    if (m_font == nullptr) {
        throw std::runtime_error("no font");
    }
    Visual* visual = XDefaultVisual(display, XDefaultScreen(display));
    const Colormap map = XDefaultColormap(display, XDefaultScreen(display));
    for (int ink = 0; ink < static_cast<int>(Ink::count); ++ink) {
        const auto widen = [value = rgb[ink]](int shift) {
            return static_cast<unsigned short>(((value >> shift) & 0xffU) * 257U);
        };
        const XRenderColor colour { widen(16), widen(8), widen(0), 0xffff };
        XftColorAllocValue(display, visual, map, &colour, &m_colours[ink]);
    }
    makePixmap();
}

Canvas::~Canvas()
{
    dropPixmap();
    XftFontClose(m_display, m_font);
    XFreeGC(m_display, m_gc);
}

int Canvas::lineHeight() const
{
    return m_font->height + 3;
}

int Canvas::textWidth(const std::string& text) const
{
    XGlyphInfo extents {};
    XftTextExtentsUtf8(m_display, m_font, reinterpret_cast<const FcChar8*>(text.data()),
        static_cast<int>(text.size()), &extents);
    return extents.xOff;
}

void Canvas::resize(Area size)
{
    if (size.width == m_size.width && size.height == m_size.height) {
        return;
    }
    dropPixmap();
    m_size = size;
    makePixmap();
}

void Canvas::fill(Area area, Ink ink)
{
    XftDrawRect(m_draw, &m_colours[static_cast<int>(ink)], area.x, area.y,
        static_cast<unsigned>(area.width), static_cast<unsigned>(area.height));
}

void Canvas::text(int x, int baseline, const std::string& text, Ink ink)
{
    XftDrawStringUtf8(m_draw, &m_colours[static_cast<int>(ink)], m_font, x, baseline,
        reinterpret_cast<const FcChar8*>(text.data()), static_cast<int>(text.size()));
}

void Canvas::picture(Area area, const std::vector<std::uint8_t>& grey)
{
    const auto pixels
        = static_cast<std::size_t>(area.width) * static_cast<std::size_t>(area.height);
    auto* data = static_cast<std::uint32_t*>(std::malloc(pixels * 4)); // XDestroyImage frees it
    for (std::size_t i = 0; i < pixels; ++i) {
        data[i] = static_cast<std::uint32_t>(grey[i]) * 0x010101U;
    }
    XImage* image = XCreateImage(m_display, XDefaultVisual(m_display, XDefaultScreen(m_display)),
        static_cast<unsigned>(XDefaultDepth(m_display, XDefaultScreen(m_display))), ZPixmap, 0,
        reinterpret_cast<char*>(data), static_cast<unsigned>(area.width),
        static_cast<unsigned>(area.height), 32, 0);
    XPutImage(m_display, m_pixmap, m_gc, image, 0, 0, area.x, area.y,
        static_cast<unsigned>(area.width), static_cast<unsigned>(area.height));
    XDestroyImage(image);
}

void Canvas::show(Area area)
{
    XCopyArea(m_display, m_pixmap, m_window, m_gc, area.x, area.y,
        static_cast<unsigned>(area.width), static_cast<unsigned>(area.height), area.x, area.y);
}

void Canvas::makePixmap()
{
    const int screen = XDefaultScreen(m_display);
    m_pixmap = XCreatePixmap(m_display, m_window, static_cast<unsigned>(m_size.width),
        static_cast<unsigned>(m_size.height),
        static_cast<unsigned>(XDefaultDepth(m_display, screen)));
    m_draw = XftDrawCreate(m_display, m_pixmap, XDefaultVisual(m_display, screen),
        XDefaultColormap(m_display, screen));
}

void Canvas::dropPixmap()
{
    XftDrawDestroy(m_draw);
    XFreePixmap(m_display, m_pixmap);
}

}
