# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Runs cells one after the other on as few grounds as they allow, and says what each survived."""

import json
import time
import traceback

import nets
from cycle import Cell
from recorder import Recorder


class Matrix:
    def __init__(self, as_json, log=None, kind="lxc"):
        self.log, self.as_json, self.desktops = log, as_json, kind
        self.ground, self.ground_key = None, None
        self.recorder = None
        self.results = []

    # -- grounds
    def stand_on(self, fault):
        kind, options = fault.ground()
        if self.desktops == "qemu":
            options = {**options, "kind": "qemu", "image": "open"}
        key = (kind, repr(options))
        if key != self.ground_key:
            self.end()
            self.recorder = Recorder()
            ground = kind(**options)
            self.ground = ground.__enter__()
            self.ground_key = key
        return self.ground

    def end(self):
        nets.clear()
        if self.ground:
            self.ground.stop()
        if self.recorder:
            self.recorder.stop()
        self.ground, self.ground_key, self.recorder = None, None, None

    # -- cells
    def run(self, chosen):
        # The same ground is kept for as long as cells stand on it.
        order = sorted(range(len(chosen)), key=lambda i: (repr(chosen[i][0].ground()) if not chosen[i][0].not_yet else "", i))
        for index in order:
            fault, point, variants = chosen[index]
            self.report(self.cell(fault, point, variants))

    def cell(self, fault, point, variants):
        result = {"ground": self.desktops, "fault": fault.name, "point": point, "result": "passed", "survived": [], "seconds": 0.0, "why": ""}
        reason = fault.not_yet_at(point)
        if reason:
            return {**result, "result": "not yet", "why": reason}
        started = time.monotonic()
        for variant in variants:
            if variant in fault.not_yet_variants:
                result["survived"].append(f"{variant} not yet: {fault.not_yet_variants[variant]}")
                continue
            trouble = self.once(fault, variant, point, result)
            if trouble:
                result.update(result="failed", why=(variant + ": " if variant else "") + trouble)
                break
        result["seconds"] = round(time.monotonic() - started, 1)
        return result

    def once(self, fault, variant, point, result):
        """What went wrong with one variant at the point, or nothing."""
        cell = None
        try:
            cell = Cell(self.stand_on(fault), fault, variant, point)
            cell.run()
        except Exception as error:  # whatever it is, the cell has failed and the others go on
            self.log.write(f"=== {fault.name}/{variant} at {point}\n{traceback.format_exc()}\n")
            if self.ground:
                self.log.write(self.ground.tail(150) + "\n")
            if self.recorder:
                self.log.write(self.recorder.told() + "\n")
            self.log.flush()
            self.end()
            return told(error)
        if cell.spoils_ground:
            self.end()
        words = ", ".join(cell.notes)
        result["survived"].append(f"{variant}: {words}" if variant else words)
        for name, value in cell.figures.items():
            result.setdefault("figures", {})[f"{variant} {name}".strip()] = value
        return ""

    # -- words
    def report(self, result):
        self.results.append(result)
        if self.as_json:
            print(json.dumps(result), flush=True)
            return
        words = result["why"] if result["result"] != "passed" else "; ".join(result["survived"])
        ground = "" if result["ground"] == "lxc" else result["ground"] + ":"
        print(f"{result['result']:8} {ground}{result['fault']:15} {result['point']:17} {result['seconds']:6.1f} s  {words}", flush=True)

    def summary(self, chosen, seconds):
        named = {word: [r for r in self.results if r["result"] == word] for word in ("passed", "failed", "not yet")}
        figures = {}
        for result in self.results:
            for name, value in result.get("figures", {}).items():
                figures.setdefault(f"{result['fault']}: {name}", []).append(value)
        worst = {name: max(values) for name, values in figures.items()}
        not_run = chosen - len(self.results)
        if self.as_json:
            print(json.dumps({"summary": True, "cells": chosen, **{word.replace(" y", "Y"): len(found) for word, found in named.items()}, "notRun": not_run,
                              "failedCells": [f"{r['fault']}@{r['point']}" for r in named["failed"]], "slowest": worst,
                              "seconds": round(seconds)}))
        else:
            for name, value in sorted(worst.items()):
                print(f"slowest of {len(figures[name]):2}  {name}: {value} s")
            failures = ": " + ", ".join(f"{r['fault']}@{r['point']}" for r in named["failed"]) if named["failed"] else ""
            print(f"{len(named['passed'])} of {chosen} passed, {len(named['not yet'])} not yet, {len(named['failed'])} failed"
                  + (f", {not_run} not run" if not_run else "") + failures + f" ({seconds:.0f} s)")
        return 1 if named["failed"] or not_run or not self.results else 0


def told(error):
    """One line; what a program said that was run comes with it, the log's tail does not."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return " ".join(f"{first[:300]} {getattr(error, 'stderr', None) or ''}".split())[:500]
