# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The twelve points of a desktop's life, and how one cell of the matrix is run: reach the point, strike, heal, look at the truth."""

import secrets
import time

import truth
from ground import ApiError, retry
from life import Background, Life
from stack import wait_until

POINTS = {
    "before-start": "the incarnation's row is there, its domain is not started yet",
    "after-start": "the domain was started, its row does not say so yet",
    "before-ready": "the agent has said 'ready', the row does not say so yet",
    "after-ready": "the row says 'ready', nobody was told",
    "before-lease": "a user has asked, no lease is given yet",
    "after-lease": "lease row and ticket are durable, the user does not know yet (one group: after the row = before the ticket)",
    "after-ticket": "the ticket was used up, durably; the agent is not asked yet (after the ticket = before the credential)",
    "after-credential": "the agent has made the credential, the client does not have it yet",
    "connected": "the user works in the desktop, over RDP",
    "log-off": "the session has ended, the lease is not closed yet",
    "recycle": "the lease is closed and the end begun, the domain is not destroyed yet",
    "drain": "the pool was switched off: its free desktops are being taken away while a user works in his",
}
STARTING = ("before-start", "after-start", "before-ready", "after-ready")
GRANTING = ("before-lease", "after-lease")
REDEEMING = ("after-ticket", "after-credential")
HELD_BY_DATABASE = ("before-ready", "after-ready", *GRANTING, *REDEEMING, "log-off")


class Cell:
    """One fault (one variant of it) at one point."""

    def __init__(self, ground, fault, variant, point):
        self.ground, self.fault, self.variant, self.point = ground, fault, variant, point
        self.notes, self.figures = [], {}
        self.lost_domains = set()  # what the fault takes away by itself: leases on them may be lost
        self.may_quarantine = False
        self.may_drop_subject = False
        self.spoils_ground = False
        number = secrets.token_hex(3)
        self.subject = Life(ground, f"s-{number}")
        self.next = Life(ground, f"n-{number}")
        self.under_way = None
        self.started = []  # what the held point said: (pool, desktop, domain)
        self.holder = 0  # the process number of the broker that is held
        self.forgotten = set()  # leases that the fault makes the database forget by right
        self.is_released = False

    def note(self, text):
        self.notes.append(text)

    def lost(self):
        return self.forgotten | {lease for domain in self.lost_domains for (lease,) in self.ground.rows(
            "SELECT l.id FROM leases l JOIN incarnations i ON i.desktop_id = l.desktop_id AND i.number = l.incarnation "
            "WHERE i.domain_uuid = ?", domain)}

    # -- the way to the point
    def reach(self):
        subject, points = self.subject, self.ground.points
        name = "recycle" if self.point == "drain" else self.point
        if self.point in STARTING:
            points.arm(name)
            subject.connect()  # takes a spare: another one is started
        elif self.point in GRANTING:
            points.arm(name, self.ground.user_id(subject.name))
            self.under_way = Background(subject.connect)
        elif self.point in REDEEMING:
            subject.connect()
            points.arm(name, subject.name if name == "after-credential" else subject.answer["lease"])
            self.under_way = Background(subject.redeem)
        else:
            subject.connect()
            subject.redeem()
            subject.look()
            subject.leave_mark()
            if self.point == "log-off":
                points.arm(name, subject.answer["lease"])
                self.under_way = Background(subject.ask_log_off)
            elif self.point == "recycle":
                points.arm(name, subject.domain())
                self.under_way = Background(subject.ask_log_off)
            elif self.point == "drain":
                points.arm(name)
                self.ground.change_pool(enabled=False)
        if self.point != "connected":
            points.wait_held(name, 60 * self.ground.patience, self.ground.tail)
            *self.started, holder = points.words(name)
            self.holder = int(holder)

    def release(self):
        self.is_released = True
        self.ground.points.clear()

    # -- and from there to the end of this life, and one more
    def complete(self):
        subject = self.subject
        if self.under_way:
            self.under_way.result()
        if self.point not in ("log-off", "recycle"):
            self.finish_subject()
        else:
            subject.wait_closed(60)
        if self.point == "drain":
            self.ground.change_pool(enabled=True)
        if not self.next.answer:
            self.next.connect()
        self.next.redeem()
        self.next.finds_nothing()
        self.next.log_off()

    def finish_subject(self):
        subject = self.subject
        before = subject.answer and subject.answer["lease"]
        still = subject.session and subject.session.alive()
        if subject.session and not still and not self.may_drop_subject:
            raise AssertionError(f"{subject.name}'s RDP connection was dropped: {subject.session.said()}")
        if not still:
            subject.connect()
            subject.redeem()
            subject.look()
        if before and before != subject.answer["lease"] and before not in self.lost():
            raise AssertionError(f"{subject.name} had the lease {before} and was given {subject.answer['lease']}")
        subject.leave_mark()
        subject.log_off()

    def new_grant(self, limit=None, what=""):
        """A user who has nothing yet asks until he has a desktop: seconds."""
        started = time.monotonic()
        if self.point == "drain":
            return None  # a pool that is switched off gives nothing new
        took = self.next.connect(60)
        self.figures[what or "firstGrant"] = round(took, 2)
        self.note(f"new grant {took:.1f} s {what}".strip())
        if limit and time.monotonic() - started > limit:
            raise AssertionError(f"the first new grant {what} took {took:.1f} s, more than {limit} s")
        return took

    def run(self):
        started = time.monotonic()
        try:
            self.fault.prepare(self)
            self.reach()
            self.fault.strike(self)
            if not self.is_released and self.fault.releases_before_healing:
                self.release()
            self.fault.heal(self)
            if not self.is_released:
                self.release()
            self.complete()
            self.fault.afterwards(self)
            truth.settle(self.ground)
            truth.check(self.ground, self.lost(), self.may_quarantine)
        finally:
            for life in (self.subject, self.next):
                if life.session:
                    life.session.end()
            self.seconds = time.monotonic() - started


class Fault:
    """What strikes. One object per row of the matrix."""

    name = text = ""
    variants = ("",)
    not_yet = ""  # why it cannot be run at all
    not_yet_variants = {}  # variant: why
    releases_before_healing = True  # the held call meets the fault, not only the aftermath

    def ground(self):
        """(class, options): rows with the same ones share a ground."""
        from ground import Ground
        return Ground, {}

    def not_yet_at(self, point):
        """Why this fault cannot be run at this point yet, or nothing."""
        return self.not_yet

    def prepare(self, cell):
        """What must be there before the point is reached: afterwards the database may stand still."""

    def strike(self, cell):
        raise NotImplementedError

    def heal(self, cell):
        raise NotImplementedError

    def afterwards(self, cell):
        """Tidies what the fault leaves behind by right, such as a desktop that was set aside."""


