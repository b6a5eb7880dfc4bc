# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow, that vanish, or that come all at once; and the directory that they are looked up in."""

import http.client
import json
import secrets
import socket
import ssl
import struct
import threading

from cycle import GRANTING, REDEEMING, Fault
from ground import NET_TROUBLE, ApiError
from life import Life
from stack import Api


class SlowClients(Fault):
    name = "slow-clients"
    text = "400 half-open handshakes, 60 requests that never end and 20 readers that do not read"
    releases_before_healing = True

    def strike(self, cell):
        port, context = cell.ground.port, ssl.create_default_context(cafile=str(cell.ground.ca))
        self.lines = []
        for _ in range(400):
            line = socket.create_connection(("127.0.0.1", port), timeout=10)
            line.sendall(b"\x16\x03\x01")
            self.lines.append(line)
        for number in range(80):
            line = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10), server_hostname="localhost")
            if number < 30:
                line.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            elif number < 60:
                line.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{")
            else:
                line.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
            self.lines.append(line)

    def heal(self, cell):
        try:
            cell.new_grant(10, "meanwhile")  # whoever behaves is served (R13)
            if cell.under_way:
                cell.under_way.result()
        finally:
            for line in self.lines:
                line.close()


class ClientsVanish(Fault):
    name = "clients-vanish"
    text = "the client is gone in the middle of it, by a reset or a kill; its user comes back from another terminal"

    def strike(self, cell):
        """The call that is under way loses its client, and the RDP connection its worker."""
        subject, ground = cell.subject, cell.ground
        self.had = subject.answer and subject.answer["lease"]
        if cell.point in (*GRANTING, *REDEEMING):
            self.reset(ground, subject)  # one more of the same kind, that is gone before it is answered
        if subject.session:
            subject.session.kill()
            cell.may_drop_subject = True
            subject.session = None
        if cell.under_way:
            cell.under_way = None

    @staticmethod
    def reset(ground, life):
        context = ssl.create_default_context(cafile=str(ground.ca))
        line = http.client.HTTPSConnection("127.0.0.1", ground.port, context=context, timeout=10)
        line.request("POST", "/api/v1/me/connections", json.dumps({"pool": ground.ward}),
                     {"Authorization": "Bearer " + life.person.token, "Idempotency-Key": secrets.token_hex(16),
                      "Content-Type": "application/json"})
        line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.sock.close()

    def heal(self, cell):
        """From another terminal: signed in again, another request, the same lease (R7)."""
        subject = cell.subject
        again = Life(cell.ground, subject.name)
        if cell.point in ("log-off", "recycle"):
            again.answer = subject.answer  # the log-off was asked for; it goes on without its client
        else:
            again.connect()
            if self.had and again.answer["lease"] != self.had:
                raise AssertionError(f"{subject.name} came back to the lease {again.answer['lease']} instead of {self.had}")
            cell.note("the user came back to the same desktop" if self.had else "the user came back")
        cell.subject = again
        cell.new_grant()


class LoginStorm(Fault):
    name = "login-storm"
    text = "300 sign-ins at once"

    def prepare(self, cell):
        if not hasattr(cell.ground, "crowd"):
            cell.ground.crowd = [(f"crowd-{n}", cell.ground.user(f"crowd-{n}")) for n in range(10)]

    def strike(self, cell):
        ground = cell.ground
        self.counts, self.lock = {}, threading.Lock()

        def sign_in(number):
            name, password = ground.crowd[number % len(ground.crowd)]
            try:
                Api(ground.url, ground.ca).call("POST", "/api/v1/session", {"user": name, "password": password}, timeout=60)
                outcome = "served"
            except ApiError as error:
                outcome = str(error.status)
                if error.status == 503 and not error.headers.get("Retry-After"):
                    outcome = "503 without Retry-After"
            except NET_TROUBLE:
                outcome = "no answer"
            with self.lock:
                self.counts[outcome] = self.counts.get(outcome, 0) + 1
        self.threads = [threading.Thread(target=sign_in, args=(n,), daemon=True) for n in range(300)]
        for thread in self.threads:
            thread.start()

    def heal(self, cell):
        # Work that is already paid for goes first (R13): who is signed in gets a desktop in the middle of it.
        cell.new_grant(10, "in the storm")
        for thread in self.threads:
            thread.join(90)
        wrong = {outcome: count for outcome, count in self.counts.items() if outcome not in ("served", "503", "429")}
        if wrong or sum(self.counts.values()) != len(self.threads) or not self.counts.get("served"):
            raise AssertionError(f"300 sign-ins ended as {self.counts}")
        cell.note(", ".join(f"{count} x {outcome}" for outcome, count in sorted(self.counts.items())))


class SlowDirectory(Fault):
    name = "slow-directory"
    text = "the directory answers slowly or not at all"
    not_yet = "there is no directory (LDAP) yet"
