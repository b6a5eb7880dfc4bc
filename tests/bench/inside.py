# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Reaching into a desktop's container, and counting what crosses its interface."""

import json
import pathlib
import subprocess

from screen import read_xwd
from stack import agent_pid, entering, run, virsh


class Inside:
    """The namespaces of a running desktop, by the process id of its agent."""

    def __init__(self, domain):
        self.domain = domain
        self.pid = agent_pid(domain)
        self.root = pathlib.Path(f"/proc/{self.pid}/root")

    def words(self, *words, user=None, display=None):
        enter = entering(self.pid)
        if user:
            enter += ["runuser", "-u", user, "--"]
        environment = ["HOME=/home/clinician" if user else "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
        if display:
            environment += [f"DISPLAY={display}", "XAUTHORITY=/home/clinician/.Xauthority"]
        return enter + ["env", "-i", *environment] + [str(word) for word in words]

    def run(self, *words, user=None, display=None, check=True, timeout=30, **more):
        return subprocess.run(self.words(*words, user=user, display=display), check=check, timeout=timeout,
                              capture_output=True, **more)

    def text(self, *words, **more):
        return self.run(*words, text=True, **more).stdout

    def display(self):
        """The X display of the clinician's session."""
        sockets = sorted(path.name for path in (self.root / "tmp/.X11-unix").glob("X*"))
        if not sockets:
            raise AssertionError(f"no X session in {self.domain}")
        return ":" + sockets[0][1:]

    def true_screen(self):
        """What the desktop itself shows, without its mouse pointer."""
        return read_xwd(self.run("xwd", "-silent", "-root", user="clinician", display=self.display()).stdout)

    def put(self, file, target):
        path = self.root / target.lstrip("/")
        path.write_bytes(pathlib.Path(file).read_bytes())
        path.chmod(0o755)

    def start(self, *words):
        """A program in the clinician's session, in the background; it ends with the desktop."""
        return subprocess.Popen(self.words(*words, user="clinician", display=self.display()), stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, start_new_session=True)


class Counter:
    """IP bytes of the desktop's RDP port, both ways, by nftables in the desktop's own network namespace; what the agent
    and the HIS exchange with their servers is not the terminal's line. Also all bytes at the host's end of the interface."""

    TABLE = "wardesk_bench"

    def __init__(self, inside):
        self.pid = inside.pid
        found = [line.split("dev='")[1].split("'")[0] for line in virsh("dumpxml", inside.domain).splitlines() if "<target dev='v" in line]
        self.statistics = pathlib.Path("/sys/class/net") / found[0] / "statistics"
        self.nft("delete table inet " + self.TABLE, check=False)
        self.nft(f"""
table inet {self.TABLE} {{
  counter down {{ }}
  counter up {{ }}
  chain sent {{
    type filter hook output priority 0; policy accept;
    tcp sport 3389 counter name "down"
  }}
  chain received {{
    type filter hook input priority 0; policy accept;
    tcp dport 3389 counter name "up"
  }}
}}
""")

    def nft(self, script, check=True):
        done = subprocess.run(["nsenter", "-t", str(self.pid), "-n", "nft", "-f", "-"], input=script + "\n", text=True,
                              capture_output=True)
        if check and done.returncode:
            raise AssertionError(f"nft: {done.stderr.strip()}")

    def read(self):
        answer = run("nsenter", "-t", self.pid, "-n", "nft", "-j", "list", "counters", "table", "inet", self.TABLE).stdout
        values = {item["counter"]["name"]: item["counter"]["bytes"] for item in json.loads(answer)["nftables"] if "counter" in item}
        return {"down": values["down"], "up": values["up"],
                "interface": sum(int((self.statistics / name).read_text()) for name in ("rx_bytes", "tx_bytes"))}
