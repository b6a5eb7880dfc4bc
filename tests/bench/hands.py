# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A clinician's hands: keys and clicks into a display, at a steady pace."""

import ctypes
import ctypes.util
import time

from screen import Screen, x11

xtst = ctypes.CDLL(ctypes.util.find_library("Xtst") or "libXtst.so.6")
xtst.XTestFakeKeyEvent.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong]
xtst.XTestFakeButtonEvent.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong]
xtst.XTestFakeMotionEvent.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_ulong]
x11.XStringToKeysym.restype = ctypes.c_ulong
x11.XStringToKeysym.argtypes = [ctypes.c_char_p]
x11.XKeysymToKeycode.restype = ctypes.c_ubyte
x11.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
x11.XSetInputFocus.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_ulong]

NAMES = {" ": "space", ".": "period", ",": "comma", "-": "minus", "/": "slash", "#": "numbersign", "\n": "Return"}
SHIFTED = {"numbersign"}


class Hands:
    def __init__(self, display):
        self.screen = Screen(display.name)
        self.display = self.screen.display

    def close(self):
        self.screen.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def code(self, name):
        return x11.XKeysymToKeycode(self.display, x11.XStringToKeysym(name.encode()))

    def press(self, *names, hold=0.02):
        """One key, or several held together (the last is the key), for as long as a hand would; returns when it went down."""
        codes = [self.code(NAMES.get(name, name)) for name in names]
        for code in codes:
            xtst.XTestFakeKeyEvent(self.display, code, 1, 0)
        pressed = time.monotonic()
        x11.XFlush(self.display)
        time.sleep(hold)
        for code in reversed(codes):
            xtst.XTestFakeKeyEvent(self.display, code, 0, 0)
        x11.XFlush(self.display)
        return pressed

    def character(self, character, hold=0.02):
        name = NAMES.get(character, character)
        if name in SHIFTED or character.isupper():
            return self.press("Shift_L", name, hold=hold)
        return self.press(name, hold=hold)

    def type(self, text, pause=0.03):
        for character in text:
            last = self.character(character)
            time.sleep(pause)
        return last

    def repeat(self, act, times, every):
        """Calls act(i) at a steady pace, late by no more than it was late itself; returns the time of the last call."""
        start = time.monotonic()
        for i in range(times):
            time.sleep(max(0.0, start + i * every - time.monotonic()))
            act(i)
        return time.monotonic()

    def move(self, x, y):
        xtst.XTestFakeMotionEvent(self.display, -1, x, y, 0)
        x11.XFlush(self.display)

    def click(self, x, y):
        self.move(x, y)
        time.sleep(0.05)
        xtst.XTestFakeButtonEvent(self.display, 1, 1, 0)
        x11.XFlush(self.display)
        time.sleep(0.05)
        xtst.XTestFakeButtonEvent(self.display, 1, 0, 0)
        x11.XFlush(self.display)
        return time.monotonic()
