# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Desktops of the bench's own, beside the broker's: the same image, started by bare virsh, with a password that is known."""

import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from inside import Inside
from stack import NETWORK, STATE, SUBNET, run, virsh, wait_until

PASSWORD = "bench-password"
# Stands where the agent stands: one password opens the desktop, and no session is prepared unless the bench asks for it.
STUB = f"""#!/bin/bash
# wardesk-agent of a bench
case "$1" in
  keys) openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=bench" \
          -keyout /etc/xrdp/rdp-key.pem -out /etc/xrdp/rdp-cert.pem 2>/dev/null ;;
  verify-credential) IFS= read -r -d '' word || true; [ "$word" = "{PASSWORD}" ] ;;
  run) trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done ;;
esac
"""


class Image:
    """A private copy of an image (hard links: it costs no room) in which the stub stands for the agent."""

    def __init__(self, name, files=None):
        source = (STATE / "images" / name / "rootfs").resolve()
        if not source.is_dir():
            raise AssertionError(f"there is no image {name}: run packaging/image/build {name}")
        (STATE / "bench").mkdir(exist_ok=True)
        self.name = name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=STATE / "bench"))
        self.folder.chmod(0o755)
        self.root = self.folder / "rootfs"
        run("cp", "-al", source, self.root)
        for path, text in {"usr/sbin/wardesk-agent": STUB, **(files or {})}.items():
            file = self.root / path
            mode = file.stat().st_mode & 0o777 if file.exists() else 0o755
            file.unlink(missing_ok=True)  # never written into: other images share the file
            file.write_text(text)
            file.chmod(mode)

    def remove(self):
        run("rm", "-rf", "--one-file-system", self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


class Desktop:
    """One domain of such an image."""

    def __init__(self, image, number=0):
        self.image = image
        self.name = f"wardesk-bench-{os.getpid()}-{number}"
        self.address = f"{SUBNET}.{220 + number}"
        bootstrap = base64.b64encode(json.dumps({"hostname": f"bench-{number}"}).encode()).decode()
        self.xml = image.folder / f"{self.name}.xml"
        # As the broker does it: root of the container is whom the image's files belong to.
        first = os.stat(image.root).st_uid
        ids = f"<idmap><uid start='0' target='{first}' count='65536'/><gid start='0' target='{first}' count='65536'/></idmap>" if first else ""
        upper = "<initenv name='WARDESK_UPPER_MIB'>512</initenv>" if first else ""
        self.xml.write_text(f"""<domain type='lxc'>
  <name>{self.name}</name>
  <memory unit='MiB'>1536</memory><vcpu>1</vcpu>
  <os><type arch='{os.uname().machine}'>exe</type><init>/sbin/wardesk-init</init>
    <initenv name='WARDESK_BOOTSTRAP'>{bootstrap}</initenv>{upper}</os>
  {ids}<on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot><on_crash>destroy</on_crash>
  <devices>
    <filesystem type='mount' accessmode='passthrough'><source dir='{image.root}'/><target dir='/'/><readonly/></filesystem>
    <filesystem type='ram'><source usage='524288' units='KiB'/><target dir='/run/wardesk-upper'/></filesystem>
    <interface type='network'><source network='{NETWORK}'/>
      <ip address='{self.address}' family='ipv4' prefix='24'/>
      <route family='ipv4' address='0.0.0.0' gateway='{SUBNET}.1'/><guest dev='eth0'/></interface>
    <console type='pty'/>
  </devices>
</domain>
""")

    def create(self):
        virsh("create", self.xml)
        return self

    def destroy(self):
        virsh("destroy", self.name, check=False)

    def wait_port(self, seconds=30):
        """Until xrdp accepts connections."""
        end = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection((self.address, 3389), timeout=0.05).close()  # a lost first packet is sent again after a second
                return self
            except OSError:
                if time.monotonic() > end:
                    raise AssertionError(f"{self.name} did not listen on {self.address}:3389 within {seconds} s") from None
                time.sleep(0.01)

    def prepare_session(self, size="1200x800"):
        """Starts the clinician's session before anybody asks for it, as the agent does."""
        inside = Inside(self.name)
        wait_until((inside.root / "run/xrdp/sockdir/sesman.socket").exists, 20, "sesman's socket")
        inside.run("xrdp-sesrun", "-g", size, "-b", "32", user="clinician")
        return self

    def fresh(self):
        """A new, empty incarnation whose xrdp has been listening for a moment."""
        self.destroy()
        self.create().wait_port()
        return self

    def __enter__(self):
        return self.fresh()

    def __exit__(self, *_):
        self.destroy()


def sweep():
    """What an interrupted run has left."""
    for name in virsh("list", "--name", check=False).split():
        if name.startswith("wardesk-bench-"):
            virsh("destroy", name, check=False)
    if (STATE / "bench").is_dir():
        run("rm", "-rf", "--one-file-system", STATE / "bench")
