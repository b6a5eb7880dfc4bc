# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A terminal at the end of a long line: a network namespace from which nothing can be reached but through our relay."""

import pathlib
import struct
import subprocess
import sys
import tempfile

from stack import run, wait_until

FOLDER = pathlib.Path(__file__).resolve().parent


class Terminal:
    def __init__(self, lines, delay=0.02):
        """`lines`: {"address:port" as the terminal sees it: "address:port" as it is here}."""
        self.lines, self.delay = lines, delay

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wardesk-terminal-"))
        self.counters = self.folder / "counters"
        near = sorted({line.rpartition(":")[0] for line in self.lines} - {"127.0.0.1"})
        script = "ip link set lo up; " + "".join(f"ip address add {one}/32 dev lo; " for one in near) + "echo up; exec sleep 100000"
        self.holder = subprocess.Popen(["unshare", "-n", "--", "sh", "-ec", script], stdout=subprocess.PIPE, text=True)
        try:
            if self.holder.stdout.readline() != "up\n":
                raise AssertionError("the terminal's network namespace could not be made")
            self.relay = None
            self.start_relay()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start_relay(self):
        if self.relay:
            self.relay.terminate()
            self.relay.wait()
        self.relay = subprocess.Popen(
            [sys.executable, FOLDER / "relay.py", "--netns", str(self.holder.pid), "--delay", str(self.delay), "--counters",
             self.counters, *(f"{near}={far}" for near, far in self.lines.items())], stdout=subprocess.PIPE, text=True)
        if self.relay.stdout.readline() != "ready\n":
            raise AssertionError("the relay did not start")

    @property
    def prefix(self):
        return ["nsenter", "-t", str(self.holder.pid), "-n", "--"]

    def read(self):
        up, down, turns = struct.unpack("=3Q", self.counters.read_bytes())
        return {"up": up, "down": down, "round_trips": turns}

    def __exit__(self, *_):
        for process in (self.relay, self.holder):
            if process and process.poll() is None:
                process.terminate()
                process.wait()
        run("rm", "-rf", self.folder)
