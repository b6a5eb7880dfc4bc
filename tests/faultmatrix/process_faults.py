# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Processes that die or hang, and desktops that are taken away: broker, libvirtd, domains."""

import os
import signal
import time

from cluster import ClusterGround
from cycle import STARTING, Fault
from ground import POOL_SPARE
from stack import ROOT, run, virsh, wait_until


class BrokerKilled(Fault):
    name = "broker-killed"
    text = "kill -9 of the broker, which is started again at once"
    releases_before_healing = False

    def strike(self, cell):
        cell.ground.kill_broker()
        truth_kept = cell.ground.witness_session.alive()
        if not truth_kept:
            raise AssertionError("the witness's RDP connection went with the broker (R8)")

    def heal(self, cell):
        cell.release()  # nobody is there to be held
        cell.ground.start_broker(wait=False)
        cell.new_grant(5, "after the kill")


class BrokerFrozen(Fault):
    name = "broker-frozen"
    text = "the broker stands still for 60 s while a second one takes over, and wakes up again"
    releases_before_healing = False
    not_yet = "" if (ROOT / "packaging" / "cluster").exists() else "several brokers on one database are being built"
    SECONDS = 60

    def ground(self):
        return ClusterGround, {}

    def strike(self, cell):
        self.frozen = cell.holder or cell.ground.working()
        self.since = time.monotonic()
        os.kill(self.frozen, signal.SIGSTOP)

    def heal(self, cell):
        ground = cell.ground
        try:
            cell.new_grant(5, "by the other broker")
            wait_until(lambda: ground.working() != self.frozen, 20, lambda: f"the other broker takes the pool's work over: {ground.claims()}")
            took = time.monotonic() - self.since
            cell.figures["takenOver"] = round(took, 2)
            cell.note(f"work taken over after {took:.1f} s")
            if took > 5:
                raise AssertionError(f"the work was taken over after {took:.1f} s, more than 5 s")
            time.sleep(max(0.0, self.SECONDS - (time.monotonic() - self.since)))  # the fault itself
        finally:
            cell.release()
            os.kill(self.frozen, signal.SIGCONT)


class LibvirtAway(Fault):
    name = "libvirtd"
    text = "libvirtd killed, or hanging"
    variants = ("killed", "hung")

    @staticmethod
    def pids():
        return [int(pid) for pid in run("pgrep", "-x", "libvirtd", check=False).stdout.split()]

    def strike(self, cell):
        self.stopped = self.pids()
        for pid in self.stopped:
            os.kill(pid, signal.SIGKILL if cell.variant == "killed" else signal.SIGSTOP)
        if cell.variant == "killed":
            wait_until(lambda: not self.pids(), 10, "the end of libvirtd")

    def heal(self, cell):
        try:
            # The broker has noticed; meanwhile who has a session keeps it, and a ready desktop can be had (R7).
            wait_until(lambda: cell.ground.health().get("hypervisor", "good") != "good", 45,
                       lambda: f"the broker's notice that libvirtd is away: {cell.ground.health()}")
            cell.new_grant(None, "while libvirtd was away")
        finally:
            if cell.variant == "killed":
                cell.ground.services("start")
            else:
                for pid in self.stopped:
                    os.kill(pid, signal.SIGCONT)
        began = time.monotonic()
        wait_until(lambda: cell.ground.health().get("hypervisor") == "good", 30, lambda: f"the host is back: {cell.ground.health()}")
        if cell.point != "drain":
            wait_until(lambda: cell.ground.pool_item(cell.ground.ward)["ready"] >= POOL_SPARE, 60 * cell.ground.patience, "new desktops after libvirtd's return")
        took = time.monotonic() - began
        cell.figures["newDesktopsAfterReturn"] = round(took, 2)
        cell.note(f"all spares {took:.1f} s after its return")
        limit = 10 * cell.ground.patience
        if took > limit:
            raise AssertionError(f"{took:.1f} s from libvirtd's return to a pool with all its spares, more than {limit} s")


class DesktopGone(Fault):
    name = "desktop-gone"
    text = "a desktop destroyed outside of the broker (transient domains are undefined by that), or its processes killed"
    variants = ("destroyed", "killed")

    def strike(self, cell):
        ground = cell.ground
        if cell.point in ("before-start", "before-lease"):
            domain = self.spares(ground)[0]  # nothing of the held one exists yet: one that may be granted next
        elif cell.point in STARTING:
            domain = self.domain_of_row(ground, cell.started[1] if len(cell.started) > 1 else cell.started[0])
        elif cell.point == "drain":
            domain = cell.started[0]
        else:
            domain = ground.rows("SELECT i.domain_uuid FROM leases l JOIN users u ON u.id = l.user_id JOIN incarnations i ON i.desktop_id = "
                                 "l.desktop_id AND i.number = l.incarnation WHERE u.name = ? ORDER BY l.epoch DESC", cell.subject.name)[0][0]
            cell.may_drop_subject = True
        cell.lost_domains.add(domain)
        if cell.variant == "destroyed":
            virsh("destroy", domain, check=False, uri=ground.host)  # libvirt may complain of a process that took its time, and be done all the same
        else:
            ground.kill_desktop(domain)
        wait_until(lambda: not ground.runs(domain), 20, lambda: f"the end of domain {domain}")

    @staticmethod
    def spares(ground):
        return [uuid for (uuid,) in ground.rows(
            "SELECT i.domain_uuid FROM incarnations i JOIN desktops d ON d.id = i.desktop_id WHERE i.ready_at IS NOT NULL AND i.ended_at IS "
            "NULL AND i.ending_at IS NULL AND d.removed = 0 AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.desktop_id = i.desktop_id AND "
            "l.incarnation = i.number) ORDER BY i.ready_at, i.domain_uuid")]

    @staticmethod
    def domain_of_row(ground, desktop):
        return ground.rows("SELECT domain_uuid FROM incarnations WHERE desktop_id = ? AND ended_at IS NULL", desktop)[0][0]

    def heal(self, cell):
        """Nobody mends it: the pool does. A user whose desktop is gone is told so, and gets another one."""
        subject = cell.subject
        if cell.under_way:
            cell.under_way.result()
        if cell.may_drop_subject:
            lease = next(iter(cell.lost()))
            wait_until(lambda: subject.lease_row(lease)[3] is not None, 60, lambda: f"the lost lease is closed\n{cell.ground.tail()}")
            cell.note("the lost lease was closed")
        cell.new_grant()
