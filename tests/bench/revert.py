# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""revert: a virtual machine's recycling (log-off to a desktop that is ready for somebody else, which starts as a copy of the
saved machine) against booting the same machine to the same readiness. After each round, whether what must differ does."""

import base64
import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import time
import uuid as uuids

from harness import figure, say
from machine import UNIQUE, certificate, files_of
from stack import BIN, QEMU_URI, STORAGE, SUBNET, VOLUMES, Stack, free_port, run, virsh, wait_until

PEER_ADDRESS = f"{SUBNET}.220"


def recycle(stack, pool, person):
    """Seconds from the log-off to the next incarnation's readiness."""
    before = stack.desktops(pool)[0]
    answer = person.connect_ready(pool, seconds=300)
    start = time.monotonic()
    person.call("POST", f"/api/v1/me/leases/{answer['lease']}/logoff")

    def again():
        found = stack.desktops(pool)
        return found and found[0]["incarnation"] > before["incarnation"] and found[0]["status"] == "ready" and time.monotonic()
    return wait_until(again, 900, "the desktop's next incarnation") - start


@contextlib.contextmanager
def fake_broker():
    """(its process, the bootstrap that it wants an agent to have)"""
    process = subprocess.Popen([BIN / "wardesk-fake-broker", str(free_port()), f"{SUBNET}.1", "peer"], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def peer_description(like, name, disk):
    """The same machine under another name, from nothing: with a disk over the image's own."""
    xml = virsh("dumpxml", "--migratable", like, uri=QEMU_URI)
    xml = re.sub(r"<metadata.*?</metadata>", "", xml, flags=re.S)
    xml = re.sub(r"<name>.*?</name>", f"<name>{name}</name>", xml)
    xml = re.sub(r"<uuid>.*?</uuid>", f"<uuid>{uuids.uuid4()}</uuid>", xml)
    xml = re.sub(r"<mac address='.*?'", "<mac address='52:54:00:77:00:01'", xml)
    if "urn:wardesk" in xml:
        raise AssertionError("the peer would be taken for a desktop of the pool")
    return re.sub(r"<source file='[^']*'", f"<source file='{disk}'", xml, count=1)


def image_disk(like):
    chain = json.loads(run("qemu-img", "info", "-U", "--backing-chain", "--output", "json", VOLUMES / f"wardesk-{like}.qcow2").stdout)
    return chain[-1]["filename"]


def told(line, bootstrap):
    """Waits until the machine waits, and tells it who it is."""
    text = b""
    while b"waiting" not in text:
        text = (text + line.recv(4096))[-200:]
    message = {"bootstrap": bootstrap, "hostname": "peer", "hardwareAddress": "52:54:00:77:00:01", "address": PEER_ADDRESS,
               "prefix": 24, "gateway": f"{SUBNET}.1", "timeMs": int(time.time() * 1000),
               "seed": base64.b64encode(secrets.token_bytes(64)).decode()}
    line.sendall(json.dumps(message).encode() + b"\n")


def boot(like):
    """Seconds from creating the machine to its agent's report that it is ready; and until it was booted alone."""
    name = "wardesk-bench-peer"
    disk = VOLUMES / f"{name}.qcow2"
    virsh("destroy", name, check=False, uri=QEMU_URI)
    with fake_broker() as (broker, bootstrap):
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", image_disk(like), "-F", "raw", disk)
        description = VOLUMES / f"{name}.xml"
        description.write_text(peer_description(like, name, disk))
        try:
            start = time.monotonic()
            virsh("create", description, uri=QEMU_URI)
            port = re.search(r"path='([^']*org\.wardesk\.agent)'", virsh("dumpxml", name, uri=QEMU_URI)).group(1)
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1200)
                line.connect(port)
                told(line, bootstrap)
                booted = time.monotonic() - start
                for report in broker.stdout:
                    if '"isReady":true' in report:
                        return time.monotonic() - start, booted
            raise AssertionError("the peer's broker ended")
        finally:
            virsh("destroy", name, check=False, uri=QEMU_URI)
            disk.unlink(missing_ok=True)
            description.unlink(missing_ok=True)


def measure(runs, rounds=20):
    ours, boots, lives = [], [], []
    with Stack(kind="qemu", first=200, last=214, name="bench") as stack:
        pool = stack.pool("ward", spare=1, maximum=1, wait=False)
        stack.wait_ready(pool, 1, seconds=1800)
        person = stack.person("anna")
        for number in range(max(runs, rounds)):
            desktop = stack.desktops(pool)[0]
            lives.append({"RDP key": certificate(desktop["address"]), **files_of(desktop["domain"])})
            ours.append(recycle(stack, pool, person))
            say(f"revert {number + 1}/{max(runs, rounds)}: {ours[-1]:.2f} s")
            if number < runs:
                took, booted = boot(stack.desktops(pool)[0]["domain"])
                boots.append(took)
                say(f"boot {number + 1}/{runs}: {took:.1f} s (booted after {booted:.1f} s)")
    different = {what: len({life[what] for life in lives}) for what in ("RDP key", *UNIQUE)}
    yield figure("revert", "s", ours[:runs], boots, goal=0.1, phase="log-off to ready; peer: boot of the same machine to ready",
                 allRounds=ours and [round(value, 2) for value in ours], lives=len(lives), different=different)
