# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A proxy between everybody and the broker that is late, breaks off, and says things twice.

It holds the broker's own key (this is a test), so that agents and clients, which trust only that, talk to it, and it can repeat a
whole request or report and not just bytes.
"""

import random
import select
import socket
import ssl
import struct
import threading
import time

from stack import SUBNET, free_port, wait_until


class HostileProxy:
    def __init__(self, ground, seed=7):
        self.ground, self.random = ground, random.Random(seed)
        self.port = free_port()
        self.is_hostile, self.is_stopped = False, False
        self.counts = {"late": 0, "reset": 0, "twice": 0}
        self.listeners = []
        for address in ("127.0.0.1", f"{SUBNET}.1"):
            listener = socket.create_server((address, self.port), backlog=256)
            self.listeners.append(listener)
            threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def misbehave(self):
        self.counts = dict.fromkeys(self.counts, 0)
        self.is_hostile = True

    def behave(self):
        self.is_hostile = False

    def stop(self):
        self.is_stopped = True
        for listener in self.listeners:
            listener.close()

    # -- one connection
    def accept(self, listener):
        while not self.is_stopped:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(line,), daemon=True).start()

    def server_context(self):
        folder = self.ground.state
        wait_until((folder / "server.pem").exists, 20, "the broker's certificate")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        return context

    def upstream(self):
        context = ssl.create_default_context(cafile=str(self.ground.ca))
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.ground.port), timeout=90), server_hostname="localhost")

    def dice(self, name, one_in):
        hit = self.is_hostile and self.random.randrange(one_in) == 0
        if hit:
            self.counts[name] += 1
        return hit

    def delay(self):
        if self.is_hostile:
            self.counts["late"] += 1
            time.sleep(self.random.uniform(0.02, 0.12))

    def serve(self, line):
        broker = None
        try:
            line.settimeout(90)
            line = self.server_context().wrap_socket(line, server_side=True)
            request = self.read_request(line)
            if not request:
                return
            self.delay()
            if self.dice("reset", 12):  # before the broker has heard of it
                return self.reset(line)
            if b"\r\nupgrade: websocket" in request.lower():
                return self.channel(line, request)
            broker = self.upstream()
            broker.sendall(request)
            if self.dice("twice", 3):
                threading.Thread(target=self.repeat, args=(request,), daemon=True).start()
            answer = self.read_all(broker)
            self.delay()
            if self.dice("reset", 12):  # the broker has done it, and nobody learns of it
                return self.reset(line)
            line.sendall(answer)
        except OSError:
            pass
        finally:
            for socket_ in (line, broker):
                if socket_:
                    socket_.close()

    @staticmethod
    def reset(line):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()

    def repeat(self, request):
        try:
            with self.upstream() as broker:
                broker.sendall(request)
                self.read_all(broker)
        except OSError:
            pass

    @staticmethod
    def read_request(line):
        text = b""
        while b"\r\n\r\n" not in text:
            part = line.recv(65536)
            if not part:
                return b""
            text += part
        head, body = text.split(b"\r\n\r\n", 1)
        length = next((int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            part = line.recv(65536)
            if not part:
                return b""
            body += part
        return head + b"\r\n\r\n" + body

    @staticmethod
    def read_all(broker):
        """The client asks for 'Connection: close': the answer ends with the connection."""
        parts = []
        while True:
            part = broker.recv(65536)
            if not part:
                return b"".join(parts)
            parts.append(part)

    # -- agents and events: a WebSocket
    def channel(self, line, request):
        with self.upstream() as broker:
            broker.sendall(request)
            self.pump(line, broker)

    def pump(self, line, broker):
        """One thread for both directions: a TLS connection must not be read and written at the same time by two."""
        said = b""  # by the agent, not a whole frame yet
        while not self.is_stopped:
            ready = [s for s in (line, broker) if s.pending()] or select.select([line, broker], [], [], 5)[0]
            for source in ready:
                part = source.recv(65536)
                if not part:
                    return
                self.delay()
                if self.dice("reset", 24):
                    return self.reset(line)
                if source is broker:
                    line.sendall(part)
                    continue
                said += part
                while (size := frame_size(said)) and len(said) >= size:
                    frame, said = said[:size], said[size:]
                    broker.sendall(frame)
                    if frame[0] & 0x0f == 1 and self.dice("twice", 2):
                        broker.sendall(frame)


def frame_size(bytes_):
    """Of the masked frame at the beginning, or 0 when too little is there to tell."""
    if len(bytes_) < 2:
        return 0
    length, head = bytes_[1] & 0x7f, 6
    if length == 126:
        if len(bytes_) < 4:
            return 0
        length, head = struct.unpack("!H", bytes_[2:4])[0], 8
    elif length == 127:
        if len(bytes_) < 10:
            return 0
        length, head = struct.unpack("!Q", bytes_[2:10])[0], 14
    return head + length
