# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""bandwidth: bytes at the desktop's interface for a scripted clinician's work, subject to every settled screen being true;
against xfreerdp3 without options and the image as xrdp's package configures it."""

import contextlib
import statistics
import time

from curve import SIZE, work_by_xfreerdp
from desktop import Image
from harness import figure, say
from his import NoHis, machine, some_patients
from hisday import HisDay
from inside import Counter
from ours import Person, data_centre, end, ready_domain
from stack import ROOT
from work import LEAST_SIMILARITY, PROGRAM, Workday

SHOTS = ROOT / "build" / "bench-shots"
BAR = 5.5  # seconds until the client's session bar has left the picture


def work_by_us(stack, pool, person, kind=Workday):
    stack.wait_ready(pool, 1)
    inside = ready_domain(stack, pool)
    client = person.warm_client(size=SIZE)
    try:
        def connect():
            person.sign_in(client)
            client.wait_mark("firstFrame", 30)
            time.sleep(BAR)
        day = kind(client.display, inside, Counter(inside), connect)
        day.prepare()
        return day.run()
    finally:
        with contextlib.suppress(AssertionError):  # what went wrong before is worth more
            person.log_off(client)
        end(stack, client)


def truth(judged):
    """What decides whether a profile may be used at all."""
    pictures, texts = ([item for item in judged if (item["phase"] == "pictures") == wanted] for wanted in (True, False))
    least = {"least_similarity": min(item["similarity"] for item in texts)}
    if pictures:
        least["least_similarity_pictures"] = min(item["similarity"] for item in pictures)
    return {**least, "lines_wrong": sum(item["lines_wrong"] for item in judged), "screens": len(judged),
            "exact_screens": sum(item["exact"] for item in judged),
            "examples": [example for item in judged for example in item.get("examples", [])][:6]}


def is_true(true, peers):
    """No character wrong, no tile of a screen of text below the limit; the grain of a film, which no lossy codec keeps, at least
    as well as the peer does."""
    return (true["lines_wrong"] == 0 and true["least_similarity"] >= LEAST_SIMILARITY
            and true.get("least_similarity_pictures", 1) >= peers.get("least_similarity_pictures", 1))


def lines(bench, ours, theirs, goal, **more):
    """Lines for the whole mix and for each phase, from days worked in turn."""
    judged = [[item for day in days for item in day.judged(SHOTS, label)] for days, label in ((ours, "ours"), (theirs, "peer"))]
    true, true_peer = (truth(items) for items in judged)
    mix = figure(bench, "bytes", [day.mix() for day in ours], [day.mix() for day in theirs], goal=goal, digits=0,
                 phase="whole mix", truth=true, truth_peer=true_peer,
                 worst=min(judged[0], key=lambda item: item["similarity"]), **more)
    mix["met"] = mix["met"] and is_true(true, true_peer)
    yield mix
    for phase in ours[0].bytes:
        seconds = statistics.median(day.seconds[phase] for day in ours)
        yield figure(bench, "bytes", *([day.bytes[phase]["down"] for day in days] for days in (ours, theirs)), digits=0, phase=phase,
                     kbit_s=round(statistics.median(day.bytes[phase]["down"] for day in ours) * 8 / 1000 / seconds, 1),
                     up=[statistics.median(day.bytes[phase]["up"] for day in days) for days in (ours, theirs)])


def in_turn(runs, ours_image, peers_image, kind, what):
    ours, theirs = [], []
    with data_centre(image=ours_image, spare=1, maximum=1) as (stack, pool), Image(peers_image) as image:
        person = Person(stack, "anna")
        for number in range(runs):
            HisDay.patients = some_patients(2)
            ours.append(work_by_us(stack, pool, person, kind))
            theirs.append(work_by_xfreerdp(image, 0, [], kind=kind))
            say(f"bandwidth {number + 1}/{runs} ({what}): ours {ours[-1].mix()} bytes, xfreerdp3 {theirs[-1].mix()} bytes")
    say("bandwidth: reading the settled screens")
    yield from lines("bandwidth", ours, theirs, 0.6, work=what)


def measure(runs):
    if not PROGRAM.exists():
        raise AssertionError(f"{PROGRAM} is missing: libxft-dev, then build the tree")
    yield from in_turn(runs, "plain", "plain-stock", Workday, "the bench's own workload")
    try:
        with machine():
            yield from in_turn(runs, "gnumed", "gnumed-stock", HisDay, "GNUmed")
    except NoHis as error:
        yield {"bench": "bandwidth", "work": "GNUmed", "error": str(error)}
