# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The agent dies, is cut off, or is an impostor that is stale or lies."""

import base64
import json
import re

import nets
from cycle import REDEEMING, STARTING, Fault
from impostor import Impostor, Refused
from stack import virsh, wait_until


class AgentTrouble(Fault):
    name = "agent"
    text = "the agent killed; cut off from the broker; and an impostor with its secret that is stale or lies"
    variants = ("dead", "cut-off", "stale", "lying")

    # -- whose agent
    @staticmethod
    def target(cell):
        """(desktop id, domain, address) of the desktop that the cell is about, or of a spare."""
        ground = cell.ground
        query = ("SELECT i.desktop_id, i.domain_uuid, d.address FROM incarnations i JOIN desktops d ON d.id = i.desktop_id "
                 "LEFT JOIN leases l ON l.desktop_id = i.desktop_id AND l.incarnation = i.number LEFT JOIN users u ON u.id = l.user_id ")
        if cell.point in STARTING[1:]:
            desktop = cell.started[1] if len(cell.started) > 1 else cell.started[0]
            return ground.rows(query + "WHERE i.desktop_id = ? AND i.ended_at IS NULL", desktop)[0]
        if cell.point in ("before-start", "before-lease"):
            return ground.rows(query + "WHERE i.ready_at IS NOT NULL AND i.ended_at IS NULL AND i.ending_at IS NULL AND l.id IS NULL "
                               "AND d.removed = 0")[0]
        return ground.rows(query + "WHERE u.name = ? ORDER BY l.epoch DESC", cell.subject.name)[0]

    def agent_of_now(self, cell):
        """A desktop that is just being recycled takes its agent along: then it is the next life's."""
        if cell.point == "recycle" and not cell.ground.runs(self.domain):
            for (self.domain,) in cell.ground.rows("SELECT domain_uuid FROM incarnations WHERE desktop_id = ? AND ended_at IS NULL", self.desktop):
                break
        return cell.ground.agent(self.domain)

    def strike(self, cell):
        self.desktop, self.domain, self.address = self.target(cell)
        if cell.variant == "dead":
            self.pid = wait_until(lambda: self.agent_of_now(cell), 20, "the agent's process")
            cell.ground.kill_agent(self.domain, self.pid)
        elif cell.variant == "cut-off":
            nets.cut(self.address, cell.ground.agent_port())
        else:
            self.bootstrap = self.secret()  # the domain may be gone in a moment

    def heal(self, cell):
        {"dead": self.dead, "cut-off": self.cut_off, "stale": self.stale, "lying": self.lying}[cell.variant](cell)
        if not cell.next.answer:
            cell.new_grant()

    def dead(self, cell):
        """The desktop goes on without it, and it comes back by itself (R7)."""
        if cell.point not in ("recycle",):
            ground, may_end = cell.ground, cell.point in ("log-off", "drain")
            wait_until(lambda: ground.agent(self.domain) not in (None, self.pid) or may_end and not ground.runs(self.domain), 30,
                       lambda: f"another agent in {self.domain}")
            cell.note("the agent came back, the desktop stayed")

    def cut_off(self, cell):
        try:
            if cell.point in ("connected", "drain"):
                wait_until(lambda: not nets.connected(self.address, cell.ground.agent_port()), 60,
                           lambda: f"the broker's notice that the agent is away\n{cell.ground.tail()}")
                if cell.subject.is_closed() or not cell.subject.session.alive():
                    raise AssertionError("a session was ended because its agent is away (R7)")
                cell.note("the session went on without its agent")
            elif cell.point in REDEEMING:
                wait_until(lambda: cell.subject.refusals or not cell.under_way.is_alive(), 30, "an answer without the agent")
                cell.note("a plain refusal meanwhile" if cell.subject.refusals else "served all the same")
            cell.new_grant(None, "meanwhile")
        finally:
            nets.clear()

    # -- impostors
    def secret(self):
        """What the desktop's own agent was given, read at libvirt."""
        text = re.search(r"<initenv name='WARDESK_BOOTSTRAP'>([^<]+)<", virsh("dumpxml", self.domain))
        return json.loads(base64.b64decode(text[1]))

    def stale(self, cell):
        """The secret of an earlier life, a life that never was, and an epoch of old: all refused, nothing moves."""
        ground = cell.ground
        before = ground.rows("SELECT id, closed_at FROM leases ORDER BY id")
        bootstrap = self.bootstrap
        past = [(desktop, number) for desktop, number in ground.rows(
            "SELECT desktop_id, number FROM incarnations WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 3")]
        for desktop, number in [*past, (self.desktop, bootstrap["incarnation"] + 1)]:
            try:
                Impostor(ground, {**bootstrap, "desktop": desktop, "incarnation": number}).close()
                raise AssertionError(f"an agent of {desktop}, incarnation {number}, was let in with another life's secret")
            except Refused:
                pass
        # Its own secret, but the witness's lease and an epoch from before: not believed (R3). Somebody is in that desktop who
        # contradicts the database about the one lease of its life, so it may be set aside (R1); nobody else's is touched.
        impostor = Impostor(ground, bootstrap)
        impostor.say(kind="session", epoch=1, lease=ground.witness_lease, session="disconnected")
        impostor.sync()
        impostor.close()
        after = dict(ground.rows("SELECT id, closed_at FROM leases ORDER BY id"))
        own = cell.subject.answer["lease"] if cell.point in ("log-off", "recycle") else None  # it is being logged off anyway
        changed = [lease for lease, closed in before if after[lease] != closed and lease != own]
        if changed:
            raise AssertionError(f"a stale agent closed {changed}")
        self.distrusted(cell)
        cell.note("refused")

    def distrusted(self, cell):
        """From here on the impostor's own desktop may be lost, and no other."""
        cell.may_quarantine = True
        cell.lost_domains.add(self.domain)
        cell.may_drop_subject = True

    def lying(self, cell):
        """It claims another certificate and somebody else's session: it harms its own desktop at most."""
        ground = cell.ground
        bootstrap = self.bootstrap
        impostor = Impostor(ground, bootstrap)
        impostor.say(kind="hello", epoch=bootstrap["epoch"], isReady=True, certificateSha256="ab" * 32, session="connected",
                     lease=ground.witness_lease, version="liar")
        impostor.say(kind="answer", epoch=10 ** 9, id=1, account="root", credential="liar")
        impostor.say(kind="session", epoch=10 ** 9, lease=ground.witness_lease, session="connected")
        impostor.sync()
        impostor.close()
        self.distrusted(cell)

    def afterwards(self, cell):
        """What was set aside has a reason; IT looks at it and releases it, which wipes it."""
        if cell.variant not in ("stale", "lying"):
            return
        for desktop in cell.ground.desktops():
            if desktop["status"] == "quarantined":
                if "Set aside: " not in desktop["message"] or len(desktop["message"]) < 20:
                    raise AssertionError(f"set aside without a reason: {desktop}")
                cell.note("the impostor's desktop was set aside: " + desktop["message"][11:60])
                cell.ground.admin.call("POST", f"/api/v1/admin/desktops/{desktop['id']}/release",
                                       {"reason": "the liar was found"})
