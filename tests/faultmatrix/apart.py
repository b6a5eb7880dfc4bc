# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Namespaces of our own: libvirtd, network and mounts apart from those of the machine, so that faults strike nobody else."""

import os
import pathlib
import subprocess
import sys

INSIDE = "WARDESK_FAULTS_APART"
ROOT = pathlib.Path(__file__).resolve().parents[2]

MOUNTS = """
set -eu
settings=$(mktemp -d)
cp -a /etc/libvirt/*.conf "$settings/" # and no domain, no network
mount -t tmpfs run /run
mkdir /run/cgroup /run/lock
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
umount -R -l /run/cgroup
for folder in /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt; do
  mkdir -p "$folder"
  mount -t tmpfs libvirt "$folder"
done
mkdir -p /var/lib/libvirt/images /var/lib/libvirt/dnsmasq /var/log/libvirt/lxc /etc/libvirt/lxc /etc/libvirt/qemu/networks
cp -a "$settings/." /etc/libvirt/
rm -rf "$settings"
ip link set lo up
"""


def is_inside():
    return INSIDE in os.environ


def enter():
    """Becomes the same program in namespaces of its own, under a shell that reaps what is left without a parent."""
    os.environ[INSIDE] = "1"
    os.environ["WARDESK_RUN"] = "/run/wardesk"
    # A libvirtd does not know of the machines of another: each keeps to its own volumes. These stay, for the saved machine.
    os.environ["WARDESK_VOLUMES"] = os.environ.get("WARDESK_STATE", "/var/lib/wardesk") + "/volumes-faults"
    os.execvp("unshare", ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child", "bash", "-c",
                          '"$@" & child=$!; trap "kill -INT $child" INT TERM; while :; do wait "$child"; code=$?; '
                          'kill -0 "$child" 2>/dev/null || exit "$code"; done', "bash", sys.executable, *sys.argv])


def furnish():
    """What the new namespaces lack: file systems that libvirt writes to, the loopback, libvirtd and the desktops' network."""
    done = subprocess.run(["sh", "-c", MOUNTS], text=True, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(f"namespaces of our own cannot be furnished: {done.stderr}")
    services("start")


def services(word):
    done = subprocess.run([str(ROOT / "packaging" / "services"), word], text=True, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(f"packaging/services {word}: {done.stderr}")
