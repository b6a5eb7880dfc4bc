# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""together: two people sign in at the same moment and come into one shared desktop; the later of their first frames,
against that of somebody who comes alone into the same desktop."""

from concurrent.futures import ThreadPoolExecutor

from harness import figure, say, spread
from ours import Person, end
from stack import Stack, wait_until

SEATS = 8  # more than come: the desktop is never full


def first_frames(people):
    """Seconds from each one's sign-in to their first frame; all submit at once, and log off afterwards."""
    clients = [person.warm_client() for person in people]
    stack = people[0].stack

    def enter(person, client):
        submitted = person.sign_in(client)
        return client.wait_mark("firstFrame", 60)["firstFrame"] / 1000 - submitted
    try:
        with ThreadPoolExecutor(len(people)) as together:
            return list(together.map(enter, people, clients))
    finally:
        for person, client in zip(people, clients):
            person.log_off(client)
            end(stack, client)


def is_empty(stack, pool):
    """Whoever was the last to leave has ended the desktop before; the next one waits with sessions that run."""
    return any(item["status"] == "ready" and not item.get("sessions") for item in stack.desktops(pool))


def measure(runs):
    later, earlier, alone = [], [], []
    with Stack(image="plain", first=200, last=214, name="bench") as stack:
        pool = stack.pool("hall", spare=SEATS, maximum=SEATS, kind="shared", seats=SEATS, wait=False)
        anna, bert = Person(stack, "anna"), Person(stack, "bert")
        for number in range(runs):
            for people in ([anna, bert], [anna]):
                wait_until(lambda: is_empty(stack, pool), 60, "a desktop that nobody is in")
                times = sorted(first_frames(people))
                if len(people) == 1:
                    alone.append(times[0])
                else:
                    earlier.append(times[0])
                    later.append(times[1])
            say(f"together {number + 1}/{runs}: {earlier[-1]:.3f} s and {later[-1]:.3f} s, alone {alone[-1]:.3f} s")
    yield figure("together", "s", later, alone, goal=1.5, phase="first frame of the later of two; peer: of one who comes alone",
                 earlier=spread(earlier))
