# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Looking at an X display from outside: pixels, whole screens, windows that appear."""

import contextlib
import ctypes
import ctypes.util
import time

import numpy

x11 = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")


class XImage(ctypes.Structure):
    _fields_ = [("width", ctypes.c_int), ("height", ctypes.c_int), ("xoffset", ctypes.c_int), ("format", ctypes.c_int),
                ("data", ctypes.POINTER(ctypes.c_char)), ("byte_order", ctypes.c_int), ("bitmap_unit", ctypes.c_int),
                ("bitmap_bit_order", ctypes.c_int), ("bitmap_pad", ctypes.c_int), ("depth", ctypes.c_int),
                ("bytes_per_line", ctypes.c_int), ("bits_per_pixel", ctypes.c_int)]


class XEvent(ctypes.Union):
    class Map(ctypes.Structure):  # MapNotify, and the beginning of the others
        _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
                    ("display", ctypes.c_void_p), ("event", ctypes.c_ulong), ("window", ctypes.c_ulong)]
    _fields_ = [("type", ctypes.c_int), ("map", Map), ("room", ctypes.c_long * 24)]


x11.XOpenDisplay.restype = ctypes.c_void_p
x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
x11.XDefaultRootWindow.restype = ctypes.c_ulong
x11.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
x11.XDisplayWidth.argtypes = x11.XDisplayHeight.argtypes = [ctypes.c_void_p, ctypes.c_int]
x11.XGetImage.restype = ctypes.POINTER(XImage)
x11.XGetImage.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
                          ctypes.c_ulong, ctypes.c_int]
x11.XFree.argtypes = [ctypes.c_void_p]
x11.XCloseDisplay.argtypes = x11.XFlush.argtypes = x11.XPending.argtypes = [ctypes.c_void_p]
x11.XSelectInput.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_long]
x11.XNextEvent.argtypes = [ctypes.c_void_p, ctypes.POINTER(XEvent)]
x11.XConnectionNumber.argtypes = [ctypes.c_void_p]
x11.XGetGeometry.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.POINTER(ctypes.c_ulong)] + [ctypes.POINTER(ctypes.c_int)] * 2 \
    + [ctypes.POINTER(ctypes.c_uint)] * 4
ERROR_HANDLER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
ignore_errors = ERROR_HANDLER(lambda _display, _error: 0)  # a window may go while we look at it
x11.XSetErrorHandler(ignore_errors)

ALL_PLANES, Z_PIXMAP, MAP_NOTIFY, SUBSTRUCTURE_NOTIFY = ctypes.c_ulong(-1).value, 2, 19, 1 << 19


class Screen:
    """One connection to an X display."""

    def __init__(self, name):
        self.display = x11.XOpenDisplay(name.encode())
        if not self.display:
            raise AssertionError(f"no X display {name}")
        self.root = x11.XDefaultRootWindow(self.display)
        self.width, self.height = x11.XDisplayWidth(self.display, 0), x11.XDisplayHeight(self.display, 0)

    def close(self):
        x11.XCloseDisplay(self.display)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def grab(self, x=0, y=0, width=None, height=None):
        """The pixels as an array [height, width, (r, g, b)]."""
        width, height = width or self.width - x, height or self.height - y
        image = x11.XGetImage(self.display, self.root, x, y, width, height, ALL_PLANES, Z_PIXMAP)
        if not image:
            raise AssertionError("the screen could not be read")
        head = image.contents
        raw = ctypes.string_at(head.data, head.bytes_per_line * head.height)
        x11.XFree(head.data)
        x11.XFree(image)
        pixels = numpy.frombuffer(raw, numpy.uint8).reshape(height, head.bytes_per_line // 4, 4)
        return pixels[:, :width, 2::-1]

    def pixel(self, x, y):
        return tuple(int(v) for v in self.grab(x, y, 1, 1)[0, 0])

    def wait_pixels(self, points, good, seconds, interval=0.002):
        """Monotonic time at which good(r, g, b) held for every point."""
        end = time.monotonic() + seconds
        while True:
            if all(good(*self.pixel(*point)) for point in points):
                return time.monotonic()
            if time.monotonic() > end:
                raise AssertionError(f"the expected picture did not come within {seconds} s: "
                                     f"{[self.pixel(*point) for point in points]}")
            time.sleep(interval)

    def watch_windows(self):
        x11.XSelectInput(self.display, self.root, SUBSTRUCTURE_NOTIFY)
        x11.XFlush(self.display)
        x11.XPending(self.display)

    def wait_window(self, seconds, least=200):
        """Monotonic time at which a window of a useful size was mapped (call watch_windows() before it can be)."""
        end = time.monotonic() + seconds
        event = XEvent()
        while time.monotonic() < end:
            while x11.XPending(self.display):
                x11.XNextEvent(self.display, ctypes.byref(event))
                now = time.monotonic()
                if event.type == MAP_NOTIFY and min(self.size_of(event.map.window)) >= least:
                    return now
            time.sleep(0.001)
        raise AssertionError(f"no window appeared within {seconds} s")

    def size_of(self, window):
        root, x, y = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_int()
        width, height, border, depth = (ctypes.c_uint() for _ in range(4))
        if not x11.XGetGeometry(self.display, window, *(ctypes.byref(v) for v in (root, x, y, width, height, border, depth))):
            return 0, 0
        return width.value, height.value

    def watch_until_still(self, quiet, seconds, least=60, interval=0.04, ready=lambda: True, without_bottom=0):
        """(monotonic time of the last change of more than `least` pixels, the screen then): what a blinking caret does
        is less; a clock in the last lines can be left out. Ends when nothing larger changed for `quiet` seconds and
        ready() is true."""
        height = self.height - without_bottom
        last, screen = time.monotonic(), self.grab(height=height)
        end = last + seconds
        while time.monotonic() < end:
            time.sleep(interval)
            now, next_screen = time.monotonic(), self.grab(height=height)
            if numpy.count_nonzero((next_screen != screen).any(axis=2)) > least:
                last, screen = now, next_screen
            elif now - last > quiet and ready():
                return last, next_screen
        raise AssertionError(f"the screen was not still for {quiet} s within {seconds} s")


def read_xwd(data):
    """What xwd -root writes (24 or 32 bits deep, 32 bits a pixel, least significant byte first) as pixels."""
    head = numpy.frombuffer(data[:100], ">u4")
    header_size, width, height = int(head[0]), int(head[4]), int(head[5])
    byte_order, bits, line, colours = int(head[7]), int(head[11]), int(head[12]), int(head[19])
    if byte_order != 0 or bits not in (24, 32):
        raise AssertionError(f"an xwd picture of another kind: byte order {byte_order}, {bits} bits a pixel")
    start, size = header_size + colours * 12, bits // 8
    rows = numpy.frombuffer(data[start:start + line * height], numpy.uint8).reshape(height, line)
    return rows[:, :width * size].reshape(height, width, size)[:, :, 2::-1]


@contextlib.contextmanager
def watching(display):
    screen = Screen(display.name)
    try:
        yield screen
    finally:
        screen.close()
