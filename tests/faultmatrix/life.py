# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""One clinician's way through a desktop's life: connect, redeem, look, log off, with a real client's patience."""

import secrets
import threading

from ground import ApiError, RdpSession, retry
from stack import wait_until

MARK = "/home/clinician/left-behind"


class Background(threading.Thread):
    """Something that a client has under way while the fault strikes."""

    def __init__(self, action):
        super().__init__(daemon=True)
        self.action, self.value, self.error = action, None, None
        self.start()

    def run(self):
        try:
            self.value = self.action()
        except Exception as error:  # told by result()
            self.error = error

    def result(self, seconds=90):
        self.join(seconds)
        if self.is_alive():
            raise AssertionError("what was under way did not come to an end")
        if self.error:
            raise self.error
        return self.value


class Life:
    def __init__(self, ground, name):
        self.ground, self.name = ground, name
        self.person = ground.somebody(name)
        self.key = secrets.token_hex(16)
        self.answer = None  # the newest acknowledged connection
        self.leases = []  # all that this life was told of, in order
        self.session = None
        self.credential = None
        self.forgotten = ()  # leases that the database may not know any more
        self.refusals = []  # what the broker said while it could not

    def refused(self, error):
        self.refusals.append(error)
        return False

    # -- steps, each with a client's patience
    def connect(self, seconds=60):
        """Asks with one key until a desktop is ready. A session that has ended means: with another key."""
        def ask():
            try:
                answer = self.person.connect(self.ground.ward, self.key)
            except ApiError as error:
                if error.code == "stale":
                    self.key = secrets.token_hex(16)
                if "Restart it" in error.message:  # R7: offered to the user, who takes it
                    self.restart()
                if error.status == 401:
                    self.person = self.ground.somebody(self.name)
                raise
            return answer if answer["state"] == "ready" else None
        self.answer, took = retry(ask, seconds * self.ground.patience, f"a desktop for {self.name}", self.refused)
        self.ground.ledger.acknowledge(self.name, self.answer)
        if self.answer["lease"] not in self.leases:
            self.leases.append(self.answer["lease"])
        return took

    def restart(self):
        """A fresh desktop instead of one's own, which cannot be reached."""
        for lease, closed in self.ground.rows("SELECT l.id, l.closed_at FROM leases l JOIN users u ON u.id = l.user_id WHERE u.name = ?",
                                              self.name):
            if closed is None:
                self.person.call("POST", f"/api/v1/me/leases/{lease}/restart")
        self.key = secrets.token_hex(16)

    def redeem(self, seconds=60):
        """A credential. A ticket that was used up by a lost answer means: ask for another one."""
        def ask():
            ticket, self.answer["ticket"] = self.answer.get("ticket"), None
            if not ticket:
                self.key = secrets.token_hex(16)  # the client connects anew: another request
                self.connect(seconds)
                ticket, self.answer["ticket"] = self.answer["ticket"], None
            return self.person.redeem(ticket)
        self.credential, took = retry(ask, seconds * self.ground.patience, f"a credential for {self.name}", self.refused)
        return took

    def look(self, seconds=60):
        """A real RDP session to the desktop."""
        seconds *= self.ground.patience

        def shown():
            desktop = self.desktop()
            return desktop and desktop["status"] == "connected" and self.session.alive()
        for attempt in range(3):
            if self.session:
                self.session.end()
            self.session = RdpSession(self.ground, self.credential)
            try:
                wait_until(lambda: shown() or self.session.process.poll() is not None, seconds, lambda: f"{self.name}'s session is 'connected'")
                if self.session.process.poll() is None:
                    return self.session
            except AssertionError:
                if attempt == 2:
                    raise
            self.redeem()  # one credential opens one session
        raise AssertionError(f"no RDP session for {self.name}: {self.session.said()}")

    def desktop(self):
        return self.ground.desktop_of(self.name)

    def lease_row(self, lease=None):
        """(desktop, incarnation, domain, closed_at, close_reason) from the database itself."""
        found = self.ground.rows(
            "SELECT l.desktop_id, l.incarnation, i.domain_uuid, l.closed_at, l.close_reason FROM leases l JOIN incarnations i "
            "ON i.desktop_id = l.desktop_id AND i.number = l.incarnation WHERE l.id = ?", lease or self.answer["lease"])
        return found[0] if found else None

    def is_closed(self):
        row = self.lease_row()
        return row[3] is not None if row else self.answer["lease"] in self.forgotten

    def domain(self):
        return self.lease_row()[2]

    def leave_mark(self):
        self.ground.inside(self.domain(), f"touch {MARK} /tmp/left-behind")

    def finds_nothing(self):
        """The next user's desktop has nothing of anybody in it."""
        seen = self.ground.inside(self.domain(), f"ls -a {MARK} /tmp/left-behind", check=False).stdout.strip()
        if seen:
            raise AssertionError(f"{self.name} found {seen}")

    def ask_log_off(self, seconds=60):
        """The answer of a log-off may be lost; what counts is that the lease closes (wait_closed)."""
        lease = self.answer["lease"]

        def ask():
            try:
                self.person.call("POST", f"/api/v1/me/leases/{lease}/logoff")
            except ApiError as error:
                if error.status in (404, 409, 410):
                    return True  # it is closed already
                raise
            return True
        retry(ask, seconds, f"{self.name}'s log-off is taken")

    def wait_closed(self, seconds=60):
        wait_until(self.is_closed, seconds * self.ground.patience, lambda: f"{self.name}'s lease is closed: {self.lease_row()}\n{self.ground.tail()}")
        if self.session:
            self.session.end()

    def log_off(self):
        for attempt in range(3):
            self.ask_log_off()
            try:
                return self.wait_closed(20)
            except AssertionError:
                if attempt == 2:
                    raise
