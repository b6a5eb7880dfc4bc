#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Judges allocations by their history alone: what clients wrote down (tests/support/auditclients/history.h) and the rows
of the lease table. It knows nothing of the broker and asks it nothing.

double      one desktop at the same time, one incarnation ever, or one epoch, for two leases (R1, R2, R3)
lost        an answered lease that the database does not have as it was answered, or has closed without being asked
secondKey   an idempotency key that got a second lease (R9)
"""

import argparse
import collections
import json
import pathlib
import sys

FIELDS = {"asked": 3, "given": 7, "refused": 4, "unheard": 3, "closing": 2, "closed": 2}


class Lease:
    def __init__(self, user, pool, desktop, certificate, since):
        self.user, self.pool, self.desktop, self.certificate = user, pool, desktop, certificate
        self.since, self.until, self.epoch, self.ended = since, None, 0, False


class Verdict:
    def __init__(self):
        self.double, self.lost, self.second_key = {}, [], []  # double: lease -> words, so that each counts once
        self.leases = {}
        self.counts = collections.Counter()
        self.refusals = collections.Counter()
        self.waits = []  # seconds from the first question to the lease


def read_client(path, verdict, keys, epochs):
    asked = {}
    for number, line in enumerate(path.open(), 1):
        words = line.rstrip("\n").split("\t")
        if len(words) < 2 or len(words) - 2 != FIELDS.get(words[1]):
            raise ValueError(f"{path}:{number}: not a line of a history: {line!r}")
        time, event, rest = int(words[0]), words[1], words[2:]
        verdict.counts[event] += 1
        if event == "asked":
            asked.setdefault(rest[2], time)
        elif event == "refused":
            verdict.refusals[rest[3]] += 1
        elif event == "given":
            user, pool, key, lease, epoch, desktop, certificate = rest
            if lease not in verdict.leases:
                verdict.leases[lease] = Lease(user, pool, desktop, certificate, time)
                verdict.waits.append((time - asked[key]) / 1e9)
            known = verdict.leases[lease]
            if (known.user, known.desktop, known.certificate) != (user, desktop, certificate):
                verdict.double[lease] = f"lease {lease} was given as two things: to {known.user} as {known.desktop}, to {user} as {desktop}"
            known.epoch = max(known.epoch, int(epoch))
            if epochs.setdefault(epoch, lease) != lease:
                verdict.double[lease] = f"epoch {epoch} is of lease {epochs[epoch]} and of {lease}"
            if keys.setdefault(key, lease) != lease:
                verdict.second_key.append(f"key {key} of {user} got lease {keys[key]} and then {lease}")
        elif event == "closing" and verdict.leases[rest[1]].until is None:
            verdict.leases[rest[1]].until = time
        elif event == "closed":
            verdict.leases[rest[1]].ended = True


def judge_clients(verdict):
    of_certificate, of_desktop = {}, collections.defaultdict(list)
    for name, lease in verdict.leases.items():
        first = of_certificate.setdefault(lease.certificate, name)
        if first != name:
            verdict.double[name] = f"one incarnation of {lease.desktop} was given to {verdict.leases[first].user} ({first}) and to {lease.user} ({name})"
        of_desktop[lease.desktop].append((lease.since, name))
    for desktop, held in of_desktop.items():
        held.sort()
        for (_, before), (since, name) in zip(held, held[1:]):
            until = verdict.leases[before].until
            if until is None or since < until:
                verdict.double[name] = f"{desktop} was given to {verdict.leases[name].user} while {verdict.leases[before].user} had it"


def judge_table(path, verdict):
    rows, incarnations = {}, {}
    for line in path.open():
        lease, user, desktop, incarnation, epoch, closed, reason = line.rstrip("\n").split("\t")
        rows[lease] = (user, int(epoch), closed != "", reason)
        first = incarnations.setdefault((desktop, incarnation), lease)
        if first != lease:
            verdict.double[lease] = f"the database has leases {first} and {lease} on incarnation {incarnation} of {desktop}"
    for name, lease in verdict.leases.items():
        if name not in rows:
            verdict.lost.append(f"lease {name} was given to {lease.user}, and the database does not know it")
            continue
        user, epoch, closed, reason = rows[name]
        if user != lease.user:
            verdict.lost.append(f"lease {name} was given to {lease.user}, and the database has it for {user}")
        elif epoch < lease.epoch:
            verdict.lost.append(f"lease {name} was given with epoch {lease.epoch}, and the database has {epoch}")
        elif closed and lease.until is None:
            verdict.lost.append(f"lease {name} of {lease.user} was closed ({reason}), and nobody asked for that")
        elif closed and reason not in ("restarted", ""):
            verdict.lost.append(f"lease {name} of {lease.user} was closed as {reason} before its user ended it")
        elif lease.ended and not closed:
            verdict.lost.append(f"the end of lease {name} was answered, and the database has it open")
    return rows


def check(histories, table):
    """Gives the figures and the violations, in words."""
    verdict, keys, epochs = Verdict(), {}, {}
    for path in sorted(pathlib.Path(histories).glob("*.tsv")):
        read_client(path, verdict, keys, epochs)
    judge_clients(verdict)
    rows = judge_table(pathlib.Path(table), verdict)
    waits = sorted(verdict.waits) or [0]
    figures = {"grants": len(verdict.leases), "double": len(verdict.double), "lost": len(verdict.lost),
               "secondKey": len(verdict.second_key), "answers": verdict.counts["given"], "unheard": verdict.counts["unheard"],
               "refused": dict(verdict.refusals), "rows": len(rows), "rowsNobodyHeardOf": len(rows.keys() - verdict.leases.keys()),
               "grantMs": {"median": round(waits[len(waits) // 2] * 1000, 1), "p99": round(waits[int(len(waits) * 0.99)] * 1000, 1),
                           "most": round(waits[-1] * 1000, 1)}}
    return figures, list(verdict.double.values()) + verdict.lost + verdict.second_key


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="Exit: 0 nothing found, 1 something is double, lost or second.")
    parser.add_argument("histories", help="folder of the clients' histories (*.tsv)")
    parser.add_argument("table", help="the lease table: id, user, desktop, incarnation, epoch, closed at or nothing, reason; tab-separated")
    parser.add_argument("--json", action="store_true", help="the figures as one line of JSON")
    chosen = parser.parse_args()
    figures, violations = check(chosen.histories, chosen.table)
    for words in violations[:20]:
        print(words, file=sys.stderr)
    print(json.dumps(figures) if chosen.json else "\n".join(f"{name:18} {value}" for name, value in figures.items()))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
