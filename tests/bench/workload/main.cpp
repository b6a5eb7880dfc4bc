// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/workload/scenes.h"

#include <X11/Xutil.h>
#include <X11/keysym.h>

#include <cstdio>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <string>

/// bench-workload LOG: a window that is worked by keys; each change is stamped in LOG
/// (CLOCK_MONOTONIC, which a container shares with its host) once the X server has it.
namespace wardesk::bench {

namespace {

class Stamps
{
public:
    explicit Stamps(const char* path)
        : m_file(std::fopen(path, "w"))
    {
        if (m_file == nullptr) {
            throw std::runtime_error("the log cannot be written");
        }
    }
    ~Stamps() { std::fclose(m_file); }
    Stamps(const Stamps&) = delete;
    Stamps& operator=(const Stamps&) = delete;

    /// The areas are written as they lie on the screen.
    void write(const Workload& work, const std::string& event, Area window)
    {
        timespec now {};
        clock_gettime(CLOCK_MONOTONIC, &now);
        std::string areas;
        for (const NamedArea& named : work.textAreas()) {
            areas += (areas.empty() ? "" : ", ") + std::string("[\"") + named.name + "\", "
                + std::to_string(window.x + named.area.x) + ", "
                + std::to_string(window.y + named.area.y) + ", " + std::to_string(named.area.width)
                + ", " + std::to_string(named.area.height) + "]";
        }
        const double milliseconds
            = static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
        std::fprintf(m_file,
            "{\"ms\": %.3f, \"event\": \"%s\", \"scene\": \"%s\", \"areas\": [%s]}\n", milliseconds,
            event.c_str(), work.name(), areas.c_str());
        std::fflush(m_file);
    }

private:
    std::FILE* m_file;
};

/// Returns what happened, or nothing when the key means nothing.
std::string press(Workload& work, XKeyEvent& event)
{
    char text[16] {};
    KeySym key = 0;
    const int length = XLookupString(&event, text, sizeof text - 1, &key, nullptr);
    switch (key) {
    case XK_F2:
        work.open(Scene::notes);
        return "open";
    case XK_F3:
        work.open(Scene::forms);
        return "open";
    case XK_F4:
        work.open(Scene::list);
        return "open";
    case XK_F6:
        work.open(Scene::pictures);
        return "open";
    case XK_Tab:
        work.nextForm();
        return "form";
    case XK_Down:
        work.scrollOneRow();
        return "scroll";
    case XK_Right:
        work.nextPicture();
        return "picture";
    default:
        break;
    }
    if (length != 1 || text[0] < ' ' || text[0] > '~') {
        return {};
    }
    work.type(std::string(1, text[0]));
    return "type";
}

Area placeOf(Display* display, Window window)
{
    Area place;
    Window child = 0;
    XTranslateCoordinates(display, window, XRootWindow(display, XDefaultScreen(display)), 0, 0,
        &place.x, &place.y, &child);
    return place;
}

void run(Display* display, const char* log)
{
    const int screen = XDefaultScreen(display);
    const Area size { 0, 0, XDisplayWidth(display, screen), XDisplayHeight(display, screen) };
    const Window window = XCreateSimpleWindow(display, XRootWindow(display, screen), 0, 0,
        static_cast<unsigned>(size.width), static_cast<unsigned>(size.height), 0, 0,
        XWhitePixel(display, screen));
    XStoreName(display, window, "Workload");
    XSetWindowBackgroundPixmap(display, window, 0); // no flash before our own paint
    XSelectInput(display, window, ExposureMask | KeyPressMask | StructureNotifyMask);
    XMapRaised(display, window);
    Canvas canvas(display, window, size);
    Workload work(canvas);
    Stamps stamps(log);
    work.drawAll();
    while (true) {
        XEvent event {};
        XNextEvent(display, &event);
        std::string what;
        if (event.type == KeyPress) {
            what = press(work, event.xkey);
        } else if (event.type == ConfigureNotify) {
            canvas.resize({ 0, 0, event.xconfigure.width, event.xconfigure.height });
        } else if (event.type == Expose && event.xexpose.count == 0) {
            work.drawAll();
            what = "expose";
        }
        if (!what.empty()) {
            XSync(display, 0);
            stamps.write(work, what, placeOf(display, window));
        }
    }
}

}

}

int main(int count, char** words)
{
    if (count != 2) {
        std::fprintf(stderr, "usage: bench-workload LOG\n");
        return 2;
    }
    Display* display = XOpenDisplay(nullptr);
    if (display == nullptr) {
        std::fprintf(stderr, "bench-workload: no display\n");
        return 1;
    }
    try {
        wardesk::bench::run(display, words[1]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench-workload: %s\n", error.what());
    }
    return 1;
}
