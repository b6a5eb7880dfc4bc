# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""test_simulate.py PROGRAM : what people and CI rely on at the simulator itself."""
import json
import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop(1)


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300)


def report(*arguments):
    done = run(*arguments, "--json")
    return done.returncode, json.loads(done.stdout)


class Simulate(unittest.TestCase):
    def test_a_seed_tells_the_same_story_every_time(self):
        code, alone = report("--seeds", "12", "--from", "5", "--jobs", "1")
        _, again = report("--seeds", "12", "--from", "5", "--jobs", "2")
        _, other = report("--seeds", "12", "--from", "6")
        self.assertEqual(code, 0, alone)
        self.assertEqual(alone["hash"], again["hash"])
        self.assertEqual(alone["events"], again["events"])
        self.assertNotEqual(alone["hash"], other["hash"])
        self.assertGreater(alone["leases"], 50)

    def test_the_story_is_the_one_that_is_told(self):
        told = run("--seeds", "1", "--from", "7", "--trace").stdout
        _, silent = report("--seeds", "1", "--from", "7")
        self.assertIn(silent["hash"], told)
        self.assertIn("all faults end", told)

    def test_a_seeded_bug_is_caught_and_its_replay_catches_it_again(self):
        code, caught = report("--mutant", "free-ignored")
        self.assertEqual(code, 0)
        finding = caught["violations"][0]
        self.assertIn(finding["rule"], ("R1", "R2"))
        for key in ("replay", "shortReplay"):
            words = finding[key].split()
            self.assertEqual(words[0], "tests/simulate")
            again = run(*[word for word in words[1:] if word != "--trace"], "--json")
            self.assertEqual(again.returncode, 0, again.stdout)
            self.assertEqual(json.loads(again.stdout)["violations"][0]["rule"], finding["rule"])

    def test_an_uncaught_bug_is_a_failure(self):
        # One quiet seed without a single fault cannot lose a report.
        self.assertEqual(run("--mutant", "event-lost", "--seeds", "1", "--faults", "none").returncode, 1)

    def test_sqlite(self):
        code, done = report("--seeds", "3", "--store", "sqlite")
        self.assertEqual(code, 0, done)
        self.assertEqual(done["seeds"], 3)

    def test_wrong_use(self):
        for arguments in (["--seeds", "x"], ["--mutant", "nonsense"], ["--frobnicate"], ["--from"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn("--help", done.stderr)
        self.assertEqual(run("--help").returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
