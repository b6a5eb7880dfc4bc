# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Image `open`: the plain disk with a door for tests, root's shell for whoever comes to its port. There is no other way into a
virtual machine. Never for people."""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

STATE = pathlib.Path(os.environ.get("WARDESK_STATE", "/var/lib/wardesk"))
DOOR = pathlib.Path(__file__).resolve().parents[1] / "support" / "door"
UNITS = "/etc/systemd/system"


def open_disk():
    """Its folder, made in seconds when the plain disk has changed."""
    plain, folder = STATE / "images" / "plain-disk", STATE / "images" / "open-disk"
    if not (plain / "disk.raw").exists():
        raise AssertionError("there is no plain disk: packaging/image/build plain --disk")
    with open(STATE / "run" / "open-disk.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        facts = json.loads((plain / "image.json").read_text())
        door = "".join(unit.read_text() for unit in sorted(DOOR.iterdir()))
        facts.update(name="open-disk", content=hashlib.sha256((facts["content"] + door).encode()).hexdigest()[:32])
        made = folder / "image.json"
        if not made.exists() or json.loads(made.read_text()).get("content") != facts["content"]:
            make(plain, folder, facts)
    return folder


def make(plain, folder, facts):
    """The note comes last: without it there is no image."""
    shutil.rmtree(folder, ignore_errors=True) if not folder.is_symlink() else folder.unlink()
    folder.mkdir(parents=True)
    for file in ("vmlinuz", "initrd.img"):
        shutil.copy(plain / file, folder / file)
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", plain / "disk.raw", folder / "disk.raw"], check=True)
    wants = f"{UNITS}/sockets.target.wants"
    words = [f"mkdir {wants}", f"symlink {wants}/wardesk-door.socket ../wardesk-door.socket"]
    for unit in DOOR.iterdir():
        words += [f"write {unit} {UNITS}/{unit.name}", f"set_inode_field {UNITS}/{unit.name} mode 0100644"]
    subprocess.run(["debugfs", "-w", "-f", "-", folder / "disk.raw"], input="\n".join(words) + "\n", text=True, capture_output=True, check=True)
    there = subprocess.run(["debugfs", "-R", f"cat {UNITS}/wardesk-door.socket", folder / "disk.raw"], capture_output=True, text=True, check=True)
    if "ListenStream" not in there.stdout:
        raise AssertionError(f"the door could not be put into {folder}")
    (folder / "image.json").write_text(json.dumps(facts))
