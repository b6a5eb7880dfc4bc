# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Looks for a text in everything that a desktop has: its files, the memory of its processes, and of a virtual machine all of its memory
and disk. Nothing that runs in the desktop is told the text before its memory was searched."""

import contextlib
import pathlib
import re
import shlex
import subprocess
import tempfile

from stack import QEMU_URI, VOLUMES, init_pid, run, virsh

FOLDERS = ("home", "root", "tmp", "var", "run", "etc", "dev/shm", "opt", "srv", "mnt", "media", "usr/local")
CHUNK = 4 << 20


def search(stack, desktop, text):
    """{place: detail}; places are paths, 'memory', and for a virtual machine 'disk'."""
    if stack.kind == "qemu":
        return search_machine(stack, desktop["domain"], text)
    return search_container(desktop["domain"], text)


def search_container(domain, text):
    """From the host, by way of its processes."""
    init = init_pid(domain)
    found = {}
    for pid in run("pgrep", "--ns", init, "--nslist", "pid").stdout.split():
        with contextlib.suppress(OSError):  # it has just ended
            if in_memory(pid, text.encode()):
                found["memory"] = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    # Somebody who has entered the overlay: the desktop's own processes have it as their root.
    root = next(p for p in (f"/proc/{pid}/root" for pid in descendants(init)) if pathlib.Path(p, "home/clinician").exists())
    for path in listed(["grep", "-rlF", "-D", "skip", text, *(f"{root}/{folder}" for folder in FOLDERS)]):
        found[path.removeprefix(root)] = ""
    return found


def descendants(pid):
    for child in run("pgrep", "-P", pid, check=False).stdout.split():
        yield child
        yield from descendants(child)


def in_memory(pid, text):
    """Whether a process has the text anywhere that it may write."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not area:
                continue
            place, end = int(area[1], 16), int(area[2], 16)
            tail = b""
            with contextlib.suppress(OSError):  # a device's memory
                memory.seek(place)
                while place < end:
                    part = memory.read(min(CHUNK, end - place))
                    if not part:
                        break
                    if text in tail + part:
                        return True
                    tail, place = part[-len(text):], place + len(part)
    return False


def search_machine(stack, domain, text):
    """Its memory and its disk from outside, freed memory and deleted files included; then as root inside."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="wardesk-memory-", dir=VOLUMES) as folder:
        dump = pathlib.Path(folder) / "memory"
        virsh("dump", domain, dump, "--memory-only", "--live", uri=QEMU_URI)
        if listed(["grep", "-laF", text, dump]):
            found["memory"] = "anywhere"
    if listed(["grep", "-laF", text, VOLUMES / f"wardesk-{domain}.qcow2"]):
        found["disk"] = "anywhere"
    folders = " ".join(f"/{folder}" for folder in FOLDERS)
    inside = stack.inside(domain, f"grep -rlF -D skip {shlex.quote(text)} {folders} 2>/dev/null", check=False, timeout=300)
    return {**found, **{path: "" for path in inside.stdout.split("\n") if path}}


def listed(command):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, check=False)
    return [line for line in done.stdout.splitlines() if line]
