# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""refill: from a grant to the start of its replacement (the intent is committed, the host is called next) and until the
replacement's domain runs; the peer is bare virsh create of the same image, which knows beforehand that it is wanted. Read from
the database: grant, intent and start are times of one clock, in milliseconds."""

import sqlite3
import time

from desktop import Desktop, Image
from harness import figure, say
from ours import data_centre
from stack import STATE, wait_until

GOAL = 0.1  # seconds, of each single start
NEXT = """SELECT l.granted_at, min(i.created_at), i.started_at FROM leases l JOIN incarnations i ON i.pool_id = l.pool_id
          WHERE l.id = ? AND i.created_at >= l.granted_at"""


def read(stack, query, *values):
    with sqlite3.connect(f"file:{stack.state / 'broker.db'}?mode=ro", uri=True) as database:
        return database.execute(query, values).fetchone()


def refill_once(stack, pool, name):
    """Seconds from a grant to its replacement's intent and to its running domain."""
    stack.wait_ready(pool, 1)
    lease = stack.person(name).connect(pool)["lease"]

    def started():
        row = read(stack, NEXT, lease)
        return row if row and row[2] is not None else None
    granted, intended, runs = wait_until(started, 30, "the replacement's start")
    return (intended - granted) / 1000, (runs - granted) / 1000


def create_once(desktop):
    desktop.destroy()
    begin = time.monotonic()
    desktop.create()
    return time.monotonic() - begin


def measure(runs):
    intents, starts, bare = [], [], []
    with data_centre(spare=1, maximum=min(runs + 1, 14)) as (stack, pool), Image("plain") as image, Desktop(image) as desktop:
        for number in range(min(runs, 13)):
            intent, start = refill_once(stack, pool, f"refill{number}")
            intents.append(intent)
            starts.append(start)
            bare.append(create_once(desktop))
            say(f"refill {number + 1}: intent {intent * 1000:.0f} ms, domain runs {start * 1000:.0f} ms, virsh create {bare[-1] * 1000:.0f} ms")
    yield {**figure("refill", "s", intents, bare, phase="to the start; peer: virsh create alone"), "goal": GOAL, "met": max(intents) <= GOAL}
    yield figure("refill", "s", starts, bare, phase="to the running domain; peer: virsh create alone")
