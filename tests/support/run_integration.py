# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""run_integration.py [--match TEXT] --log FILE : runs tests/integration, a line a test, last "PASSED FAILED SKIPPED"."""

import argparse
import pathlib
import sys
import time
import unittest

folder = pathlib.Path(__file__).resolve().parents[1] / "integration"
sys.path.insert(0, str(folder))
sys.dont_write_bytecode = True
parser = argparse.ArgumentParser()
parser.add_argument("--match", default="")
parser.add_argument("--log", required=True)
words = parser.parse_args()


class Lines(unittest.TestResult):
    def __init__(self, log):
        super().__init__()
        self.log, self.good, self.started = log, 0, 0.0

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def say(self, word, test, text=""):
        took = time.monotonic() - self.started if self.started else 0
        print(f"{word}  {test.id()} ({took:.1f} s){': ' + text if text else ''}", flush=True)

    def addSuccess(self, test):
        self.good += 1
        self.say("passed ", test)

    def bad(self, test, error):
        text = self._exc_info_to_string(error, test)
        self.log.write(f"=== {test.id()}\n{text}\n")
        self.log.flush()
        self.say("FAILED ", test, text.strip().splitlines()[-1][:600])

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.bad(test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.bad(test, error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say("skipped", test, reason)


def flat(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flat(item)
        else:
            yield item


chosen = unittest.TestSuite(t for t in flat(unittest.defaultTestLoader.discover(str(folder), "test_*.py")) if words.match in t.id())
with open(words.log, "w") as log:
    result = Lines(log)
    chosen.run(result)
bad = len(result.failures) + len(result.errors)
print(result.good, bad, len(result.skipped))
sys.exit(1 if bad or not result.good else 0)
