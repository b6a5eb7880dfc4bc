#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A9: a client that crashes leaves no core file, which would hold the password, the token and the desktop's picture."""

import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time


def main():
    program = sys.argv[1]
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        control = pathlib.Path(folder) / "control"
        authority = pathlib.Path(folder) / "ca.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=test", "-days", "1",
                        "-keyout", os.devnull, "-out", authority], check=True, capture_output=True)
        client = subprocess.Popen([program, "--broker", "https://127.0.0.1:1", "--ca", authority, "--control", control],
                                  cwd=folder,
                                  env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": folder})
        try:
            end = time.monotonic() + 30
            while not control.exists():
                assert client.poll() is None, "the client did not start"
                assert time.monotonic() < end, "the client opened no control socket"
                time.sleep(0.05)
            limits = pathlib.Path(f"/proc/{client.pid}/limits").read_text()
            line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
            assert line.split()[4:6] == ["0", "0"], line
            client.send_signal(signal.SIGABRT)
            client.wait(30)
        finally:
            if client.poll() is None:
                client.kill()
                client.wait()
        assert not list(pathlib.Path(folder).glob("core*")), "there is a core file"


if __name__ == "__main__":
    main()
