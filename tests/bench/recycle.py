# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""recycle: from the log-off to a desktop that is ready for somebody else, against bare virsh destroy + create of the same
image and waiting for the RDP port; and, apart, also for the prepared session, which Wardesk's desktop has as well."""

import time

from desktop import Desktop, Image
from harness import figure, say, spread
from ours import Person, data_centre, end
from stack import wait_until


def ours_once(stack, pool, person):
    client = person.warm_client()
    try:
        person.sign_in(client)
        client.wait_mark("firstFrame", 60)
        before = person.desktop()
        wait_until(lambda: person.desktop()["status"] == "connected", 10, "connected")
        start = time.monotonic()
        client.do("logoff")

        def again():
            found = next((d for d in stack.desktops(pool) if d["id"] == before["id"]), None)
            return found and found["incarnation"] > before["incarnation"] and found["status"] == "ready" and time.monotonic()
        return wait_until(again, 90, "the desktop's next incarnation") - start
    finally:
        end(stack, client)


def theirs_once(desktop):
    start = time.monotonic()
    desktop.destroy()
    desktop.create().wait_port()
    port = time.monotonic() - start
    desktop.prepare_session()
    return port, time.monotonic() - start


def measure(runs):
    ours, ports, sessions = [], [], []
    with data_centre(spare=1, maximum=1) as (stack, pool), Image("plain") as image, Desktop(image) as desktop:
        person = Person(stack, "anna")
        for number in range(runs):
            ours.append(ours_once(stack, pool, person))
            port, session = theirs_once(desktop)
            ports.append(port)
            sessions.append(session)
            say(f"recycle {number + 1}/{runs}: ours {ours[-1]:.3f} s, virsh to the port {port:.3f} s, to the session {session:.3f} s")
    yield figure("recycle", "s", ours, ports, goal=1.3, phase="to ready; peer: to the open port")
    yield figure("recycle", "s", ours, sessions, goal=1.3, phase="to ready; peer: to a prepared session, as ready means here")
