# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""What all benches share: figures, lines, progress."""

import json
import math
import os
import statistics
import sys
import time


silent = False


def say(text):
    if not silent:
        print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


def p95(values):
    """The nearest rank: the 19th of 20."""
    return sorted(values)[max(0, math.ceil(0.95 * len(values)) - 1)]


def spread(values, digits=3):
    return {"median": round(statistics.median(values), digits), "p95": round(p95(values), digits),
            "least": round(min(values), digits), "most": round(max(values), digits), "runs": len(values)}


def figure(bench, unit, ours, theirs, goal=None, digits=3, least=False, **more):
    """A line of output from two lists of the same length, measured in turn. The goal is the most that the ratio may be,
    or the least."""
    value, peer = statistics.median(ours), statistics.median(theirs)
    line = {"bench": bench, "value": round(value, digits), "unit": unit, "peer": round(peer, digits),
            "ratio": round(value / peer, 3) if peer else None}
    if goal is not None:
        line["goal"] = goal
        line["met"] = line["ratio"] is not None and (line["ratio"] >= goal if least else line["ratio"] <= goal)
    return {**line, "ours": spread(ours, digits), "theirs": spread(theirs, digits), "load": round(os.getloadavg()[0], 1), **more}


def emit(line):
    print(json.dumps(line), flush=True)
