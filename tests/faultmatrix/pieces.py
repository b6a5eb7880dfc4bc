# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the matrix in several pieces at once, each a process in namespaces of its own; much of a cell is waiting."""

import json
import pathlib
import signal
import subprocess
import sys
import threading
import time

from matrix import Matrix

PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "faults"
SECONDS = {"broker-frozen": 75, "agent": 28, "libvirtd": 24, "postgresql": 40, "disk": 16, "login-storm": 20, "desktop-gone": 12,
           "old-backup": 15}  # of a cell, roughly; others: 7


def split(chosen, jobs):
    """As many lists of whole rows as jobs, about equally long. What is not yet costs nothing."""
    rows = {}
    for cell in chosen:
        rows.setdefault(cell[0].name, []).append(cell)
    parts = [[0.0, []] for _ in range(max(1, min(jobs, len([r for r in rows.values() if not r[0][0].not_yet]))))]
    for name, cells in sorted(rows.items(), key=lambda row: -SECONDS.get(row[0], 7) * len(row[1])):
        least = min(parts, key=lambda part: part[0])
        least[0] += 0 if cells[0][0].not_yet else SECONDS.get(name, 7) * len(cells) * len(cells[0][2]) / len(cells[0][0].variants)
        least[1] += cells
    return [part for _, part in parts if part]


def run(parts, total, log, as_json, representative, kind):
    started = time.monotonic()
    told = Matrix(as_json)
    lock = threading.Lock()
    children, readers, logs = [], [], []

    def read(child):
        for line in child.stdout:
            try:
                result = json.loads(line)
            except ValueError:
                continue
            if "summary" not in result:
                with lock:
                    told.report(result)

    for number, part in enumerate(parts):
        words = [sys.executable, str(PROGRAM), "--json", "--jobs", "1", "--ground", kind, "--log", f"{log}.{number}"]
        logs.append(pathlib.Path(f"{log}.{number}"))
        for name, variants in {cell[0].name: cell for cell in part}.items():
            for variant in variants[2]:
                words += ["--fault", f"{name}/{variant}" if variant and not representative else name]
        for point in dict.fromkeys(cell[1] for cell in part):
            words += [] if representative else ["--point", point]
        words += ["--representative"] if representative else []
        children.append(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=open(f"{log}.{number}.err", "w"), text=True))
        readers.append(threading.Thread(target=read, args=(children[-1],), daemon=True))
        readers[-1].start()
    try:
        for child in children:
            child.wait()
    except KeyboardInterrupt:
        for child in children:
            child.send_signal(signal.SIGINT)
    for reader in readers:
        reader.join(60)
    with open(log, "w") as whole:
        for one in logs:
            for file in (one, pathlib.Path(f"{one}.err")):
                whole.write(file.read_text(errors="replace") if file.exists() else "")
                file.unlink(missing_ok=True)
    return told.summary(total, time.monotonic() - started)
