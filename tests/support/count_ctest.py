# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""count_ctest.py LOG : reads `ctest --verbose`, prints what failed or was skipped, last a line "PASSED FAILED SKIPPED".

Each function of a Qt Test program counts as one test, as does each other CTest entry. A program that crashes before its
totals counts as one failure."""

import re
import sys

text = open(sys.argv[1], errors="replace").read()
passed = failed = skipped = 0
said = []
totals_of = {}
for number, line in re.findall(r"^(\d+): (.*)$", text, re.M):
    found = re.match(r"Totals: (\d+) passed, (\d+) failed, (\d+) skipped", line)
    if found:
        old = totals_of.get(number, (0, 0, 0))
        totals_of[number] = tuple(a + int(b) for a, b in zip(old, found.groups()))
    if re.match(r"(FAIL!|SKIP)\s", line):
        said.append(f"{'FAILED ' if line.startswith('FAIL') else 'skipped'} {line[7:].strip()}")
        continue
    if re.match(r"   Loc: \[", line) and said:
        said[-1] += "  " + line.strip()
results = re.findall(r"^\s*\d+/\d+ Test\s+#(\d+): (\S+) \.+\**\s*(Passed|Failed|Skipped|Not Run|\*+\S.*?|.*?)\s+[\d.]+ sec", text, re.M)
if not results:
    print("CTest printed no result")
    print("0 1 0")
    sys.exit(0)
for number, name, outcome in results:
    good = outcome == "Passed"
    if number in totals_of:
        p, f, s = totals_of[number]
        passed, failed, skipped = passed + p, failed + f, skipped + s
        if not good and f == 0:
            failed += 1
            said.append(f"FAILED  {name}: {outcome}")
    elif good:
        passed += 1
    elif outcome == "Skipped":
        skipped += 1
        said.append(f"skipped {name}")
    else:
        failed += 1
        said.append(f"FAILED  {name}: {outcome.strip('*')}")
for line in said:
    print(line)
print(passed, failed, skipped)
