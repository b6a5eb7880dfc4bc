# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Wardesk's side of a comparison: the real broker, a pool, and the thin client as it stands on a ward."""

import contextlib
import time

from inside import Inside
from stack import Stack, wait_until

SIZE = "1280x800"
# Inside the plain image's white window, outside of the client's session bar.
POINTS = [(640, 400), (1270, 790), (5, 790), (1270, 120), (5, 120)]


def white(red, green, blue):
    return min(red, green, blue) >= 248  # the sign-in page is not as white; H.264 makes 254 of 255


def not_black(red, green, blue):
    return max(red, green, blue) > 16


@contextlib.contextmanager
def data_centre(image="plain", spare=1, maximum=1):
    """(stack, pool) with `spare` ready desktops."""
    with Stack(image=image, first=200, last=214, name="bench") as stack:
        yield stack, stack.pool("ward", spare=spare, maximum=maximum)


class Person:
    def __init__(self, stack, name):
        self.stack, self.name, self.password = stack, name, stack.user(name)

    def warm_client(self, size=SIZE, **more):
        """A client whose sign-in page has stood for a moment, as it does until somebody comes."""
        client = self.stack.client(size=size, **more)
        client.wait_mark("windowShown")
        client.wait_mark("brokerWarm")
        time.sleep(1.5)
        return client

    def sign_in(self, client):
        """Submits the sign-in; returns monotonic seconds of the submission."""
        answer = client.do("signIn", user=self.name, password=self.password)
        if not answer.get("ok"):
            raise AssertionError(f"the client refused: {answer}")
        return client.wait_mark("signInSubmitted")["signInSubmitted"] / 1000

    def desktop(self):
        return wait_until(lambda: self.stack.desktop_of(self.name), 10, f"the lease of {self.name}")

    def log_off(self, client, seconds=60):
        """Logs off and waits until the lease is gone."""
        client.do("logoff")
        wait_until(lambda: self.stack.desktop_of(self.name) is None, seconds, "the end of the lease")


def end(stack, client):
    client.stop()
    stack.clients.remove(client)


def ready_domain(stack, pool):
    """The domain of a desktop that waits, session prepared, for its user."""
    found = wait_until(lambda: next((d for d in stack.desktops(pool) if d["status"] == "ready"), None), 60, "a ready desktop")
    return Inside(found["domain"])
