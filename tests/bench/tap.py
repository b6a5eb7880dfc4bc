# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""tap: from submitting the sign-in to the first full frame, warm pool; against xfreerdp3 straight to a fresh desktop of
the same image whose password is known.

reconnect: the same for a user whose session is running."""

import time

from desktop import Desktop, Image
from harness import figure, p95, say
from ours import POINTS, SIZE, Person, data_centre, end, not_black, white
from peer import XFreeRdp
from screen import Screen
from stack import Display, wait_until

SECONDS = 30


class Frames:
    """Times, in seconds, of one side: `first` frame, and the `content` of the desktop (the session's own window)."""

    def __init__(self):
        self.first, self.content = [], []


def ours_once(person, frames, steps):
    client = person.warm_client()
    try:
        with Screen(client.display.name) as screen:
            submitted = person.sign_in(client)
            seen = screen.wait_pixels(POINTS, white, SECONDS)
            marks = client.wait_mark("firstFrame", SECONDS)
        frames.first.append(marks["firstFrame"] / 1000 - submitted)
        frames.content.append(seen - submitted)
        for name, value in marks.items():
            if value / 1000 >= submitted:
                steps.setdefault(name, []).append(value / 1000 - submitted)
        return client
    except BaseException:
        end(person.stack, client)
        raise


def theirs_once(desktop, frames):
    display = Display(SIZE)
    try:
        with Screen(display.name) as screen, XFreeRdp(display) as peer:
            peer.connect(desktop.address, SIZE)
            try:
                frames.first.append(screen.wait_pixels(POINTS, not_black, SECONDS) - peer.started)
                frames.content.append(screen.wait_pixels(POINTS, white, SECONDS) - peer.started)
            except AssertionError as error:
                raise AssertionError(f"{error}; xfreerdp3 said: {peer.said()}") from None
    finally:
        display.stop()


def line(name, goal, ours, theirs, steps, **more):
    medians = {step: round(sorted(values)[len(values) // 2], 3) for step, values in steps.items()}
    return figure(name, "s", ours.first, theirs.first, goal=goal, p95=round(p95(ours.first), 3),
                  content=figure(name, "s", ours.content, theirs.content)["ratio"],
                  content_ours=round(sorted(ours.content)[len(ours.content) // 2], 3),
                  content_theirs=round(sorted(theirs.content)[len(theirs.content) // 2], 3), steps=medians, **more)


def measure_tap(runs):
    ours, theirs, steps = Frames(), Frames(), {}
    with data_centre(spare=2, maximum=3) as (stack, pool), Image("plain") as image:
        person = Person(stack, "anna")
        desktop = Desktop(image)
        try:
            for number in range(runs):
                stack.wait_ready(pool, 1)
                client = ours_once(person, ours, steps)
                try:
                    person.log_off(client)
                finally:
                    end(stack, client)
                stack.wait_ready(pool, 2)  # nothing is being started while the other is measured
                desktop.fresh()
                time.sleep(1)
                theirs_once(desktop, theirs)
                desktop.destroy()
                say(f"tap {number + 1}/{runs}: ours {ours.first[-1]:.3f} s, xfreerdp3 {theirs.first[-1]:.3f} s")
        finally:
            desktop.destroy()
    yield line("tap", 0.4, ours, theirs, steps, p95_goal=1.3, p95_met=p95(ours.first) <= 1.3)


def measure_reconnect(runs):
    ours, theirs, steps = Frames(), Frames(), {}
    with data_centre(spare=1, maximum=1) as (stack, pool), Image("plain") as image, Desktop(image) as desktop:
        desktop.prepare_session(SIZE)
        person = Person(stack, "anna")
        for number in range(-1, runs):  # the first of each makes the session that the others come back to
            kept = (ours, theirs, steps) if number >= 0 else (Frames(), Frames(), {})
            client = ours_once(person, kept[0], kept[2])
            try:
                client.do("disconnect")
                wait_until(lambda: person.desktop()["status"] == "disconnected", 20, "disconnected")
            finally:
                end(stack, client)
            theirs_once(desktop, kept[1])
            time.sleep(0.5)
            if number >= 0:
                say(f"reconnect {number + 1}/{runs}: ours {ours.first[-1]:.3f} s, xfreerdp3 {theirs.first[-1]:.3f} s")
    yield line("reconnect", 1.0, ours, theirs, steps)
