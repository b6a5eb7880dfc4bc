# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Looks into a desktop that is a virtual machine: from outside, at its disk on the host and at its RDP port; and from inside, by
the door that only the tests' own image has (opendisk.py)."""

import contextlib
import hashlib
import pathlib
import shlex
import socket
import ssl
import subprocess
import tempfile

from stack import VOLUMES, run

DOOR = 2222
UNIQUE = ("/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key.pub", "/var/lib/systemd/random-seed")


def files_of(uuid, paths=UNIQUE):
    """{path: bytes} as they are on the machine's disk, which it may be writing: only what it has synced is sure."""
    with tempfile.TemporaryDirectory(prefix="wardesk-disk-", dir=VOLUMES) as folder:
        raw = pathlib.Path(folder) / "raw"
        run("qemu-img", "convert", "-U", "-O", "raw", VOLUMES / f"wardesk-{uuid}.qcow2", raw)
        found = {}
        for path in paths:
            file = pathlib.Path(folder) / "file"
            file.unlink(missing_ok=True)
            run("debugfs", "-R", f"dump {path} {file}", raw)
            found[path] = file.read_bytes() if file.exists() else b""
        return found


def certificate(address):
    """SHA-256 of the certificate that the RDP server shows, not of what the broker says."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(x224_certificate(address))).hexdigest()


def x224_certificate(address):
    """RDP starts TLS after one exchange of its own (MS-RDPBCGR 2.2.1.1 and 2.2.1.2)."""
    with socket.create_connection((address, 3389), timeout=30) as line:
        line.sendall(bytes.fromhex("030000130ee000000000000100080001000000"))
        line.recv(64)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(line) as tls:
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True))


def inside_machine(address, command, user=None, check=True, timeout=60):
    """Runs a shell command as root (or as the user) in a machine of the image `open`."""
    if user:
        command = f"exec runuser -u {user} -- bash -c {shlex.quote(command)}"
    with socket.create_connection((address, DOOR), timeout=timeout) as line:
        line.settimeout(timeout)
        line.sendall(f"({command}\n) </dev/null; echo \"::$?\"\n".encode())
        line.shutdown(socket.SHUT_WR)
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while part := line.recv(65536):
                said += part
    text, _, code = said.decode(errors="replace").rpartition("::")
    if not code.strip().isdigit():
        raise AssertionError(f"the machine at {address} did not end '{command[:80]}': {said[-200:]!r}")
    done = subprocess.CompletedProcess(command, int(code), text, "")
    if check:
        done.check_returncode()
    return done
