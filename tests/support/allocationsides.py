# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The databases of tests/audit-allocations: how brokers are told of them, and how their tables are read afterwards."""

import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import time

SUPPORT = pathlib.Path(__file__).resolve().parent

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

    def sections(self, *_):
        return ""

    def join(self, brokers):
        pass

    @staticmethod
    def environment():
        return None

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


class Postgres:
    """Three brokers on one server of their own."""
    name, brokers = "postgresql", 3

    def __init__(self, _):
        self.cluster = None

    def __enter__(self):
        self.cluster = self._command("start", "--with", os.getpid())
        self.port = str(self.cluster["primary"]["port"])
        return self

    def __exit__(self, *_):
        self._command("stop", self.cluster["dir"])

    @staticmethod
    def _command(*words):
        done = subprocess.run([SUPPORT / "postgres", *map(str, words)], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError(f"PostgreSQL: {done.stdout.strip()[-300:]}")
        return json.loads(done.stdout)

    def more(self, _):
        return ""

    def sections(self, number, port):
        return f"""
[store]
database = "{self.cluster['uri']}"
password_file = "{self.cluster['passwordFile']}"

[cluster]
name = "broker-{number + 1}"
peer_address = "127.0.0.1:{port}"
"""

    def join(self, brokers):
        """As `wardesk-broker cluster export` and `join` do: one authority and one secret for all."""
        names = ("ca.pem", "cluster.secret", "ca.key")
        states = [broker.folder / "state" for broker in brokers]
        deadline = time.monotonic() + 60
        while not all((states[0] / name).exists() for name in names):
            if time.monotonic() > deadline:
                raise RuntimeError("the first broker made no authority within a minute; see it with --keep")
            time.sleep(0.05)
        for state in states[1:]:
            state.mkdir(mode=0o700)
            for name in names:
                shutil.copy2(states[0] / name, state / name)

    def naive_options(self):
        return ["--driver", "QPSQL", "--name", self.cluster["user"], "--host", "127.0.0.1", "--port", self.port,
                "--user", self.cluster["user"]]

    def environment(self):
        return {**os.environ, "PGPASSFILE": self.cluster["dir"] + "/passfile"}

    def dump_leases(self, path):
        self._dump(LEASES, path)

    def dump_naive(self, path):
        self._dump(NAIVE, path)

    def _dump(self, query, path):
        with path.open("w") as out:
            subprocess.run(["psql", "-X", "-q", "-h", "127.0.0.1", "-p", self.port, "-U", self.cluster["user"], "-d", self.cluster["user"],
                            "-c", f"COPY ({query}) TO STDOUT"], stdout=out, check=True, env=self.environment())


class PromotedPostgres(Postgres):
    """Two nodes; half-way the first is killed and its standby, which every commit waited for, takes its place."""
    name = "postgresql, its standby promoted half-way"

    def __enter__(self):
        self.cluster = self._command("start", "--standby", "--with", os.getpid())
        self.port = str(self.cluster["standby"]["port"])  # what is judged is the survivor
        return self

    def kill_primary(self):
        self._command("node", self.cluster["dir"], "kill", "primary")

    def promote(self):
        self._command("promote", self.cluster["dir"])


SIDES = {"sqlite": Sqlite, "postgresql": Postgres}
