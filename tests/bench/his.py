# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The HIS beside the bench: GNUmed's server on its machine, and its client, wherever that runs."""

import contextlib
import os
import subprocess
import tempfile
import time

from stack import ROOT, STATE, SUBNET, run, wait_until

MACHINE = ROOT / "packaging" / "his" / "machine"
ADDRESS = f"{SUBNET}.2"
READY = r"^GMd: .*\["


class NoHis(Exception):
    """The HIS's machine or the desktop image with its client has not been built."""


@contextlib.contextmanager
def machine():
    """The HIS's server; stopped again if it was not running."""
    for image in ("gnumed", "gnumed-stock"):
        if not (STATE / "images" / image / "rootfs").is_dir():
            raise NoHis(f"there is no image {image}: packaging/image/build {image}")
    if not (STATE / "his" / "data").is_dir():
        raise NoHis("the HIS has no machine: packaging/his/machine build")
    was_up = run(MACHINE, "status", check=False).returncode == 0
    if not was_up:
        run(MACHINE, "start")
    try:
        yield
    finally:
        if not was_up:
            run(MACHINE, "stop", check=False)


class InDesktop:
    """GNUmed in a desktop: asked from inside."""

    def __init__(self, inside):
        self.inside = inside

    def titles(self, pattern):
        return self.inside.text("xdotool", "search", "--onlyvisible", "--name", pattern, user="clinician",
                                display=self.inside.display(), check=False).split()

    def wait(self, pattern, seconds=60):
        wait_until(lambda: self.titles(pattern), seconds, f"a window '{pattern}' in the desktop")


class AtTerminal:
    """GNUmed's own client at the terminal: the desktop image's files, run on the terminal's display and network."""

    def __init__(self, terminal, display):
        self.terminal, self.display = terminal, display

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="wardesk-fat-")
        rootfs = (STATE / "images" / "gnumed" / "rootfs").resolve()
        session = "cd; openbox --sm-disable --config-file /etc/wardesk/openbox/rc.xml & exec /usr/libexec/wardesk/his"
        script = f"""
            mount -t tmpfs -o size=512m fat "$1"; cd "$1"; mkdir changes work root
            mount -t overlay -o "lowerdir=$2,upperdir=$1/changes,workdir=$1/work" fat root
            mount -t proc proc root/proc; mount --rbind /dev root/dev
            mount -t tmpfs -o mode=1777 tmp root/tmp; mount -t tmpfs -o mode=755 run root/run
            mkdir root/tmp/.X11-unix; mount --bind /tmp/.X11-unix root/tmp/.X11-unix
            exec chroot root runuser -u clinician -- env -i HOME=/home/clinician PATH=/usr/bin:/bin LANG=C.UTF-8 NO_AT_BRIDGE=1 \
              DISPLAY={self.display.name} sh -c '{session}'"""
        self.log = open(os.path.join(self.folder + ".log"), "wb")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*self.terminal.prefix, "unshare", "-m", "-p", "-f", "--kill-child", "--propagation", "private", "sh", "-ec", script, "sh",
             self.folder, str(rootfs)], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, start_new_session=True)
        return self

    def titles(self, pattern):
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", pattern], text=True, capture_output=True,
                               env={**os.environ, "DISPLAY": self.display.name})
        return found.stdout.split()

    def wait(self, pattern, seconds=120):
        def there():
            if self.process.poll() is not None:
                raise AssertionError(f"GNUmed's client ended: {open(self.log.name, errors='replace').read()[-800:]}")
            return self.titles(pattern)
        wait_until(there, seconds, f"a window '{pattern}' at the terminal")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()
        os.unlink(self.log.name)
        run("rm", "-rf", self.folder)


SEARCH_FIELD = (270, 65)  # of GNUmed 1.8 in a window of 1280x800
CLOCK_HEIGHT = 26  # the last line shows the time of day


def open_patient(hands, number):
    """Types a patient's number into the search field; returns the time at which Return went down."""
    hands.click(*SEARCH_FIELD)
    time.sleep(0.2)
    hands.move(640, 600)  # or the field's tool tip comes over the record
    time.sleep(0.5)
    hands.press("Control_L", "a")
    time.sleep(0.1)
    hands.type(f"#{number}", 0.06)
    time.sleep(0.3)
    return hands.press("Return")


def some_patients(count):
    """Numbers of invented patients (#15 to #214), other ones each minute: where the last visit was some hours ago, GNUmed
    first asks whether it goes on."""
    start = int(time.time() / 60) * count
    return [15 + (start + i) % 200 for i in range(count)]


def title_of(number):
    return rf"#{number} "
