# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Spares that are saved to the host's disk: real virtual machines, emulated where KVM does not work. One runs, one sleeps; a
sign-in takes the first, and the second is resumed and ready. How long that takes beside a start is printed as a JSON line."""

import json
import time
import unittest

from stack import QEMU_URI, STATE, Stack, virsh, wait_until


@unittest.skipUnless((STATE / "images" / "plain-disk" / "disk.raw").exists(),
                     "no disk image: packaging/image/build plain --disk")
class Suspended(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="suspended", kind="qemu").__enter__()
        cls.addClassCleanup(cls.stack.stop)

    def of_status(self, pool, status):
        return [desktop for desktop in self.stack.desktops(pool) if desktop["status"] == status]

    def wait_status(self, pool, status, count, seconds):
        return wait_until(lambda: len(self.of_status(pool, status)) >= count and self.of_status(pool, status), seconds,
                          lambda: f"{count} {status} desktops: {self.stack.desktops(pool)}\n{self.stack.tail()}")

    def host_says(self, desktop):
        return virsh("domstate", "--reason", desktop["domain"], uri=QEMU_URI).strip()

    def test_a_spare_sleeps_and_wakes(self):
        pool = self.stack.pool("sleepy", spare=1, maximum=3, wait=False, suspended=1)
        began = time.monotonic()
        self.stack.wait_ready(pool, 1, seconds=1500)  # the image is booted once for this host; later runs find it saved
        started_in = time.monotonic() - began
        asleep = self.wait_status(pool, "suspended", 1, 900)[0]
        wait_until(lambda: "shut off (saved)" in self.host_says(asleep), 120, "a domain that is saved")
        self.assertIn(asleep["domain"], virsh("list", "--all", "--uuid", uri=QEMU_URI))
        self.assertNotIn(asleep["domain"], virsh("list", "--uuid", uri=QEMU_URI), "it uses no memory")

        # A broker that is started again finds it as it is.
        self.stack.kill_broker()
        self.stack.start_broker()
        self.stack.wait_ready(pool, 1, seconds=300)
        self.assertEqual([one["id"] for one in self.of_status(pool, "suspended")], [asleep["id"]])

        anna = self.stack.person("anna")
        anna.connect_ready(pool)
        began = time.monotonic()
        woken = wait_until(lambda: [one for one in self.of_status(pool, "ready") if one["id"] == asleep["id"]], 600,
                           lambda: f"the resumed desktop: {self.stack.desktops(pool)}\n{self.stack.tail()}")[0]
        resumed_in = time.monotonic() - began
        self.assertEqual(woken["incarnation"], asleep["incarnation"], "the same life: nobody has had it")
        self.assertEqual(woken["domain"], asleep["domain"])
        # libvirt refuses to save what may be somebody's.
        self.assertEqual(virsh("dominfo", woken["domain"], uri=QEMU_URI).count("Persistent:     no"), 1)

        began = time.monotonic()
        self.wait_status(pool, "suspended", 1, 900)  # another one behind it
        print(json.dumps({"bench": "suspended", "resumeToReadySeconds": round(resumed_in, 1),
                          "startToReadySeconds": round(started_in, 1), "refillSeconds": round(time.monotonic() - began, 1)}))


if __name__ == "__main__":
    unittest.main()
