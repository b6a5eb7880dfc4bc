# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""An agent that is not one: speaks the agent's channel with a secret that it should not have."""

import base64
import json
import os
import socket
import ssl
import struct


class Refused(Exception):
    pass


class Impostor:
    def __init__(self, ground, bootstrap):
        context = ssl.create_default_context(cafile=str(ground.ca))
        plain = socket.create_connection(("127.0.0.1", ground.port), timeout=20)
        self.line = context.wrap_socket(plain, server_hostname="localhost")
        key = base64.b64encode(os.urandom(16)).decode()
        secret = f"{bootstrap['desktop']}.{bootstrap['incarnation']}.{bootstrap['secret']}"
        self.line.sendall((f"GET /api/v1/agent HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bootstrap {secret}\r\n\r\n").encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = self.line.recv(4096)
            if not part:
                break
            answer += part
        if b" 101 " not in answer.split(b"\r\n")[0]:
            self.line.close()
            raise Refused(answer.split(b"\r\n")[0].decode())

    def frame(self, kind, body):
        mask = os.urandom(4)
        length = struct.pack("!B", 0x80 | len(body)) if len(body) < 126 else struct.pack("!BH", 0x80 | 126, len(body))
        self.line.sendall(bytes([0x80 | kind]) + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(body)))

    def say(self, **report):
        try:
            self.frame(1, json.dumps(report).encode())
        except OSError:
            pass  # thrown out: that is an answer, too

    def sync(self):
        """Until the broker has dealt with what was said: it answers a ping behind it, or hangs up."""
        try:
            self.frame(9, b"?")
            self.line.settimeout(20)
            while True:
                part = self.line.recv(4096)
                if not part or part[0] & 0x0f in (8, 10):
                    return
        except OSError:
            return

    def close(self):
        self.line.close()
