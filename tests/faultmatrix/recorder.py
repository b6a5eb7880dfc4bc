# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""What the containers themselves have to say of a failed cell: their logs go with them, so they are held open while they live."""

import contextlib
import datetime
import os
import pathlib
import threading

LOGS = ("wardesk-agent.log", "xrdp.out", "xrdp-sesman.out", "xrdp.log", "xrdp-sesman.log")
LIBVIRT = pathlib.Path("/var/log/libvirt/lxc")
LAST_BYTES = 6000  # of each log


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def containers():
    """{process number of a container's init: its domain's name} of the libvirt in this process namespace."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            if not folder.name.isdigit() or (folder / "comm").read_text().strip() != "libvirt_lxc":
                continue
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            for init in (folder / "task" / folder.name / "children").read_text().split():
                found[int(init)] = words[words.index("--name") + 1]
    return found


class Container:
    def __init__(self, init, name):
        self.init, self.name, self.seen, self.gone = init, name, now(), None
        self.logs = {}

    def look(self):
        """Opens what is there by now; an open file outlives its container."""
        for name in LOGS:
            if name not in self.logs:
                with contextlib.suppress(OSError):
                    self.logs[name] = open(f"/proc/{self.init}/root/var/log/{name}", "rb")

    def told(self):
        lines = [f"--- {self.name} (process {self.init}): seen {self.seen}, " + (f"gone {self.gone}" if self.gone else "still there")]
        for name, log in self.logs.items():
            with contextlib.suppress(OSError):
                size = os.fstat(log.fileno()).st_size
                log.seek(max(0, size - LAST_BYTES))
                lines += [f"-- {name}", log.read(LAST_BYTES).decode(errors="replace")]
        with contextlib.suppress(OSError):
            # libvirt writes down the environment, and with it the secret of the bootstrap
            text = (LIBVIRT / f"{self.name}.log").read_text(errors="replace").splitlines()
            lines += ["-- libvirt", "\n".join(line for line in text if "WARDESK_BOOTSTRAP" not in line)[-LAST_BYTES:]]
        return "\n".join(lines)

    def close(self):
        for log in self.logs.values():
            log.close()


class Recorder:
    """Looks every 50 ms until it is stopped."""

    REMEMBERED = 12  # containers that are gone

    def __init__(self):
        self.here, self.past = {}, []
        self.lock, self.over = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.over.wait(0.05):
            with self.lock:
                self.look()

    def look(self):
        there = containers()
        for init in self.here.keys() - there.keys():
            container = self.here.pop(init)
            container.gone = now()
            self.past.append(container)
        while len(self.past) > self.REMEMBERED:
            self.past.pop(0).close()
        for init, name in there.items():
            if init not in self.here:
                self.here[init] = Container(init, name)
            self.here[init].look()

    def told(self):
        with self.lock:
            return "\n".join(container.told() for container in (*self.past, *self.here.values()))

    def stop(self):
        self.over.set()
        self.thread.join()
        for container in (*self.past, *self.here.values()):
            container.close()
