# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""How long planning takes (bench-plan), and a simulated week of a hospital (bench-week) with its picture."""

import json
import os
import pathlib
import subprocess

from harness import say

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WARDESK_BUILD") or ROOT / "build" / "release")


def lines(*words):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    say(done.stderr.strip())
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"{words[0]} ended with {done.returncode}")
    for line in done.stdout.splitlines():
        yield json.loads(line)


def measure_plan(runs):
    yield from lines(BUILD / "bin" / "bench-plan", runs)


def measure_week(runs):
    """Another seed for each run; the picture is of the last one."""
    picture = BUILD / "week.png"
    for seed in range(1, runs + 1):
        for line in lines(BUILD / "bin" / "bench-week", "--seed", seed, "--plot", picture):
            yield {**line, "seed": seed}
    say(f"the picture: {picture}")
