# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A real RDP connection by the client's own worker, through wardesk-rdp-probe."""

import json
import os
import secrets
import subprocess

from stack import BIN


def probe(stack, credential, screenshot=None, fingerprint=None, size="1200x800", seconds=20, address=None, port=None, hold=0):
    """Connects with a one-time credential and waits for the first frame, then stays for `hold` seconds: {"ok": bool, ...}."""
    secret = stack.folder / f"credential-{secrets.token_hex(6)}"  # several may be connected at the same time
    secret.write_text(credential["credential"])
    secret.chmod(0o600)
    desktop = credential["desktop"]
    words = [BIN / "wardesk-rdp-probe", "--address", address or desktop["address"], "--port", str(port or desktop["port"]),
             "--fingerprint", fingerprint or desktop["certificateSha256"], "--account", credential["account"],
             "--credential-file", secret, "--size", size, "--timeout", seconds, "--hold", hold]
    if screenshot:
        words += ["--screenshot", screenshot]
    try:
        done = subprocess.run([str(w) for w in words], text=True, capture_output=True, timeout=seconds + hold + 10,
                              env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    finally:
        secret.unlink(missing_ok=True)
    answer = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            answer.update(json.loads(line))
    return {**answer, "ok": done.returncode == 0, "exit": done.returncode, "stderr": done.stderr[-500:]}
