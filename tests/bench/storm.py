# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""R13: 2,000 people sign in at the same moment while others, who are signed in, reconnect to their desktops."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from harness import say

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WARDESK_BUILD") or ROOT / "build" / "release") / "bin"
PEOPLE = 2000
CONFIG = """[broker]
listen = ["127.0.0.1:{port}"]
state = "{state}"

[hypervisor]
prefix = 20
first_address = "10.213.0.1"
last_address = "10.213.15.250"
agent_address = "127.0.0.1:{port}"

[limits]
starts_at_once = 64
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def memory(process, what):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return 0


def storm_once():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wardesk-bench-"))
    port, config = free_port(), folder / "broker.toml"
    (folder / "state").mkdir(mode=0o700)
    config.write_text(CONFIG.format(port=port, state=folder / "state"))
    subprocess.run([BUILD / "auditbroker", "prepare", "--config", config, "--users", str(PEOPLE), "--pools", "1", "--desktops", "16",
                    "--password", "correct horse battery staple", "--tokens", folder / "tokens"], check=True)
    broker = subprocess.Popen([BUILD / "auditbroker", "run", "--config", config, "--host-file", folder / "host"], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        time.sleep(2)  # the desktops get ready
        before = memory(broker, "VmRSS")
        done = subprocess.run([BUILD / "auditstorm", "--broker", f"127.0.0.1:{port}", "--tokens", folder / "tokens", "--pool", "audit0",
                               "--password", "correct horse battery staple", "--people", str(PEOPLE)], stdout=subprocess.PIPE, text=True)
        figures = json.loads(done.stdout)
        figures.update(memoryBeforeMiB=round(before, 1), memoryMostMiB=round(memory(broker, "VmHWM"), 1))
        return figures
    finally:
        broker.terminate()
        broker.wait(20)
        shutil.rmtree(folder)


def measure(runs):
    for number in range(runs):
        figures = storm_once()
        say(f"storm {number + 1}/{runs}: {PEOPLE} signed in after {figures['seconds']:.1f} s, reconnects meanwhile p99 {figures['reconnectStormMs']['p99']:.0f} ms")
        met = figures["failures"] == figures["withoutRetryAfter"] == figures["reconnectFailures"] == 0
        yield {"bench": "storm", "phase": f"{PEOPLE} sign-ins at once, 8 users reconnecting", "value": round(figures["reconnectStormMs"]["p99"], 1),
               "unit": "ms", "peer": round(figures["reconnectCalmMs"]["p99"], 1), "met": met, "load": round(os.getloadavg()[0], 1), **figures}
