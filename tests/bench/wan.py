# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""wan: opening a patient's record from a terminal 40 ms (round trip) away: GNUmed in the desktop beside its server and our
client at the terminal, against GNUmed's own client at the terminal. The same relay holds every byte of both."""

import time

from compare import tile_similarity
from hands import Hands
from harness import figure, say, spread
from his import ADDRESS, CLOCK_HEIGHT, READY, AtTerminal, InDesktop, machine, open_patient, some_patients, title_of
from inside import Inside
from ours import SIZE, Person, data_centre, end
from screen import Screen
from stack import SUBNET, Display
from terminal import Terminal

DELAY = 0.02  # each way
STEP = 0.06
QUIET = 3.0  # seconds without a change: longer than any pause on the way


class Seat:
    """Somebody at a terminal: a display, a line, and the HIS wherever it runs."""

    def __init__(self, display, terminal, his, asks_itself):
        self.asks_itself = asks_itself  # the HIS client's own line to its server is the one that is counted
        self.screen, self.hands, self.terminal, self.his = Screen(display.name), Hands(display), terminal, his

    def settle(self, seconds=60):
        return self.screen.watch_until_still(quiet=QUIET, seconds=seconds, interval=STEP, without_bottom=CLOCK_HEIGHT)

    def open(self, number):
        """(seconds from Return to the last change on the terminal's screen, bytes and round trips of it)"""
        before = self.terminal.read()
        pressed = open_patient(self.hands, number)
        last, _ = self.screen.watch_until_still(quiet=QUIET, seconds=90, interval=STEP, without_bottom=CLOCK_HEIGHT,
                                                ready=lambda: self.opened(number))
        after = self.terminal.read()
        return last - pressed, {key: after[key] - before[key] for key in after}

    def opened(self, number):
        """The record is there, and a HIS client at the terminal has nothing more under way."""
        if self.asks_itself:
            count = self.terminal.read()
            time.sleep(1)
            if self.terminal.read() != count:
                return False
        return bool(self.his.titles(title_of(number)))

    def close(self):
        self.screen.close()
        self.hands.close()


def similarity_of(inside, seat):
    true, shown = (pixels[:-CLOCK_HEIGHT] for pixels in (inside.true_screen(), seat.screen.grab()))
    return tile_similarity(true, shown)[0]


def measure(runs):
    with machine(), data_centre(image="gnumed", spare=1, maximum=1) as (stack, pool):
        broker = f"127.0.0.1:{stack.port}"
        desktops = [f"{SUBNET}.{last}:3389" for last in range(200, 215)]
        with Terminal({line: line for line in [broker, *desktops]}, DELAY) as thin, \
                Terminal({f"{ADDRESS}:5432": f"{ADDRESS}:5432"}, DELAY) as fat:
            person = Person(stack, "anna")
            client = person.warm_client(size=SIZE, prefix=thin.prefix)
            display = Display(SIZE)
            seats = []
            try:
                with AtTerminal(fat, display) as own:
                    person.sign_in(client)
                    client.wait_mark("firstFrame", 60)
                    inside = Inside(person.desktop()["domain"])
                    ours = Seat(client.display, thin, InDesktop(inside), asks_itself=False)
                    theirs = Seat(display, fat, own, asks_itself=True)
                    seats = [ours, theirs]
                    for seat in seats:
                        seat.his.wait(READY)
                        seat.hands.move(640, 600)
                    own_start = time.monotonic() - own.started
                    time.sleep(6)  # the client's bar goes away
                    for seat in seats:
                        seat.settle()
                    found = {"ours": [], "theirs": []}
                    for number, patient in enumerate(some_patients(runs)):
                        for name, seat in (("ours", ours), ("theirs", theirs)):
                            found[name].append(seat.open(patient))
                            say(f"wan {number + 1}/{runs}: {name}: {found[name][-1][0]:.2f} s, {found[name][-1][1]}")
                        similarity = max(similarity_of(inside, ours) for _ in range(3))  # a caret blinks
            finally:
                for seat in seats:
                    seat.close()
                display.stop()
                end(stack, client)

    def times(name):
        return [took for took, _ in found[name]]

    def counts(name, key):
        return [count[key] for _, count in found[name]]
    details = {"delay_ms": 2 * DELAY * 1000, "similarity_at_the_end": round(similarity, 4), "own_client_start_s": round(own_start, 1)}
    for name in ("ours", "theirs"):
        for key in ("up", "down", "round_trips"):
            details[f"{key}_{name}"] = spread(counts(name, key), 0)["median"]
    yield figure("wan", "s", times("ours"), times("theirs"), goal=0.4, phase="open a patient's record", digits=2, **details)
    yield figure("wan", "bytes", *([a + b for a, b in zip(counts(n, "up"), counts(n, "down"))] for n in ("ours", "theirs")),
                 digits=0, phase="both ways, to open a patient's record")
