# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""relay.py --netns PID --delay SECONDS --counters FILE ADDRESS:PORT=ADDRESS:PORT...

A long line in one program: listens inside the network namespace of process PID, connects from its own, and holds every
chunk for the delay, in each direction. A new connection costs a round trip, as it would. Byte counts (up, down) and the number of
times the line turned round are kept in FILE as three unsigned 64-bit numbers. Prints "ready"."""

import argparse
import asyncio
import collections
import ctypes
import mmap
import os
import socket
import struct
import sys

CLONE_NEWNET = 0x40000000
UP, DOWN = 0, 1


class Counters:
    def __init__(self, path):
        with open(path, "w+b") as file:
            file.truncate(24)
            self.map = mmap.mmap(file.fileno(), 24)
        self.values, self.last = [0, 0, 0], None

    def add(self, way, size):
        self.values[way] += size
        if way != self.last:
            self.last = way
            self.values[2] += way == UP
        self.map[:] = struct.pack("=3Q", *self.values)


class End(asyncio.Protocol):
    """One side of a relayed connection; what arrives is written to the other side after the delay, in order."""

    def __init__(self, line, way):
        self.line, self.way, self.transport, self.other, self.held = line, way, None, None, collections.deque()
        self.not_before = 0.0

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.line.counters.add(self.way, len(data))
        self.later(data)

    def eof_received(self):
        self.later(None)
        return True

    def connection_lost(self, _error):
        self.later(None)

    def later(self, data):
        loop = asyncio.get_running_loop()
        self.held.append(data)
        loop.call_at(max(loop.time(), self.not_before) + self.line.delay, self.hand_over)

    def hand_over(self):
        data, there = self.held.popleft(), self.other and self.other.transport
        if there is None or there.is_closing():
            return
        if data is None:
            there.close()
        else:
            there.write(data)


class Line:
    def __init__(self, target, delay, counters):
        self.target, self.delay, self.counters = target, delay, counters

    def accept(self):
        near = End(self, UP)
        asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(self.open(near)))
        return near

    async def open(self, near):
        loop = asyncio.get_running_loop()
        near.not_before = loop.time() + 2 * self.delay  # the handshake's round trip
        await asyncio.sleep(2 * self.delay)
        try:
            _, far = await loop.create_connection(lambda: End(self, DOWN), *self.target)
        except OSError:
            near.transport.close()
            return
        near.other, far.other = far, near


def address_of(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--netns", type=int, required=True)
    parser.add_argument("--delay", type=float, required=True)
    parser.add_argument("--counters", required=True)
    parser.add_argument("lines", nargs="+")
    words = parser.parse_args()
    counters = Counters(words.counters)
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{words.netns}/ns/net", os.O_RDONLY)

    def enter(namespace):
        if libc.setns(namespace, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    listening = []
    for text in words.lines:
        near, far = (address_of(part) for part in text.split("="))
        enter(there)
        try:
            listening.append((socket.create_server(near, backlog=64), far))
        finally:
            enter(home)
    loop = asyncio.get_running_loop()
    for sock, far in listening:
        await loop.create_server(Line(far, words.delay, counters).accept, sock=sock)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
