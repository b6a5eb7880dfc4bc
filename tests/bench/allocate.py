# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Durable grants a second through the service, against what the same disk can sync, in turn in one run."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from harness import figure, say

CLIENTS = 64
ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WARDESK_BUILD") or ROOT / "build" / "release") / "bin"


def program(*words, silent=True):
    done = subprocess.run([BUILD / "bench-allocate", *map(str, words)], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL if silent else None, check=True)
    return json.loads(done.stdout) if done.stdout else None


def measure_sqlite(runs):
    grants, syncs, middle, slowest = [], [], [], []
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wardesk-bench-"))
    try:
        program("fill", "--database", folder / "filled.db", silent=False)
        for number in range(runs):
            syncs.append(program("fdatasync", "--folder", folder, "--seconds", 2)["perSecond"])
            for name in ("broker.db", "broker.db-wal", "broker.db-shm", "broker.db-reserve"):
                (folder / name).unlink(missing_ok=True)
            shutil.copy(folder / "filled.db", folder / "broker.db")
            os.sync()  # what the copy still owes the disk is not the grants' affair
            once = program("grants", "--database", folder / "broker.db", "--seconds", 3, "--clients", CLIENTS)
            grants.append(once["perSecond"])
            middle.append(once["medianMs"])
            slowest.append(once["p99Ms"])
            say(f"allocate {number + 1}/{runs}: {grants[-1]:.0f} durable grants/s (p99 {slowest[-1]:.1f} ms), {syncs[-1]:.0f} fdatasync/s")
    finally:
        shutil.rmtree(folder)
    yield figure("allocate", "1/s", grants, syncs, goal=3, digits=0, least=True, phase=f"SQLite, {CLIENTS} clients; peer: fdatasync of the same disk")
    p99 = statistics.median(slowest)
    yield {"bench": "allocate", "phase": "SQLite, p99 of a grant", "value": round(p99, 1), "unit": "ms", "goal": 20, "met": p99 <= 20,
           "median": round(statistics.median(middle), 1)}


def measure(runs):
    yield from measure_sqlite(runs)
