# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A scripted clinician's work in the bench's own workload, and what it costs: bytes of each phase, and whether every
settled screen was the true one. The same keys at the same pace for every client."""

import json
import pathlib
import time

import numpy

from compare import save, tile_similarity, wrong_lines
from hands import Hands
from harness import say
from screen import Screen
from stack import BUILD, wait_until

PROGRAM = BUILD / "bin" / "bench-workload"
LOG = "/tmp/bench-workload.log"
NOTE = "patient slept well, no pain. bp 128 over 76, pulse 71. k 4.1, crea 96. walks with aid."
SETTLE = 0.5  # seconds from the last change to a screen that must be true
LEAST_SIMILARITY = 0.95


class Settled:
    """One screen of the client half a second after its last change, beside the true one."""

    def __init__(self, phase, shown, true, areas, later=None):
        self.phase, self.shown, self.true, self.areas, self.later = phase, shown, true, areas, later

    def judge(self, keep=None, label="", read=True):
        similarity, where = tile_similarity(self.true, self.shown)
        wrong = wrong_lines(self.true, self.shown, self.areas) if read else []
        if keep and (wrong or similarity < LEAST_SIMILARITY):
            keep.mkdir(parents=True, exist_ok=True)
            stem = f"{label}-{self.phase}-{int(time.monotonic() * 1000)}"
            save(self.shown, keep / f"{stem}-shown.png")
            save(self.true, keep / f"{stem}-true.png")
        answer = {"phase": self.phase, "similarity": round(similarity, 4), "worst_tile": where, "lines_wrong": len(wrong),
                  "exact": bool(numpy.array_equal(self.true, self.shown))}
        if wrong:
            answer["examples"] = wrong[:3]
        if self.later is not None and (wrong or similarity < LEAST_SIMILARITY):
            answer["two_seconds_later"] = {"similarity": round(tile_similarity(self.true, self.later)[0], 4)}
            if read:
                answer["two_seconds_later"]["lines_wrong"] = len(wrong_lines(self.true, self.later, self.areas))
        return answer


class Workday:
    """Works one session. The client is on `display`; the desktop is `inside`."""

    def __init__(self, display, inside, counter, connect, log=LOG):
        self.display, self.inside, self.counter, self.connect, self.log = display, inside, counter, connect, log
        self.bytes, self.seconds, self.settled = {}, {}, []

    def stamps(self):
        return [json.loads(line) for line in (self.inside.root / self.log.lstrip("/")).read_text().splitlines()]

    def prepare(self):
        display = self.inside.display()

        def seen(*words):
            return self.inside.run("xdotool", *words, user="clinician", display=display, check=False).returncode == 0
        # the window that the image itself opens must not come to lie over ours
        wait_until(lambda: seen("search", "--onlyvisible", "--class", "Wardesk"), 20, "the session's own window")
        self.inside.put(PROGRAM, "/tmp/bench-workload")
        program = self.inside.start("/tmp/bench-workload", self.log)

        def drawn():
            if program.poll() is not None:
                raise AssertionError("the workload ended at once")
            return (self.inside.root / self.log.lstrip("/")).exists() and self.stamps()
        wait_until(drawn, 15, "the workload's first screen")

    def phase(self, name, act, check=True):
        before, start = self.counter.read(), time.monotonic()
        last = act()
        if check:
            self.check(name, last)
        time.sleep(max(0.0, last + 2 * SETTLE - time.monotonic()))  # what trickles after belongs to the phase
        after = self.counter.read()
        self.bytes[name] = {key: self.bytes.get(name, {}).get(key, 0) + after[key] - before[key] for key in after}
        self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - start

    def check(self, phase, last):
        time.sleep(max(0.0, last + SETTLE - time.monotonic()))
        shown, true = self.pair()
        later = None
        if tile_similarity(true, shown)[0] < LEAST_SIMILARITY:
            time.sleep(1.5)
            later, _ = self.pair()
        self.settled.append(Settled(phase, shown, true, self.areas(), later))

    def pair(self):
        """What the client shows, and what the desktop does."""
        shown, true = self.screen.grab(), self.inside.true_screen()
        if shown.shape != true.shape:
            raise AssertionError(f"the client shows {shown.shape[1]}x{shown.shape[0]}, the desktop has "
                                 f"{true.shape[1]}x{true.shape[0]}")
        return shown, true

    def areas(self):
        return self.stamps()[-1]["areas"]

    def first_screen(self):
        """Connected and drawn: the client's screen is like the desktop's and stays as it is."""
        self.connect()
        last, _ = self.screen.watch_until_still(quiet=0.8, seconds=20, ready=lambda: self.screen.pixel(*self.middle) != (0, 0, 0))
        return last

    def run(self, idle=10):
        with Screen(self.display.name) as self.screen, Hands(self.display) as hands:
            self.middle = (self.screen.width // 2, self.screen.height // 2)
            self.phase("first", self.first_screen)
            self.work(hands)
            self.phase("idle", lambda: time.sleep(idle) or time.monotonic(), check=False)
        return self

    def work(self, hands):
        hands.click(self.screen.width // 2, self.screen.height - 20)
        time.sleep(0.5)
        seen = len(self.stamps())
        self.phase("typing", lambda: hands.repeat(lambda i: hands.character(NOTE[i % len(NOTE)]), 75, 0.2))
        typed = [stamp for stamp in self.stamps()[seen:] if stamp["event"] == "type"]
        if len(typed) != 75:
            raise AssertionError(f"{len(typed)} of 75 keys arrived in the desktop")
        self.phase("tabs", lambda: hands.press("F3"))
        self.phase("tabs", lambda: hands.repeat(lambda _: hands.press("Tab"), 5, 1.0))
        self.phase("tabs", lambda: hands.repeat(lambda _: hands.press("Tab"), 5, 1.0))
        self.phase("scrolling", lambda: hands.press("F4"))
        self.phase("scrolling", lambda: hands.repeat(lambda _: hands.press("Down"), 50, 0.1))
        self.phase("scrolling", lambda: hands.repeat(lambda _: hands.press("Down"), 50, 0.1))
        self.phase("pictures", lambda: hands.press("F6"))
        self.phase("pictures", lambda: hands.repeat(lambda _: hands.press("Right"), 4, 1.5))

    def key_latency(self, times=30):
        """Seconds from a key to the first change that it makes in the note, for each of some keys; not part of the mix."""
        found = []
        with Screen(self.display.name) as screen, Hands(self.display) as hands:
            hands.press("F2")
            time.sleep(1)
            x, y, width, _ = next(area for area in self.areas() if area[0] == "note")[1:]
            area = x, y, width, 120
            for i in range(times):
                before = screen.grab(*area)
                pressed = hands.character(NOTE[i].replace(" ", "x"), hold=0)
                while numpy.array_equal(screen.grab(*area), before):
                    if time.monotonic() > pressed + 2:
                        raise AssertionError("a typed character did not appear")
                    time.sleep(0.0005)
                found.append(time.monotonic() - pressed)
                time.sleep(0.15)
        return found

    def latency(self, times=10):
        """Seconds from Tab to the last change that it makes in a strip of the form, for each of some forms; not part of the mix."""
        found = []
        with Screen(self.display.name) as screen, Hands(self.display) as hands:
            hands.press("F3")
            time.sleep(1)
            for _ in range(times):
                pressed, strip = hands.press("Tab"), None
                last = pressed
                while time.monotonic() < pressed + 0.9:
                    now = screen.grab(200, 80, 32, 600)
                    if strip is not None and not numpy.array_equal(now, strip):
                        last = time.monotonic()
                    strip = now
                    time.sleep(0.004)
                found.append(last - pressed)
        return found

    def judged(self, keep=None, label="", read=True):
        return [settled.judge(keep, label, read) for settled in self.settled]

    def mix(self):
        """Bytes from the desktop over the whole of the work, idle time left out."""
        return sum(value["down"] for name, value in self.bytes.items() if name != "idle")
