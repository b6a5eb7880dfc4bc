# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The other clients: xfreerdp3 and Remmina, as their packages bring them."""

import base64
import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from desktop import PASSWORD
from stack import run, wait_until


class Peer:
    """A program of somebody else's on a display of ours, with a home of its own."""

    def __init__(self, display, prefix=()):
        self.display = display
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="wardesk-peer-"))
        self.prefix = list(prefix)
        self.process = None

    def launch(self, *words):
        self.log = open(self.home / "log", "wb")
        self.started = time.monotonic()
        self.process = subprocess.Popen([*self.prefix, *(str(word) for word in words)], stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL, start_new_session=True,
                                        env={**os.environ, "DISPLAY": self.display.name, "HOME": str(self.home),
                                             "XDG_RUNTIME_DIR": str(self.home), "NO_AT_BRIDGE": "1"})
        return self

    def said(self):
        return (self.home / "log").read_text(errors="replace")[-1500:]

    def stop(self):
        if self.process:
            self.end(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                pass
            self.end(signal.SIGKILL)  # and what it has started
            self.process.wait()
            self.log.close()
        run("rm", "-rf", self.home)

    def end(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def xfreerdp_words(address, size, *more):
    """As somebody would start it: address, name, password, size, and yes to the certificate; TLS is all that xrdp has."""
    return ["xfreerdp3", f"/v:{address}", "/u:clinician", f"/p:{PASSWORD}", f"/size:{size}", "/cert:ignore", "/sec:tls", *more]


class XFreeRdp(Peer):
    def connect(self, address, size, *more):
        return self.launch(*xfreerdp_words(address, size, *more))


class Remmina(Peer):
    def connect(self, address, size):
        width, height = size.split("x")
        profile = self.home / "bench.remmina"
        # Remmina keeps a password as 3DES (CBC, padded with zeros) with a key of its settings file.
        secret = os.urandom(32)
        padded = PASSWORD.encode() + bytes(-len(PASSWORD) % 8)
        cipher = subprocess.run(["openssl", "enc", "-des-ede3-cbc", "-nopad", "-K", secret[:24].hex(), "-iv", secret[24:].hex()],
                                input=padded, capture_output=True, check=True).stdout
        profile.write_text(f"""[remmina]
name=bench
protocol=RDP
server={address}
username=clinician
password={base64.b64encode(cipher).decode()}
cert_ignore=1
ignore-tls-errors=1
security=tls
colordepth=66
resolution_mode=0
resolution_width={width}
resolution_height={height}
window_width={width}
window_height={height}
viewmode=1
scale=0
""")
        settings = self.home / ".config/remmina"
        settings.mkdir(parents=True)
        (settings / "remmina.pref").write_text(f"[remmina_pref]\nsecret={base64.b64encode(secret).decode()}\n"
                                               "disable_tray_icon=true\nperiodic_usage_stats_permitted=false\n")
        return self.launch("dbus-run-session", "--", "remmina", "-c", profile)


def wait_connected(inside, seconds=30):
    """Until the desktop has an established RDP connection."""
    wait_until(lambda: inside.text("ss", "-Htn", "state", "established", "sport = :3389").strip(), seconds, "an RDP connection")
