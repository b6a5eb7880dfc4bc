# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A swapped desktop is refused before any credential byte leaves: S3, S4."""

import pathlib
import socket
import ssl
import subprocess
import threading
import unittest

from rdp import probe
from stack import Stack, free_port


class Impostor:
    """Sits where the desktop should be: speaks the X.224 negotiation, shows a certificate of its own and keeps every
    byte that is said to it under TLS."""

    def __init__(self, folder):
        self.key, self.certificate = folder / "impostor.key", folder / "impostor.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=impostor", "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, self.key)
        self.heard, self.raw, self.connections = b"", b"", 0
        self.port = free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                line.settimeout(5)
                self.raw += line.recv(1024)
                # X.224 connection confirm, RDP_NEG_RSP with PROTOCOL_SSL ([MS-RDPBCGR] 2.2.1.2)
                line.sendall(bytes.fromhex("030000130ed000001234000200080001000000"))
                with self.context.wrap_socket(line, server_side=True) as secure:
                    while True:
                        part = secure.recv(4096)
                        if not part:
                            break
                        self.heard += part
            except (OSError, ssl.SSLError):
                pass
            finally:
                line.close()

    def close(self):
        self.listener.close()


class SwappedCertificate(unittest.TestCase):
    def test_it_is_refused_before_a_credential_byte_leaves(self):
        with Stack(name="trust") as stack:
            pool = stack.pool("ward", spare=1, maximum=1)
            anna = stack.person("anna")
            answer = anna.connect_ready(pool)
            credential = anna.redeem(answer["ticket"])
            impostor = Impostor(stack.folder)
            try:
                refused = probe(stack, credential, address="127.0.0.1", port=impostor.port)
                self.assertFalse(refused["ok"])
                self.assertEqual(impostor.connections, 1)
                self.assertEqual(impostor.heard, b"", "the client said something to a desktop that it must not trust")
                self.assertNotIn(credential["account"].encode(), impostor.raw, "not even the account's name before TLS")
            finally:
                impostor.close()
            # Nothing was used up: the real desktop still takes the credential.
            self.assertTrue(probe(stack, credential)["ok"])


if __name__ == "__main__":
    unittest.main()
