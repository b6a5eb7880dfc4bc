# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Another libvirtd on this machine, for tests with two virtualisation hosts: a mount namespace of its own, so that all its
folders are other ones, and a bridge to the first one's network. Its volumes can be reached through libvirt alone."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from stack import NETWORK, STORAGE, run, virsh, wait_until

PARTS = "run/libvirt var/lib/libvirt var/log/libvirt var/cache/libvirt etc/libvirt"
SCRIPT = f"""
for part in {PARTS}; do
  mkdir -p "$1/$part" "/$part"; mount --bind "$1/$part" "/$part"
done
umount /sys/fs/cgroup/unified 2> /dev/null || true
printf '%s\\n' 'auth_unix_rw = "none"' 'auth_unix_ro = "none"' > "$1/libvirtd.conf"
printf '%s\\n' 'stdio_handler = "file"' > /etc/libvirt/qemu.conf # there is no virtlogd
exec libvirtd --config "$1/libvirtd.conf" --pid-file "$1/libvirtd.pid"
"""
STORAGE_FOLDER = "/var/lib/libvirt/wardesk"  # in the namespace


class SecondHost:
    """`kind`: lxc, or qemu with a storage pool of its own."""

    EMULATORS = {"lxc": "libvirt_lxc", "qemu": "qemu-system-x86"}

    def __init__(self, kind="lxc"):
        self.kind = kind
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wlh-", dir="/tmp"))  # short: socket paths have 108 bytes
        self.folder.chmod(0o711)  # libvirt-qemu has its sockets and volumes below it
        self.uri = f"{kind}:///system?socket={self.folder}/run/libvirt/libvirt-sock"
        self.start()

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.daemon = subprocess.Popen(["unshare", "-m", "--propagation", "private", "sh", "-c", SCRIPT, "sh", self.folder],
                                           stdout=log, stderr=log)
        wait_until(lambda: run("virsh", "-q", "-c", self.uri, "version", check=False).returncode == 0, 60,
                   lambda: "the second libvirtd: " + (self.folder / "log").read_text()[-500:])
        bridge = next(line.split()[-1] for line in virsh("net-info", NETWORK).splitlines() if line.startswith("Bridge:"))
        xml = self.folder / "network.xml"
        xml.write_text(f"<network><name>{NETWORK}</name><forward mode='bridge'/><bridge name='{bridge}'/></network>")
        virsh("net-create", xml, check=False, uri=self.uri)  # there already when it comes back
        if self.kind == "qemu":
            volumes = self.folder / STORAGE_FOLDER.lstrip("/")
            volumes.mkdir(exist_ok=True)
            volumes.chmod(0o711)
            virsh("pool-create-as", STORAGE, "dir", "--target", STORAGE_FOLDER, check=False, uri=self.uri)

    def domains(self):
        return set(run("virsh", "-q", "-c", self.uri, "list", "--uuid").stdout.split())

    def hang(self):
        self.daemon.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.daemon.send_signal(signal.SIGCONT)

    def die(self):
        """As when the machine loses its power: the daemon, what runs its desktops, and all that is in them."""
        emulators = [int(pid) for pid in run("pgrep", self.EMULATORS[self.kind], check=False).stdout.split()
                     if self.is_ours(int(pid))]
        doomed = [pid for emulator in emulators for pid in descendants(emulator)] + emulators
        self.daemon.send_signal(signal.SIGKILL)
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.daemon.wait()

    def is_ours(self, pid):
        try:
            return str(self.folder) in pathlib.Path(f"/proc/{pid}/mountinfo").read_text()
        except OSError:
            return False

    def stop(self):
        if self.daemon.poll() is None:
            self.go_on()
            for uuid in self.domains():
                virsh("destroy", uuid, check=False, uri=self.uri)
            self.daemon.terminate()
            self.daemon.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def descendants(pid):
    """By the parents of all there are: the kernel's lists of children may leave some out while others end."""
    children = {}
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(status.parent.name))
    found, left = [], [pid]
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return found
