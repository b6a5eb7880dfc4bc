# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""weight: memory and wake-ups of the client one minute into a session, and how soon it shows its window; against
xfreerdp3 on the same image and codec, and Remmina."""

import contextlib
import os
import socket
import statistics
import subprocess
import time

from desktop import Desktop, Image
from harness import figure, say
from inside import Inside
from ours import POINTS, SIZE, Person, data_centre, end, white
from peer import Remmina, XFreeRdp, wait_connected
from processes import family, memory, name_of, wake_ups
from screen import Screen
from stack import BIN, Display

MINUTE, IDLE = 60, 15
CODEC = "/gfx:AVC420"
NOT_THE_CLIENT = {"dbus-daemon", "dbus-run-sessio", "dbus-launch"}


def weigh(pid):
    pids = [one for one in family(pid) if name_of(one) not in NOT_THE_CLIENT]
    weighed = memory(pids)
    return {**weighed, "wake_ups": round(wake_ups(pids, IDLE), 2)}


def window_once(stack, display):
    """Seconds from exec to the mapped sign-in window."""
    with Screen(display.name) as screen:
        screen.watch_windows()
        start = time.monotonic()
        client = stack.client(display=display, size=SIZE)
        try:
            return screen.wait_window(20) - start
        finally:
            end(stack, client)


def connect_once(display):
    """Seconds from exec of xfreerdp3 to its first connection: it shows no window before that."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        start = time.monotonic()
        peer = subprocess.Popen(["xfreerdp3", f"/v:127.0.0.1:{server.getsockname()[1]}", "/u:nobody", "/p:x", "/cert:ignore"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                env={**os.environ, "DISPLAY": display.name})
        try:
            connection, _ = server.accept()
            took = time.monotonic() - start
            connection.close()
            return took
        finally:
            peer.kill()
            peer.wait()


def ours_session(stack, person):
    client = person.warm_client()
    try:
        with Screen(client.display.name) as screen:
            person.sign_in(client)
            screen.wait_pixels(POINTS, white, 30)
            time.sleep(MINUTE)
        return weigh(client.process.pid)
    finally:
        with contextlib.suppress(AssertionError):
            person.log_off(client)
        end(stack, client)


def theirs_session(desktop, kind, *words):
    display = Display(SIZE)
    try:
        with kind(display) as peer:
            peer.connect(desktop.address, SIZE, *words)
            try:
                wait_connected(Inside(desktop.name))
            except AssertionError as error:
                raise AssertionError(f"{error}: {peer.said()}") from None
            time.sleep(MINUTE)
            if peer.process.poll() is not None:
                raise AssertionError(f"it ended: {peer.said()}")
            return weigh(peer.process.pid)
    finally:
        display.stop()


def measure(runs):
    ours, theirs, others = [], [], []
    windows, connects = [], []
    with data_centre(spare=1, maximum=2) as (stack, pool), Image("plain") as image, Desktop(image) as desktop:
        desktop.prepare_session(SIZE)
        display = Display(SIZE)
        try:
            for _ in range(max(5, runs)):
                windows.append(window_once(stack, display))
                connects.append(connect_once(display))
        finally:
            display.stop()
        say(f"weight: window after {statistics.median(windows):.3f} s")
        person = Person(stack, "anna")
        for number in range(runs):
            stack.wait_ready(pool, 1)
            ours.append(ours_session(stack, person))
            theirs.append(theirs_session(desktop, XFreeRdp, CODEC))
            try:
                others.append(theirs_session(desktop, Remmina))
            except (AssertionError, OSError) as error:
                say(f"weight: no figure for Remmina: {str(error)[-300:]}")
            say(f"weight {number + 1}/{runs}: ours {ours[-1]}, xfreerdp3 {theirs[-1]}")

    def of(items, key):
        return [item[key] for item in items]
    codec = "H.264 (AVC420), 1280x800"
    yield figure("weight", "KiB", of(ours, "pss"), of(theirs, "pss"), goal=1.0, digits=0, phase="PSS after a minute", codec=codec,
                 parts=ours[-1]["parts"], shared_memory=ours[-1]["shared"])
    yield figure("weight", "wake-ups/s", of(ours, "wake_ups"), of(theirs, "wake_ups"), goal=0.04, digits=2, phase="idle", codec=codec)
    if others:
        yield figure("weight", "KiB", of(ours, "pss")[:len(others)], of(others, "pss"), digits=0,
                     phase="PSS after a minute, peer is Remmina", codec="as negotiated")
        yield figure("weight", "wake-ups/s", of(ours, "wake_ups")[:len(others)], of(others, "wake_ups"), digits=2,
                     phase="idle, peer is Remmina", codec="as negotiated")
    line = figure("weight", "s", windows, connects, phase="exec to the mapped sign-in window (peer: exec to connect())")
    yield {**line, "goal_seconds": 0.3, "met": line["value"] <= 0.3}
