# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Who gets which desktop, and what the next person finds in it: R1, R2, R6, R9, S1, S5."""

import pathlib
import re
import secrets
import subprocess
import unittest

from rdp import probe
from stack import ApiError, Stack, agent_pid, entering, in_parallel, inside, wait_until


class Granting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack().__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.pool = cls.stack.pool("ward", spare=2, maximum=2)
        cls.anna, cls.bert, cls.cleo = (cls.stack.person(n) for n in ("anna", "bert", "cleo"))
        answers = in_parallel([lambda: cls.anna.connect_ready(cls.pool, key="anna-first-key"), lambda: cls.bert.connect_ready(cls.pool)])
        for _, error in answers:
            if error:
                raise error
        cls.first, cls.second = (value for value, _ in answers)

    def test_two_users_at_once_get_two_desktops(self):
        self.assertNotEqual(self.first["desktop"]["address"], self.second["desktop"]["address"])
        self.assertNotEqual(self.first["lease"], self.second["lease"])

    def test_the_same_user_gets_the_same_desktop(self):
        again = self.anna.connect_ready(self.pool)
        self.assertEqual(again["lease"], self.first["lease"])
        self.assertEqual(again["desktop"], self.first["desktop"])
        self.assertFalse(again["resumed"], "nobody was connected to it yet: not a running session of hers")
        self.assertGreater(again["epoch"], self.first["epoch"])

    def test_a_third_user_is_told_in_plain_words(self):
        with self.assertRaises(ApiError) as refused:
            self.cleo.connect(self.pool)
        self.assertEqual(refused.exception.code, "poolFull")
        self.assertIn("ward", refused.exception.message)
        self.assertRegex(refused.exception.message, r"\b2\b")

    def test_a_retry_with_the_same_key_grants_nothing_new(self):
        before = {s["lease"] for s in self.stack.admin.call("GET", "/api/v1/admin/sessions")["items"]}
        again = self.anna.connect(self.pool, key="anna-first-key")
        self.assertEqual(again["lease"], self.first["lease"])
        after = {s["lease"] for s in self.stack.admin.call("GET", "/api/v1/admin/sessions")["items"]}
        self.assertEqual(before, after)
        self.assertEqual(len(after), 2)

    def test_nobody_sees_another_users_lease(self):
        with self.assertRaises(ApiError) as refused:
            self.bert.call("POST", f"/api/v1/me/leases/{self.first['lease']}/logoff")
        self.assertEqual(refused.exception.status, 404)


class Tickets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="tickets").__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.pool = cls.stack.pool("ward", spare=1, maximum=2)
        cls.anna, cls.bert = cls.stack.person("anna"), cls.stack.person("bert")

    def test_a_ticket_works_once_and_for_its_user_only(self):
        answer = self.anna.connect_ready(self.pool)
        with self.assertRaises(ApiError) as stolen:
            self.bert.redeem(answer["ticket"])
        self.assertEqual(stolen.exception.code, "stale")
        answer = self.anna.connect_ready(self.pool)
        credential = self.anna.redeem(answer["ticket"])
        self.assertGreaterEqual(len(credential["credential"]), 22)  # 128 bits in base64url
        with self.assertRaises(ApiError) as second:
            self.anna.redeem(answer["ticket"])
        self.assertEqual(second.exception.code, "stale")

    def test_a_credential_works_once(self):
        answer = self.anna.connect_ready(self.pool)
        credential = self.anna.redeem(answer["ticket"])
        first = probe(self.stack, credential)
        self.assertTrue(first["ok"], first)
        second = probe(self.stack, credential)
        self.assertFalse(second["ok"], second)

    def test_a_newer_connection_makes_the_older_ticket_stale(self):
        older = self.anna.connect_ready(self.pool)
        self.anna.connect_ready(self.pool)
        with self.assertRaises(ApiError) as refused:
            self.anna.redeem(older["ticket"])
        self.assertEqual(refused.exception.code, "stale")


class Ids(unittest.TestCase):
    def test_root_of_a_desktop_is_nobody_on_the_host(self):
        with Stack(name="ids") as stack:
            pool = stack.pool("ward", spare=1, maximum=1)
            desktop = stack.desktops(pool)[0]
            self.assertEqual(inside(desktop["domain"], "touch /root/made /tmp/made && id -u").stdout.strip(), "0")
            root = pathlib.Path(f"/proc/{agent_pid(desktop['domain'])}/root")
            for path in (root / "root/made", root / "tmp/made", root / "etc/passwd"):
                self.assertGreaterEqual(path.stat().st_uid, 65536, path)
            status = pathlib.Path(f"/proc/{agent_pid(desktop['domain'])}/status").read_text()
            self.assertGreaterEqual(int(re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE).group(1)), 65536)


class Leftovers(unittest.TestCase):
    ROUNDS = 20

    def test_nothing_of_one_user_reaches_the_next(self):
        """20 rounds: a file in /tmp, in home and text in the clipboard by user A are gone for user B (R1)."""
        with Stack(name="leftovers") as stack:
            pool = stack.pool("ward", spare=1, maximum=1)
            people = [stack.person("anna"), stack.person("bert")]
            seen = set()
            for turn in range(self.ROUNDS):
                person, name = people[turn % 2], ("anna", "bert")[turn % 2]
                answer = person.connect_ready(pool)
                desktop = stack.desktop_of(name)
                life = (desktop["id"], desktop["incarnation"])
                self.assertNotIn(life, seen)
                seen.add(life)
                found = inside(desktop["domain"], "ls /tmp/marker /var/tmp/marker /dev/shm/marker /home/clinician/marker 2>/dev/null; "
                               "timeout 2 runuser -u clinician -- env DISPLAY=:10 XAUTHORITY=/home/clinician/.Xauthority "
                               "xclip -selection clipboard -o 2>/dev/null || true")
                self.assertEqual(found.stdout.strip(), "", f"round {turn}")
                shown = probe(stack, person.redeem(answer["ticket"]))
                self.assertTrue(shown["ok"], shown)
                marker = "marker-" + secrets.token_hex(8)
                inside(desktop["domain"], f"for f in /tmp /var/tmp /dev/shm /home/clinician; do echo {marker} > $f/marker; done")
                # xclip must have the selection before the round goes on: it forks once it owns it.
                subprocess.run([*entering(agent_pid(desktop["domain"])), "runuser", "-u", "clinician", "--",
                                "sh", "-c", f"echo {marker} | DISPLAY=:10 XAUTHORITY=/home/clinician/.Xauthority xclip -selection clipboard -i"],
                               check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20)
                held = inside(desktop["domain"], "runuser -u clinician -- env DISPLAY=:10 XAUTHORITY=/home/clinician/.Xauthority "
                              "xclip -selection clipboard -o")
                self.assertEqual(held.stdout.strip(), marker)
                person.call("POST", f"/api/v1/me/leases/{answer['lease']}/logoff")
                wait_until(lambda: stack.desktop_of(name) is None, 30, lambda: f"the end of {name}'s lease\n{stack.tail()}")
            self.assertEqual(len(seen), self.ROUNDS)


if __name__ == "__main__":
    unittest.main()
