# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Durable grants a second through the service: on SQLite against what the same disk can sync, on PostgreSQL against pgbench
with the store's own statements. Each pair is measured in turn in one run."""

import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from harness import figure, say

CLIENTS, POOLS = 64, 64
TESTS = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("WARDESK_BUILD") or TESTS.parent / "build" / "release") / "bin"
# One row, because pgbench cannot begin the chain.
RESET = ("TRUNCATE tickets, idempotency_keys, leases, audit; UPDATE incarnations SET leased = 0 WHERE leased = 1; "
         "INSERT INTO audit (number, organisation_id, at, actor, action, object, outcome, detail, hash) VALUES (1, 'org-1', 0, '', '', '', '', '', '')")


def program(*words, silent=True, sync_ms=0):
    slow = {"LD_PRELOAD": str(BUILD / "bench-slow-disk.so"), "WARDESK_SYNC_MICROSECONDS": str(sync_ms * 1000)} if sync_ms else {}
    done = subprocess.run([BUILD / "bench-allocate", *map(str, words)], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL if silent else None, check=True, env={**os.environ, **slow})
    return json.loads(done.stdout) if done.stdout else None


def configuration(folder, more=""):
    (folder / "state").mkdir(mode=0o700, exist_ok=True)
    (folder / "broker.toml").write_text(f'[broker]\nstate = "{folder}/state"\n{more}')
    return folder / "broker.toml"


def latency(phase, middle, slowest, goal=20):
    p99 = statistics.median(slowest)
    aim = {"goal": goal, "met": p99 <= goal} if goal else {}
    return {"bench": "allocate", "phase": phase, "value": round(p99, 1), "unit": "ms", **aim, "median": round(statistics.median(middle), 1)}


def measure_sqlite(runs, folder):
    config = configuration(folder)
    program("fill", "--config", config, silent=False)
    (folder / "state" / "broker.db").rename(folder / "filled.db")
    # The disk at hand may be quick enough for the processors to be the limit; syncs of 2 ms more show what the group is for.
    yield from measure_disk(runs, folder, 0)
    yield from measure_disk(runs, folder, 2, ", every sync 2 ms longer on both sides")


def measure_disk(runs, folder, sync_ms, more=""):
    grants, syncs, middle, slowest = [], [], [], []
    config, filled = configuration(folder), folder / "filled.db"
    for number in range(runs):
        syncs.append(program("fdatasync", "--folder", folder, "--seconds", 2, sync_ms=sync_ms)["perSecond"])
        for old in (folder / "state").glob("broker.db*"):
            old.unlink()
        shutil.copy(filled, folder / "state" / "broker.db")
        os.sync()  # what the copy still owes the disk is not the grants' affair
        once = program("grants", "--config", config, "--seconds", 3, "--clients", CLIENTS, sync_ms=sync_ms)
        grants.append(once["perSecond"])
        middle.append(once["medianMs"])
        slowest.append(once["p99Ms"])
        say(f"allocate {number + 1}/{runs}, SQLite{more}: {grants[-1]:.0f} durable grants/s (p99 {slowest[-1]:.1f} ms), {syncs[-1]:.0f} fdatasync/s")
    yield figure("allocate", "1/s", grants, syncs, goal=3, digits=0, least=True, phase=f"SQLite, {CLIENTS} clients{more}; peer: fdatasync of the same disk")
    yield latency(f"SQLite, p99 of a grant{more}", middle, slowest)


class Server:
    """A PostgreSQL of this bench alone."""

    def __enter__(self):
        started = subprocess.run([TESTS / "support" / "postgres", "start", "--with", str(os.getpid()), "--set", "max_connections=100"],
                                 stdout=subprocess.PIPE, text=True, check=True)
        self.cluster = json.loads(started.stdout)
        return self

    def __exit__(self, *_):
        subprocess.run([TESTS / "support" / "postgres", "stop", self.cluster["dir"]], stdout=subprocess.DEVNULL)

    def run(self, name, *words):
        where = ["-h", "127.0.0.1", "-p", str(self.cluster["primary"]["port"]), "-U", self.cluster["user"]]
        done = subprocess.run([name, *where, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={**os.environ, "PGPASSFILE": self.cluster["dir"] + "/passfile"})
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stdout[-500:]}")
        return done.stdout

    def reset(self):
        self.run("psql", "-X", "-q", "-d", self.cluster["database"], "-c", RESET)
        self.run("psql", "-X", "-q", "-d", self.cluster["database"], "-c", "VACUUM ANALYZE")

    def pgbench(self, script, transactions):
        told = self.run("pgbench", "-n", "-M", "prepared", "-c", CLIENTS, "-j", 2, "-t", transactions, "-D", "i=0", "-f", script, self.cluster["database"])
        if f"number of transactions actually processed: {transactions * CLIENTS}/" not in told:
            raise RuntimeError(f"pgbench: {told[-500:]}")
        return float(re.search(r"tps = ([\d.]+)", told)[1])


def measure_postgres(runs, folder):
    from pgstatements import script
    grants, theirs, middle, slowest = [], [], [], []
    with Server() as server:
        config = configuration(folder, f'\n[store]\ndatabase = "{server.cluster["uri"]}"\npassword_file = "{server.cluster["passwordFile"]}"\n')
        program("fill", "--config", config, silent=False)
        (folder / "grant.pgbench").write_text(script(CLIENTS, POOLS))
        for number in range(runs):
            server.reset()
            theirs.append(server.pgbench(folder / "grant.pgbench", 40))
            server.reset()
            once = program("grants", "--config", config, "--seconds", 4, "--clients", CLIENTS)
            grants.append(once["perSecond"])
            middle.append(once["medianMs"])
            slowest.append(once["p99Ms"])
            say(f"allocate {number + 1}/{runs}, PostgreSQL: {grants[-1]:.0f} durable grants/s (p99 {slowest[-1]:.1f} ms), pgbench {theirs[-1]:.0f}/s")
    yield figure("allocate", "1/s", grants, theirs, goal=0.8, digits=0, least=True,
                 phase=f"PostgreSQL, {CLIENTS} clients; peer: pgbench, {CLIENTS} clients, the same statements")
    yield latency("PostgreSQL, p99 of a grant", middle, slowest, goal=None)


def measure(runs):
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wardesk-bench-"))
    try:
        yield from measure_sqlite(runs, folder)
        yield from measure_postgres(runs, folder)
    finally:
        shutil.rmtree(folder)
