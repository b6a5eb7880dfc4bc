# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The scripted work in the HIS itself: GNUmed with invented patients. No pictures: the invented patients have none."""

import time

from compare import tile_similarity
from his import CLOCK_HEIGHT, READY, InDesktop, open_patient, title_of
from work import LEAST_SIMILARITY, NOTE, Workday

# Where GNUmed 1.8 has its tabs and fields in a window of 1280x800.
TABS_Y = 757
TABS = {"Waiting list": 144, "Overview": 244, "Demographics": 355, "EMR Tree": 465, "EMR Journal": 567, "Notes": 658,
        "Medication": 748, "Measurements": 866}
JOURNAL_ROW, SUBJECTIVE = (300, 250), (860, 298)


class HisDay(Workday):
    patients = (40, 57)  # the same for both sides of a run

    def prepare(self):
        self.his = InDesktop(self.inside)
        self.his.wait(READY, 90)

    def areas(self):
        # As GNUmed has them; each is read like with like. The photograph and the sign of the sex, which is no letter and is
        # read as any of several, are left to the similarity of the tiles.
        height, width = self.screen.height - CLOCK_HEIGHT - 120, self.screen.width
        return [["title", 24, 0, width - 24 - 60, 21], ["menu", 0, 21, width, 26], ["name", 54, 48, 386, 40], ["born", 456, 48, width - 456, 36],
                ["measured", 54, 88, 780, 32], ["visit", 900, 88, 346, 30], ["left", 0, 120, 424, height], ["middle", 424, 120, 424, height],
                ["right", 848, 120, self.screen.width - 848, height]]

    def pair(self):
        """Without the clock; a caret may blink, so the best of three pairs counts."""
        best = None
        for _ in range(3):
            shown, true = (pixels[:-CLOCK_HEIGHT] for pixels in super().pair())
            similarity = tile_similarity(true, shown)[0]
            if best is None or similarity > best[0]:
                best = (similarity, shown, true)
            if similarity >= LEAST_SIMILARITY:
                break
            time.sleep(0.35)
        return best[1:]

    def tab(self, hands, name):
        return hands.click(TABS[name], TABS_Y)

    def open(self, hands, number):
        pressed = open_patient(hands, number)
        self.his.wait(title_of(number), 30)
        last, _ = self.screen.watch_until_still(quiet=1.5, seconds=30, interval=0.1, without_bottom=CLOCK_HEIGHT)
        return max(pressed, last)

    def work(self, hands):
        hands.move(640, 600)
        self.phase("patients", lambda: self.open(hands, self.patients[0]))
        for name in ("EMR Journal", "Measurements", "Demographics", "Medication", "Waiting list", "EMR Tree", "Overview"):
            self.phase("tabs", lambda name=name: (self.tab(hands, name), time.sleep(1.0), time.monotonic())[-1],
                       check=name in ("EMR Journal", "Measurements"))
        self.phase("patients", lambda: self.open(hands, self.patients[1]))
        self.tab(hands, "EMR Journal")
        time.sleep(1.5)
        hands.click(*JOURNAL_ROW)
        time.sleep(0.5)
        self.phase("scrolling", lambda: hands.repeat(lambda _: hands.press("Down"), 40, 0.15))
        self.phase("scrolling", lambda: hands.repeat(lambda _: hands.press("Up"), 40, 0.15), check=False)
        self.tab(hands, "Notes")
        time.sleep(1.5)
        hands.click(*SUBJECTIVE)
        time.sleep(0.5)
        self.phase("typing", lambda: hands.repeat(lambda i: hands.character(NOTE[i % len(NOTE)]), 75, 0.2))
