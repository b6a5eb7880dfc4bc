# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""What a program weighs: proportional memory and wake-ups of it and all it has started."""

import contextlib
import pathlib
import re
import time

from stack import run


def family(pid):
    """The process and its descendants."""
    todo, seen = [int(pid)], []
    while todo:
        one = todo.pop()
        seen.append(one)
        todo += [int(child) for child in run("pgrep", "-P", one, check=False).stdout.split()]
    return seen


def name_of(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def memory(pids):
    """{"pss": KiB, "shared": KiB of it that is shared memory, "parts": {name: KiB}}: a page that several processes map is
    divided among them, so the sum counts it once."""
    parts, shared = {}, 0
    for pid in pids:
        with contextlib.suppress(OSError):
            values = dict(re.findall(r"^(\w+):\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M))
            parts[name_of(pid)] = parts.get(name_of(pid), 0) + int(values["Pss"])
            shared += int(values.get("Pss_Shmem", 0))
    return {"pss": sum(parts.values()), "shared": shared, "parts": parts}


def switches(pids):
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
            with contextlib.suppress(OSError):
                total += sum(int(value) for value in re.findall(r"ctxt_switches:\s+(\d+)", task.read_text()))
    return total


def wake_ups(pids, seconds):
    """Context switches a second of all threads."""
    before, start = switches(pids), time.monotonic()
    time.sleep(seconds)
    return (switches(pids) - before) / (time.monotonic() - start)
