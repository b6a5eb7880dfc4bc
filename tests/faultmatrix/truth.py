# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold after every fault, looked up in the database, at libvirt and at the RDP connections themselves."""

import re

from ground import NET_TROUBLE, POOL_SPARE, ApiError
from stack import virsh, wait_until


def domains_of(ground):
    """{uuid: (desktop, incarnation)} of this site's domains, as libvirt says."""
    found = {}
    for uuid in virsh("list", "--all", "--uuid", check=False, uri=ground.host).split():
        text = virsh("dumpxml", uuid, check=False, uri=ground.host)
        if ground.site in text:
            # element or attribute of the metadata, whichever way it is written
            words = {name: re.search(rf"\b{name}(?:=['\"]|>)([^'\"<]+)", text) for name in ("desktop", "incarnation")}
            found[uuid] = tuple(words[name][1] if words[name] else "?" for name in ("desktop", "incarnation"))
    return found


def rows_and_domains(ground):
    """Empty when every living row has exactly its domain, and no domain is without a row."""
    rows = ground.rows("SELECT i.domain_uuid, i.desktop_id, i.number FROM incarnations i JOIN desktops d ON d.id = i.desktop_id "
                       "WHERE i.ended_at IS NULL AND d.removed = 0 AND d.quarantined_at IS NULL")
    wanted = {uuid: (desktop, str(number)) for uuid, desktop, number in rows}
    aside = {uuid for (uuid,) in ground.rows("SELECT i.domain_uuid FROM incarnations i JOIN desktops d ON d.id = i.desktop_id "
                                              "WHERE d.quarantined_at IS NOT NULL AND i.ended_at IS NULL")}
    there = {uuid: who for uuid, who in domains_of(ground).items() if uuid not in aside}
    trouble = []
    for uuid in wanted.keys() - there.keys():
        trouble.append(f"the row of {wanted[uuid]} has no domain {uuid}")
    for uuid in there.keys() - wanted.keys():
        trouble.append(f"the domain {uuid} of {there[uuid]} has no row")
    for uuid in wanted.keys() & there.keys():
        if "?" not in there[uuid] and wanted[uuid] != there[uuid]:
            trouble.append(f"{uuid} is {wanted[uuid]} by its row and {there[uuid]} by its domain")
    return trouble


def settle(ground):
    """The pool is back at its spares, and rows and domains agree."""
    def settled():
        try:
            pool = ground.pool_item(ground.ward)
        except (ApiError, *NET_TROUBLE):
            return False
        return pool["ready"] == POOL_SPARE and pool["preparing"] == 0 and not rows_and_domains(ground)
    wait_until(settled, 90 * ground.patience, lambda: f"the pool is at its spares: {ground.pool_item(ground.ward)} {rows_and_domains(ground)}\n{ground.tail(30)}")


def check(ground, lost=(), quarantined=False):
    """Raises on the first thing that must not be. `lost`: leases whose desktop the fault itself took away."""
    if ground.ledger.doubles:
        raise AssertionError(f"given twice: {ground.ledger.doubles}")
    twice = ground.rows("SELECT desktop_id, incarnation, count(*) FROM leases GROUP BY desktop_id, incarnation HAVING count(*) > 1")
    if twice:
        raise AssertionError(f"incarnations with two leases: {twice}")
    twice = ground.rows("SELECT desktop_id, count(*) FROM leases WHERE closed_at IS NULL GROUP BY desktop_id HAVING count(*) > 1")
    if twice:
        raise AssertionError(f"desktops with two open leases: {twice}")
    kept = {lease: (user, certificate) for lease, user, certificate in ground.rows(
        "SELECT l.id, u.name, i.certificate_sha256 FROM leases l JOIN users u ON u.id = l.user_id JOIN incarnations i "
        "ON i.desktop_id = l.desktop_id AND i.number = l.incarnation")}
    for lease, told in ground.ledger.grants.items():
        if kept.get(lease) != told and lease not in ground.permitted_losses | set(lost):
            raise AssertionError(f"the lease {lease} was told as {told}, the database has {kept.get(lease)}")
    gone = ground.rows("SELECT l.id, u.name FROM leases l JOIN users u ON u.id = l.user_id WHERE l.close_reason = 'desktopLost'")
    for lease, user in gone:
        if lease not in ground.permitted_losses and lease not in lost:
            raise AssertionError(f"{user}'s lease {lease} was lost")
    ground.permitted_losses.update(lost)
    witness(ground)
    aside = ground.rows("SELECT id, quarantine_reason FROM desktops WHERE quarantined_at IS NOT NULL AND removed = 0")
    if aside and not quarantined:
        raise AssertionError(f"set aside: {aside}")
    if any(not reason for _, reason in aside):
        raise AssertionError(f"set aside without a reason: {aside}")
    verified = ground.admin.call("GET", "/api/v1/admin/audit/verification")
    if verified.get("firstBroken"):
        raise AssertionError(f"the audit's chain is broken: {verified}")


def witness(ground):
    """R7, R8: the very same RDP connection as at the beginning, and the broker knows it."""
    if not ground.witness_session.alive() or ground.witness_session.lines() != ground.witness_lines:
        raise AssertionError(f"the witness's RDP connection was dropped: {ground.witness_session.said()}")
    desktop = wait_until(ground.witness_connected, 30, lambda: f"the witness is 'connected' to the broker: {ground.desktop_of('witness')}")
    same = ("id", "incarnation", "domain", "lease")
    if [desktop[name] for name in same] != [ground.witness_desktop[name] for name in same]:
        raise AssertionError(f"the witness has another desktop: {desktop} instead of {ground.witness_desktop}")
