# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The databases of tests/audit-allocations: how brokers are told of them, and how their tables are read afterwards."""

import socket
import sqlite3

LEASES = ("SELECT id, user_id, desktop_id, incarnation, epoch, COALESCE(CAST(closed_at AS TEXT), ''), COALESCE(close_reason, '') "
          "FROM leases")
NAIVE = "SELECT 'lease-' || holder, holder, 'desktop-' || id, 1, 0, '', '' FROM naive WHERE holder IS NOT NULL"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sqlite:
    """One broker with its own file; the control has a file beside it."""
    name, brokers = "sqlite", 1

    def __init__(self, folder):
        self.file, self.naive = folder / "broker0" / "state" / "broker.db", folder / "naive.db"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def more(self, _):
        return ""

    sections = more

    def naive_options(self):
        return ["--driver", "QSQLITE", "--name", self.naive]

    def dump_leases(self, path):
        self._dump(self.file, LEASES, path)

    def dump_naive(self, path):
        self._dump(self.naive, NAIVE, path)

    @staticmethod
    def _dump(file, query, path):
        with sqlite3.connect(file) as database, path.open("w") as out:
            for row in database.execute(query):
                out.write("\t".join(str(value) for value in row) + "\n")


SIDES = {"sqlite": Sqlite}
