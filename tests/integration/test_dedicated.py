# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Desktops that are kept for their users: real containers, real sessions, files that survive and files that must not."""

import unittest

from stack import ApiError, Stack, inside, virsh, wait_until

FILE = "/home/clinician/notes.txt"


class Dedicated(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="dedicated").__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.stack.sign_in_ctl()

    def ctl(self, *words, code=0):
        done = self.stack.run_ctl(*words)
        self.assertEqual(done.returncode, code, f"wardeskctl {words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def pool(self, name, maximum):
        self.ctl("pool", "create", name, "--image", self.stack.image, "--kind", "dedicated", "--spare", "1", "--max", str(maximum),
                 "--lock-after", "never", "--disconnect-after", "never", "--log-off-after", "never", "--everybody", "--wait")
        return name

    def enter(self, person, name, pool):
        """The person's session, with its desktop."""
        answer = person.connect_ready(pool)
        person.redeem(answer["ticket"])
        return answer, self.stack.desktop_of(name)

    def leave(self, person, name, answer):
        person.call("POST", f"/api/v1/me/leases/{answer['lease']}/logoff")
        wait_until(lambda: self.stack.desktop_of(name) is None, 30, lambda: f"the end of {name}'s lease\n{self.stack.tail()}")

    def disks(self):
        """What is kept, and beside each the link to its image."""
        return sorted(path.name for path in (self.stack.folder / "kept").glob("*"))

    def test_what_a_user_leaves_is_there_again_and_nobody_elses(self):
        others = self.disks()
        pool = self.pool("research", 2)
        anna, bert = self.stack.person("anna"), self.stack.person("bert")
        answer, first = self.enter(anna, "anna", pool)
        inside(first["domain"], f"echo Anna > {FILE}; echo kept > /opt/installed; touch /tmp/gone")
        self.leave(anna, "anna", answer)

        # Another life of the same desktop: another domain and memory, the same disk.
        answer, again = self.enter(anna, "anna", pool)
        self.assertEqual(again["id"], first["id"])
        self.assertGreater(again["incarnation"], first["incarnation"])
        self.assertNotEqual(again["domain"], first["domain"])
        found = inside(again["domain"], f"cat {FILE} /opt/installed; ls /tmp")
        self.assertEqual(found.stdout.split()[:2], ["Anna", "kept"])
        self.assertNotIn("gone", found.stdout)
        self.assertEqual(again["owner"], "anna")

        # Another user has another desktop, and nothing of Anna's in it.
        other, bens = self.enter(bert, "bert", pool)
        self.assertNotEqual(bens["id"], first["id"])
        self.assertNotEqual(inside(bens["domain"], f"test ! -e {FILE} && test ! -e /opt/installed && echo none").stdout.strip(), "")
        self.leave(bert, "bert", other)

        # A third one is told that all are kept, and IT why.
        carla = self.stack.person("carla")
        with self.assertRaises(ApiError) as refused:
            carla.connect_ready(pool)
        self.assertEqual(refused.exception.code, "poolFull")
        self.assertIn("kept", refused.exception.message)
        self.assertIn("kept for users", self.ctl("pool", "explain", pool))

        # The desktop dies under Anna: she finds her file on it all the same.
        virsh("destroy", again["domain"])
        wait_until(lambda: self.stack.desktop_of("anna") is None, 30, "the end of the lease of the desktop that died")
        answer, third = self.enter(anna, "anna", pool)
        self.assertEqual(third["id"], first["id"])
        self.assertEqual(inside(third["domain"], f"cat {FILE}").stdout.strip(), "Anna")

        # It is taken away only when nobody is in it and the loss is meant; then nothing of it is left.
        self.assertIn("--lose-disk", self.ctl("desktop", "unassign", third["name"], code=2))
        self.assertIn("in use", self.ctl("desktop", "unassign", third["name"], "--lose-disk", code=6))
        self.leave(anna, "anna", answer)
        self.assertIn("keeps 2 desktops", self.ctl("pool", "delete", pool, code=6))
        before = self.disks()
        self.ctl("desktop", "unassign", third["name"], "--lose-disk")
        wait_until(lambda: self.stack.pool_item(pool)["ready"] == 1, 60, lambda: f"the desktop, made anew\n{self.stack.tail()}")
        self.assertEqual(len(self.disks()), len(before))
        self.assertNotEqual(self.disks(), before)
        answer, fresh = self.enter(carla, "carla", pool)
        self.assertEqual(fresh["id"], third["id"])
        self.assertEqual(inside(fresh["domain"], f"test ! -e {FILE} && test ! -e /opt/installed && echo none").stdout.strip(), "none")
        self.leave(carla, "carla", answer)

        # The same request once more, late: it is Carla's by now, and stays so.
        with self.assertRaises(ApiError) as late:
            self.stack.admin.call("POST", f"/api/v1/admin/desktops/{third['id']}/unassign", {"user": "anna"})
        self.assertEqual((late.exception.status, late.exception.code), (409, "conflict"))
        with self.assertRaises(ApiError) as nameless:
            self.stack.admin.call("POST", f"/api/v1/admin/desktops/{third['id']}/unassign", {})
        self.assertEqual(nameless.exception.status, 400)
        self.assertEqual(next(item for item in self.stack.desktops(pool) if item["id"] == third["id"])["owner"], "carla")

        # Given up altogether, the pool leaves no disk.
        for item in self.stack.desktops(pool):
            self.ctl("desktop", "unassign", item["name"], "--lose-disk")
        self.ctl("pool", "delete", pool)
        self.assertEqual(self.disks(), others)

    def test_an_administrator_gives_a_certain_desktop_to_a_user(self):
        pool = self.pool("reading", 2)
        self.stack.user("dora")
        chosen = self.stack.desktops(pool)[0]
        self.assertIn("dora", self.ctl("desktop", "assign", chosen["name"], "dora"))
        self.assertIn("dora", self.ctl("desktop", "list", "--pool", pool))
        self.assertIn("no user", self.ctl("desktop", "assign", chosen["name"], "nobody-of-that-name", code=5))

    def test_who_never_gets_into_one_keeps_none(self):
        pool = self.pool("clicking", 1)
        emil, frieda = self.stack.person("emil"), self.stack.person("frieda")
        answer = emil.connect_ready(pool)
        clicked = self.stack.desktop_of("emil")
        self.assertEqual(clicked["owner"], "emil")
        self.assertIn(clicked["domain"], self.disks())
        emil.call("POST", f"/api/v1/me/leases/{answer['lease']}/giveback")

        # The only desktop there may be is wiped, and is another's.
        other, hers = self.enter(frieda, "frieda", pool)
        self.assertEqual(hers["id"], clicked["id"])
        self.assertEqual(hers["owner"], "frieda")
        self.assertNotIn(clicked["domain"], self.disks())
        self.assertIn(hers["domain"], self.disks())
        self.leave(frieda, "frieda", other)
        self.ctl("desktop", "unassign", hers["name"], "--lose-disk")
        self.ctl("pool", "delete", pool)


if __name__ == "__main__":
    unittest.main()
