# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""run_simulation.py PROGRAM : ten thousand seeds, the seeded bugs, some seeds on SQLite; last a line "PASSED FAILED SKIPPED"."""
import json
import os
import subprocess
import sys

SEEDS = 10_000
SQLITE_SEEDS = 200
# As in tests/simulate: whole databases of small rows are copied and thrown away.
os.environ.setdefault("GLIBC_TUNABLES", "glibc.malloc.tcache_count=2000:glibc.malloc.tcache_max=4096")
DAYS_A_MINUTE = 30  # what the simulator is asked to do; printed, not judged: others may be using the machine

passed = failed = 0


def tell(good, what):
    global passed, failed
    passed, failed = passed + good, failed + (not good)
    print(("passed  " if good else "FAILED  ") + what, flush=True)


def run(*arguments):
    done = subprocess.run([sys.argv[1], *arguments, "--json"], capture_output=True, text=True)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"broken": (done.stderr or done.stdout)[-300:] or f"it ended with {done.returncode}"}


def seeds(what, wanted, *arguments):
    report = run("--seeds", str(wanted), *arguments)
    if "broken" in report:
        return tell(False, f"simulator, {what}: {report['broken']}")
    pace = float(report["daysPerMinute"])
    tell(report["violationCount"] == 0 and report["seeds"] == wanted,
         f"simulator, {what}: {report['seeds']} seeds, {report['violationCount']} violations, {report['leases']} leases, "
         f"{report['simulatedDays']} simulated days in {report['seconds']} s ({pace:.0f} a minute"
         + ("" if pace >= DAYS_A_MINUTE else f", less than the {DAYS_A_MINUTE} it does on an idle machine") + ")")
    for finding in report["violations"]:
        print(f"        {finding['rule']}: {finding['text']}\n        {finding['replay']}")


seeds("in memory", SEEDS)
seeds("on SQLite", SQLITE_SEEDS, "--store", "sqlite")
bugs = run("--mutants", "--no-shrink")
if "broken" in bugs:
    tell(False, f"simulator, seeded bugs: {bugs['broken']}")
for bug in bugs.get("mutants", []):
    caught = bool(bug["violations"])
    tell(caught, f"simulator, seeded bug {bug['mutant']}: "
         + (f"caught by {bug['violations'][0]['rule']} after {bug['seeds']} seeds" if caught else f"NOT caught in {bug['seeds']} seeds"))
print(passed, failed, 0)
