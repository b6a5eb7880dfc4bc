# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Two hosts of virtual machines: the second one's volumes are in a mount namespace that the broker has no way into, so its image
gets there through libvirt, as on another machine. Placement, one of them hung, then dead, and its return."""

import json
import sys
import time
import unittest

from secondhost import SecondHost
from stack import STATE, STORAGE, Stack, virsh, wait_until


@unittest.skipUnless((STATE / "images" / "plain-disk" / "disk.raw").exists(),
                     "no disk image: packaging/image/build plain --disk")
class TwoHostsOfMachines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.second = SecondHost("qemu")
        cls.addClassCleanup(cls.second.stop)
        cls.stack = Stack(name="machinehosts", kind="qemu").__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.first = next(one["name"] for one in cls.hosts() if one["kind"] == "qemu")
        cls.stack.admin.call("POST", "/api/v1/admin/hosts", {"name": "second", "uri": cls.second.uri})
        wait_until(lambda: cls.host("second")["state"] == "good", 60, lambda: f"the second host: {cls.stack.tail()}")
        cls.pool = cls.stack.pool("ward", spare=2, maximum=4, spread="soft", wait=False)
        cls.stack.wait_ready(cls.pool, 2, seconds=1500)  # each host boots the image once

    @classmethod
    def hosts(cls):
        return cls.stack.admin.call("GET", "/api/v1/admin/hosts")["items"]

    @classmethod
    def host(cls, name):
        return next(one for one in cls.hosts() if one["name"] == name)

    def on(self, name):
        return [d for d in self.stack.desktops(self.pool) if d["host"] == name]

    def test_a_machine_on_each_and_one_host_dies(self):
        self.assertTrue(self.on(self.first) and self.on("second"), self.stack.desktops(self.pool))
        self.assertIn(self.on("second")[0]["domain"], self.second.domains())
        volumes = virsh("vol-list", STORAGE, uri=self.second.uri)
        self.assertIn(self.on("second")[0]["domain"], volumes, "its disk is in the second host's own storage")

        people = {}
        for user in "anna", "ben":
            person = self.stack.person(user)
            people[user] = person, person.connect_ready(self.pool)
        user = next(one for one in people if self.stack.desktop_of(one)["host"] == "second")
        person, given = people[user]
        self.assertTrue(person.redeem(given["ticket"])["credential"])

        self.second.hang()
        wait_until(lambda: self.host("second")["state"] != "good", 60, "the broker's noticing")
        begun = time.monotonic()
        other = next(one for one in people if one != user)
        again = people[other][0].connect_ready(self.pool)
        while_hung = time.monotonic() - begun
        self.assertEqual(again["lease"], people[other][1]["lease"])
        self.assertEqual(person.connect_ready(self.pool)["lease"], given["lease"], "its agent speaks: it is not dead (R8)")

        self.stack.wait_ready(self.pool, 1, seconds=600)  # on the first host: where the next one will be
        lost = self.stack.desktop_of(user)["domain"]
        self.second.die()
        begun = time.monotonic()
        wait_until(lambda: self.host("second").get("deadAt"), 120, lambda: f"the death's noticing: {self.stack.tail(40)}")
        noticed = time.monotonic() - begun
        fresh = person.connect_ready(self.pool, 60)
        reached = time.monotonic() - begun
        self.assertNotEqual(fresh["lease"], given["lease"])
        self.assertEqual(self.stack.desktop_of(user)["host"], self.first)
        print(json.dumps({"bench": "machinehosts", "connect_one_hung_s": round(while_hung, 3), "dead_noticed_s": round(noticed, 2),
                          "new_desktop_s": round(reached, 2)}), file=sys.stderr)

        self.second.start()
        wait_until(lambda: self.host("second")["state"] == "good", 120, "the host's return")
        wait_until(lambda: lost not in {d["domain"] for d in self.on("second")}, 300,
                   lambda: f"the cleaning up: {self.on('second')}\n{self.stack.tail()}")
        wait_until(lambda: lost not in virsh("vol-list", STORAGE, uri=self.second.uri), 120,
                   "the lost desktop's disk to be removed there")
        self.assertNotIn(lost, self.second.domains())


if __name__ == "__main__":
    unittest.main(verbosity=2)
