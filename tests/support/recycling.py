# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""One desktop that is used, recycled and searched, over and over (R1). See tests/recycles."""

import contextlib
import shlex
import time

from ground import RdpSession
from machine import certificate
from search import search
from stack import Stack, wait_until

PLACES = ("/home/clinician", "/tmp", "/var/tmp", "/dev/shm")
SESSION = "export DISPLAY=:10 XAUTHORITY=/home/clinician/.Xauthority"
QUEUE = "/var/spool/cups"  # there is no print server in the image; its queue is where one would keep it
UNIQUE = ("/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key.pub", "/var/lib/systemd/random-seed")


class Recycling:
    """`run` names the marks of all lives, also of those in `earlier`."""

    def __init__(self, kind, run, earlier):
        self.kind, self.run = kind, run
        self.number = len(earlier)
        self.seen = {what: set() for what in ("RDP key", *UNIQUE)}
        for life in earlier:
            self.note(life["unique"])
        # Addresses of their own, so that both kinds may be recycled side by side, and beside all other tests
        self.stack = (Stack(name="recycles", kind=kind, image="open", first=220, last=229) if kind == "qemu" else
                      Stack(name="recycles", kind=kind, first=230, last=239))

    def __enter__(self):
        self.stack.__enter__()
        try:
            self.pool = self.stack.pool("ward", spare=1, maximum=1, wait=False)
            self.stack.wait_ready(self.pool, 1, seconds=90 if self.kind == "lxc" else 1500)
            # Never the same user twice in a row
            self.people = {name: self.stack.person(name) for name in ("anna", "berta")}
            self.desktop = self.stack.desktops(self.pool)[0]
            self.note(self.unique())
        except BaseException:
            self.stack.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stack.stop()

    def inside(self, command, **more):
        return self.stack.inside(self.desktop["domain"], command, **more)

    # -- a life
    def mark(self):
        return f"{self.run}-mark-of-life-{self.number}"

    def use(self):
        """Signed in over RDP, the user leaves the mark wherever a user, or the print server on his behalf, leaves anything."""
        self.user = list(self.people)[self.number % 2]
        person, mark = self.people[self.user], shlex.quote(self.mark())
        self.answer = person.connect_ready(self.pool, 60 * self.stack.patience)
        session = RdpSession(self.stack, person.redeem(self.answer["ticket"]))
        try:
            def connected():
                desktop = self.stack.desktop_of(self.user)
                return desktop and desktop["status"] == "connected" and session.alive()
            wait_until(connected, 30 * self.stack.patience, lambda: f"{self.user}'s session: {session.said()}")
            self.inside(f"{SESSION}; for place in {' '.join(PLACES)}; do echo {mark} > $place/left-behind; done; "
                        f"LEFT={mark} setsid sleep 86400 >/dev/null 2>&1 & echo -n {mark} | xclip -selection clipboard >/dev/null 2>&1",
                        user="clinician", timeout=60 * self.stack.patience)
            self.inside(f"mkdir -p {QUEUE}; echo {mark} > {QUEUE}/d00001-001; sync")
        finally:
            session.end()

    def look(self):
        """{place: what was found there} of the marks of any life."""
        found = search(self.stack, self.desktop, self.run)
        held = self.inside(f"{SESSION}; timeout 20 xclip -o -selection clipboard; timeout 20 xclip -o -selection primary", user="clinician",
                           check=False, timeout=60 * self.stack.patience).stdout
        if self.run in held:
            found["clipboard"] = held.strip()
        return found

    def unique(self):
        """{what: value} of this life; a container has a key alone."""
        found = {"RDP key": certificate(self.desktop["address"])}
        if self.kind == "qemu":
            sums = self.inside(f"sha256sum {' '.join(UNIQUE)}").stdout.split()
            found.update(zip(sums[1::2], sums[0::2]))
            if set(found) != set(self.seen):
                raise AssertionError(f"not all that must be unique is there: {found}")
        return found

    def note(self, unique):
        """What an earlier life had, too."""
        same = [what for what, value in unique.items() if value in self.seen[what]]
        for what, value in unique.items():
            self.seen[what].add(value)
        return same

    def control(self):
        """Marks are found in a life that was not recycled: without this, finding none would say nothing."""
        found = self.look()
        if found:
            raise AssertionError(f"there are marks of this run before anything was left: {found}")
        self.use()
        found = self.look()
        missing = {*(f"{place}/left-behind" for place in PLACES), f"{QUEUE}/d00001-001", "memory", "clipboard"} - set(found)
        if missing:
            raise AssertionError(f"the search does not see what is there: {missing} (found: {list(found)})")
        self.is_used = True
        return sorted(found)

    def round(self, skip):
        """Uses the desktop unless it has been just now, recycles it, and looks."""
        if not self.is_used:
            self.use()
        self.is_used = False
        seconds = 0.0 if skip else self.recycle()
        self.number += 1
        if skip:
            self.is_used = True
        unique = self.unique()
        return {"round": self.number, "hypervisor": self.kind, "run": self.run, "incarnation": self.desktop["incarnation"],
                "seconds": round(seconds, 2), "found": sorted(self.look()), "same": self.note(unique), "unique": unique}

    def recycle(self):
        """Seconds from the log-off to the next life's readiness."""
        before, start = self.desktop["incarnation"], time.monotonic()
        self.people[self.user].call("POST", f"/api/v1/me/leases/{self.answer['lease']}/logoff")

        def again():
            with contextlib.suppress(IndexError):
                found = self.stack.desktops(self.pool)[0]
                return found["incarnation"] > before and found["status"] == "ready" and found
        self.desktop = wait_until(again, 90 * self.stack.patience, lambda: f"the desktop's next life\n{self.stack.tail()}")
        return time.monotonic() - start
