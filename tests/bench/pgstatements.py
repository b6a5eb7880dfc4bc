# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The statements of one grant as a script for pgbench, made from the store's own SQL files."""

import pathlib
import re

SQL = pathlib.Path(__file__).resolve().parents[2] / "broker" / "store" / "sql"
# In the order in which the store sends them for a fresh desktop: grant, ticket, audit record, one commit.
ORDER = (("select_pool_by_id", ""), ("begin_write", ""), ("select_standing", ""), ("select_free_of_image", "d_"), ("mark_leased", ""),
         ("take_epoch", "e_"), ("insert_lease", ""), ("upsert_idempotency_key", ""), ("savepoint", ""), ("insert_ticket", ""),
         ("lock_audit", ""), ("select_last_audit", "a_"), ("insert_audit", ""), ("commit", ""))
ANY = {"user_id": "('user-' || CAST(:n AS TEXT))", "pool_id": "('pool-' || CAST(:p AS TEXT))", "organisation_id": "'org-1'",
       "key": "('key-' || CAST(:n AS TEXT))", "since": "0", "image_id": "'image-1'", "desktop_id": ":d_id", "number": ":d_number",
       "incarnation": ":d_number", "epoch": ":e_nextval", "terminal": "'bench'", "granted_at": "0", "created_at": "0", "expires_at": "0",
       "lease_id": "('lease-' || CAST(:n AS TEXT))"}
OWN = {"select_pool_by_id": {"id": ANY["pool_id"]}, "insert_lease": {"id": ANY["lease_id"]}, "insert_ticket": {"hash": "('hash-' || CAST(:n AS TEXT))"},
       "insert_audit": {"number": ":a_number + 1", "at": "0", "actor": "'u'", "action": "'lease.grant'", "object": "'pool/desktop'", "outcome": "'done'",
                        "detail": "'" + "d" * 150 + "'", "hash": "'" + "a" * 64 + "'"}}
NOTHING = {"first_connected_at", "connected_at", "disconnected_at", "closed_at", "close_reason"}


def statement(name):
    file = next(path for path in (SQL / folder / f"{name}.sql" for folder in ("postgresql", "common")) if path.exists())
    return "\n".join(line for line in file.read_text().splitlines() if not line.startswith("--")).strip().removesuffix(";")


def script(clients, pools):
    lines = ["\\set i :i + 1", f"\\set n (:i - 1) * {clients} + :client_id", f"\\set p :n % {pools}"]
    for name, kept in ORDER:
        def value(match, values={**ANY, **OWN.get(name, {})}):
            return "NULL" if match[1] in NOTHING else values[match[1]]
        text = re.sub(r"(?<!:):([a-z_]+)", value, statement(name))
        lines.append(text + (f" \\gset {kept}" if kept else ";"))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(script(64, 64))
