# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Cuts and narrows the network between this machine and its desktops: nftables and tc, in a table and qdiscs of our own."""

import os
import subprocess

from stack import run

TABLE = "wardesk_faults"
BRIDGE = os.environ.get("WARDESK_BRIDGE", "wardesk0")


def rules(*lines):
    text = f"table inet {TABLE} {{}}\ndelete table inet {TABLE}\ntable inet {TABLE} {{\n" + "\n".join(lines) + "\n}\n"
    subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True, capture_output=True)


def cut(address, port):
    """Not a packet between this desktop and the broker any more, in either direction; RDP goes on."""
    rules(f"chain in {{ type filter hook input priority -10; ip saddr {address} tcp dport {port} drop; }}",
          f"chain out {{ type filter hook output priority -10; ip daddr {address} tcp sport {port} drop; }}")


def lose(percent):
    """So many of a hundred packets between this machine and the desktops are lost."""
    rules(f"chain in {{ type filter hook input priority -10; iifname {BRIDGE} numgen random mod 100 < {percent} drop; }}",
          f"chain out {{ type filter hook output priority -10; oifname {BRIDGE} numgen random mod 100 < {percent} drop; }}")


def narrow(rate):
    run("tc", "qdisc", "replace", "dev", BRIDGE, "root", "tbf", "rate", rate, "burst", "16kb", "latency", "300ms")


def clear():
    subprocess.run(["nft", "delete", "table", "inet", TABLE], capture_output=True, check=False)
    subprocess.run(["tc", "qdisc", "del", "dev", BRIDGE, "root"], capture_output=True, check=False)


def connected(address, port):
    return run("ss", "-tnH", "state", "established", f"( sport = :{port} and dst {address} )").stdout.strip() != ""
