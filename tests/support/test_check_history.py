#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The judge of tests/audit-allocations sees what it is there for."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_history  # noqa: E402

GOOD = ["1 asked anna pool k1", "2 given anna pool k1 L1 7 10.0.0.1 cert1", "3 closing anna L1", "4 closed anna L1",
        "5 asked ben pool k2", "6 given ben pool k2 L2 8 10.0.0.1 cert2"]
ROWS = ["L1 anna D1 1 7 99 restarted", "L2 ben D1 2 8  "]


def judged(history, rows):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "client0.tsv").write_text("".join(line.replace(" ", "\t") + "\n" for line in history))
        (folder / "leases").write_text("".join(line.replace(" ", "\t") + "\n" for line in rows))
        figures, _ = check_history.check(folder, folder / "leases")
        return figures["double"], figures["lost"], figures["secondKey"]


class CheckHistory(unittest.TestCase):
    def test_a_good_history_is_good(self):
        self.assertEqual(judged(GOOD, ROWS), (0, 0, 0))

    def test_a_desktop_given_while_somebody_has_it_is_double_R1(self):
        self.assertEqual(judged(GOOD[:2] + GOOD[4:], ["L1 anna D1 1 7  ", ROWS[1]])[0], 1)

    def test_an_incarnation_given_twice_is_double_R1(self):
        self.assertEqual(judged(GOOD[:5] + [GOOD[5].replace("cert2", "cert1")], ROWS)[0], 1)
        self.assertEqual(judged(GOOD, [ROWS[0], "L2 ben D1 1 8  "])[0], 1)

    def test_an_epoch_given_twice_is_double_R3(self):
        self.assertEqual(judged(GOOD[:5] + [GOOD[5].replace(" 8 ", " 7 ")], ROWS)[0], 1)

    def test_what_the_database_forgot_is_lost(self):
        self.assertEqual(judged(GOOD, ROWS[:1])[1], 1)

    def test_what_was_closed_unasked_is_lost_R6(self):
        self.assertEqual(judged(GOOD, [ROWS[0], "L2 ben D1 2 8 99 desktopLost"])[1], 1)

    def test_an_end_that_was_answered_and_forgotten_is_lost(self):
        self.assertEqual(judged(GOOD, ["L1 anna D1 1 7  ", ROWS[1]])[1], 1)

    def test_an_epoch_that_went_back_is_lost_R3(self):
        self.assertEqual(judged(GOOD, ["L1 anna D1 1 6 99 restarted", ROWS[1]])[1], 1)

    def test_a_lease_that_changed_hands_is_lost(self):
        self.assertEqual(judged(GOOD, ["L1 ben D1 1 7 99 restarted", ROWS[1]])[1], 1)

    def test_a_second_desktop_for_one_key_is_seen_R9(self):
        more = ["7 given anna pool k1 L3 9 10.0.0.2 cert3"]
        self.assertEqual(judged(GOOD + more, ROWS + ["L3 anna D2 1 9  "])[2], 1)


if __name__ == "__main__":
    unittest.main()
