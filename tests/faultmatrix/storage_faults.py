# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""What is under the broker goes wrong: its clock, its disk, its database."""

import contextlib
import secrets
import sqlite3
import time

from cycle import Fault
from ground import NET_TROUBLE, ApiError, Ground
from postgres import PostgresGround
from stack import ROOT, wait_until


class ClockJumps(Fault):
    name = "clock"
    text = "the broker's wall clock jumps an hour ahead, two hours back, and home again"

    def ground(self):
        return Ground, {"clock": True}

    def strike(self, cell):
        cell.ground.set_clock("+3600")

    def heal(self, cell):
        ground = cell.ground
        # A session, a lease nobody has connected to yet and a signed-in user must all outlive the jumps (R10).
        for jump in ("+3600", "-7200", "+0"):
            ground.set_clock(jump)
            ground.tell_pool()
            cell.subject.person.call("GET", "/api/v1/me/desktops")
        cell.new_grant()


class DiskFails(Fault):
    name = "disk"
    text = "the disk of the database is full, or answers with input/output errors"
    variants = ("full", "io-error")

    def ground(self):
        return Ground, {"small_disk": 28, "failing_disk": True}

    def strike(self, cell):
        ground = cell.ground
        if cell.variant == "full":
            self.filler = ground.state / "filler"
            with open(self.filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * 4096)
        else:
            ground.disk_fails.touch()

    def heal(self, cell):
        ground = cell.ground
        try:
            refused = self.wait_refusal(ground)
            cell.note(f"refused in words: {refused}")
            # R14: who has a lease gets to it; nobody is thrown out.
            if cell.subject.answer and cell.point not in ("log-off", "recycle"):
                self.reaches_own(cell)
        finally:
            if cell.variant == "full":
                self.filler.unlink()
            else:
                ground.disk_fails.unlink()
        wait_until(lambda: self.writes(ground), 30, lambda: f"writing again\n{ground.tail()}")
        cell.new_grant()

    @staticmethod
    def wait_refusal(ground):
        def refusal():
            for _ in range(40):  # the log of the database may have some room left
                try:
                    ground.admin.call("PATCH", f"/api/v1/admin/pools/{ground.ward}", {"description": secrets.token_hex(240)})
                except ApiError as error:
                    if error.code in ("storageFull", "unavailable"):
                        return error.code
                except NET_TROUBLE:
                    pass
            return None
        return wait_until(refusal, 30, lambda: f"a refusal of what cannot be stored\n{ground.tail()}")

    @staticmethod
    def reaches_own(cell):
        answer = cell.subject.person.connect(cell.ground.ward)
        if answer["state"] != "ready" or answer["lease"] != cell.subject.answer["lease"]:
            raise AssertionError(f"{cell.subject.name} does not get to his own desktop while the disk fails: {answer}")
        cell.note("own lease reached meanwhile")

    @staticmethod
    def writes(ground):
        try:
            ground.admin.call("PATCH", f"/api/v1/admin/pools/{ground.ward}", {"description": "written"})
            return True
        except (ApiError, *NET_TROUBLE):
            return False


class PostgresGone(Fault):
    name = "postgresql"
    text = "PostgreSQL restarted, killed, or its standby promoted"
    variants = ("restarted", "killed", "promoted")

    def ground(self):
        return PostgresGround, {}

    def strike(self, cell):
        cell.ground.node("stop" if cell.variant == "restarted" else "kill")
        if not cell.ground.witness_session.alive():
            raise AssertionError("the witness's RDP connection went with the database (R8)")

    def heal(self, cell):
        if cell.variant == "promoted":
            cell.ground.promote()
            cell.spoils_ground = True  # the old primary is not made a standby of the new one
        else:
            cell.ground.node("start")
        cell.new_grant(10, "after the promotion" if cell.variant == "promoted" else "after its return")


class OldBackup(Fault):
    name = "old-backup"
    text = "the backup of before this life began is restored while its desktop runs"
    not_yet = "" if (ROOT / "broker" / "service" / "adoption.cpp").exists() else "adopt mode (R11) is being built"
    releases_before_healing = False

    def prepare(self, cell):
        self.backup = cell.ground.folder / "backup.db"
        with contextlib.closing(sqlite3.connect(cell.ground.database())) as source, contextlib.closing(sqlite3.connect(self.backup)) as to:
            source.backup(to)
        self.before = set(cell.ground.ledger.grants)

    def strike(self, cell):
        cell.ground.kill_broker()
        for tail in ("", "-wal", "-shm"):
            (cell.ground.state / ("broker.db" + tail)).unlink(missing_ok=True)
        (cell.ground.state / "broker.db").write_bytes(self.backup.read_bytes())

    def heal(self, cell):
        ground, subject = cell.ground, cell.subject
        cell.release()
        began = time.monotonic()
        ground.start_broker(wait=False)
        wait_until(lambda: ground.health().get("database") and not ground.health().get("adoption"), 60, lambda: f"adopted\n{ground.tail(30)}")
        cell.figures["adopted"] = round(time.monotonic() - began, 2)
        cell.note(f"adopted what runs in {cell.figures['adopted']} s")
        # What no desktop was ever told of, and what had ended, is known to nobody: it must not be given to anybody else.
        known = {lease for (lease,) in ground.rows("SELECT id FROM leases")}
        unknown = set(ground.ledger.grants) - self.before - known
        in_use = subject.credential and cell.point not in ("log-off", "recycle")
        if in_use and subject.answer["lease"] in unknown:
            raise AssertionError(f"{subject.name} works in a desktop whose lease was forgotten")
        cell.forgotten |= unknown
        subject.forgotten = cell.forgotten
        cell.new_grant()
