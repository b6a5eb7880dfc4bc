# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Several brokers on one PostgreSQL pair: any of them serves, a dead or frozen one costs nobody a desktop."""

import signal
import time
import unittest

import rdp
from clusterstack import ClusterStack, granted, postgres
from stack import wait_until


class TwoBrokers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = ClusterStack(name="cluster")
        cls.stack.__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.stack.pool("ward", spare=2, maximum=6)

    def setUp(self):
        for broker in self.stack.brokers:
            if not broker.runs():
                broker.start()
        first = self.stack.brokers[0]
        self.stack.ask(first)
        wait_until(lambda: all(item["alive"] for item in self.stack.seen_by(first).values()), 30, "both brokers")
        wait_until(lambda: self.stack.holder_of("ward"), 30, "a broker for the pool")
        self.stack.wait_ready("ward", 1)

    def test_a_any_broker_serves_and_reaches_the_agents_of_all(self):
        """Signed in at one, connected at both: each must reach agents that are attached to the other."""
        a, b = self.stack.brokers
        wait_until(lambda: sum(i["agents"] for i in self.stack.seen_by(a).values()) >= 2, 30, "both desktops' agents")
        nurse = self.stack.person("anna")
        for broker in (a, b):
            person = broker.api(nurse)
            connection = person.connect_ready("ward")
            credential = person.redeem(connection["ticket"])
            self.assertTrue(credential["credential"])
        self.assertTrue(rdp.probe(self.stack, credential)["ok"])
        places = {name: item["agents"] for name, item in self.stack.seen_by(a).items()}
        # One broker has the agent of anna's desktop and both got its credential.
        print("\n  agents:", places, end="")
        nurse.call("POST", f"/api/v1/me/leases/{connection['lease']}/logoff")

    def test_b_a_killed_brokers_work_is_taken_over(self):
        """kill -9: the client's desktop stays, a grant comes within 5 s, the used desktop is wiped by the other."""
        holder = self.stack.holder_of("ward")
        other = self.stack.other(holder)
        password = self.stack.folder / "bert.password"
        password.write_text(self.stack.user("bert"))
        self.stack.person("carl")  # makes the user
        client = self.stack.client("--broker", holder.url, "--broker", other.url, "--user", "bert", "--password-file", password,
                                   "--pool", "ward")
        client.wait_mark("firstFrame", 60)
        desktop = self.stack.desktop_of("bert")
        carl = other.api(self.stack.person("cleo"))
        self.stack.ask(other)
        killed = time.monotonic()
        holder.signal(signal.SIGKILL)
        lease = wait_until(lambda: granted(carl, "ward", "key-of-cleo-1"), 10, "a grant after the kill")
        grant_after = time.monotonic() - killed
        wait_until(lambda: self.stack.holder_of("ward", other) is other, 10, "the pool's work at the other broker")
        taken_after = time.monotonic() - killed
        self.assertLess(grant_after, 5)
        self.assertLess(taken_after, 5)
        self.assertEqual(client.do("state")["stage"], "showing")
        self.assertIsNone(client.process.poll())
        wait_until(lambda: self.stack.desktop_of("bert")["status"] == "connected", 20, "bert's desktop still connected")
        self.assertEqual(self.stack.desktop_of("bert")["incarnation"], desktop["incarnation"])
        # The agents have come to the living one, and it recycles what was used.
        carl.call("POST", f"/api/v1/me/leases/{lease}/restart")
        wait_until(lambda: not self.stack.desktop_of("cleo"), 30, "cleo's desktop given up")
        self.stack.wait_ready("ward", 2)
        print(f"\n  first grant {grant_after:.2f} s, takeover {taken_after:.2f} s after the kill", end="")
        client.stop()

    def test_c_a_frozen_broker_that_wakes_up_writes_nothing(self):
        """SIGSTOP with work under way, takeover, SIGCONT: what it had in mind is dropped or refused, nothing is doubled."""
        holder = self.stack.holder_of("ward")
        other = self.stack.other(holder)
        self.stack.ask(other)
        victim = next(d for d in self.stack.desktops() if d["status"] == "ready")
        self.stack.admin.call("POST", f"/api/v1/admin/desktops/{victim['id']}/recycle")
        wait_until(lambda: holder.said("desktop.start"), 10, "work at the holder")
        person = other.api(self.stack.person("dora"))  # before: she signs in at whichever broker comes first
        frozen = time.monotonic()
        holder.signal(signal.SIGSTOP)
        try:
            wait_until(lambda: self.stack.holder_of("ward", other) is other, 10, "the takeover")
            taken_after = time.monotonic() - frozen
            self.stack.wait_ready("ward", 2)
            person.redeem(person.connect_ready("ward")["ticket"])
        finally:
            holder.signal(signal.SIGCONT)
        wait_until(lambda: self.stack.seen_by(other)[holder.name]["alive"], 15, "the frozen one back")
        wait_until(lambda: holder.said("pool.lost") or holder.said("pool.abandoned") or holder.said("stale"), 15,
                   "the frozen one's loss in its log")
        self.stack.wait_ready("ward", 2)
        desktops = self.stack.desktops()
        self.assertEqual(len(desktops), len({d["address"] for d in desktops}))
        wait_until(lambda: len(self.stack.domains()) == len([d for d in self.stack.desktops() if d["status"] != "stopped"]), 30,
                   "one domain for each desktop")
        self.assertEqual(self.stack.admin.call("GET", "/api/v1/admin/audit/verification")["whole"], True)
        self.assertLess(taken_after, 5)
        print(f"\n  takeover {taken_after:.2f} s after the freeze", end="")

    def test_d_a_planned_end_hands_over_at_once(self):
        holder = self.stack.holder_of("ward")
        other = self.stack.other(holder)
        self.stack.ask(other)
        ended = time.monotonic()
        holder.end()
        wait_until(lambda: self.stack.holder_of("ward", other) is other, 5, "the pool's work at the other broker")
        print(f"\n  handed over {time.monotonic() - ended:.2f} s after SIGTERM", end="")

    def test_e_nothing_is_lost_when_the_standby_is_promoted(self):
        """The primary is killed under load and its synchronous standby promoted: 0 lost grants."""
        people = [self.stack.person(f"nurse{n}") for n in range(4)]
        answered, number, service_back, promoted = set(), 0, None, None
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and (service_back is None or number < 12):
            broker = self.stack.brokers[number % 2]
            lease = granted(broker.api(people[number % 4]), "ward", f"key-promotion-{number}")
            if lease:
                answered.add(lease)
                if promoted and service_back is None:
                    service_back = time.monotonic() - promoted
            number += 1
            if number == 6:
                postgres("node", self.stack.database["dir"], "kill", "primary")
                postgres("promote", self.stack.database["dir"])
                promoted = time.monotonic()
        self.assertIsNotNone(service_back, self.stack.tail())
        self.assertTrue(answered)
        self.assertFalse(answered - self.stack.leases("standby"), "grants that were answered and are gone")
        self.assertLess(service_back, 10)
        print(f"\n  service back {service_back:.2f} s after the promotion, {len(answered)} leases answered, 0 lost", end="")
