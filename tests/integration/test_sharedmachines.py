# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Virtual machines that several users are in, and a spare one that sleeps until there is no room left in the first."""

import secrets
import unittest

from machine import inside_machine
from stack import QEMU_URI, STATE, Stack, virsh, wait_until


@unittest.skipUnless((STATE / "images" / "plain-disk" / "disk.raw").exists(),
                     "no disk image: packaging/image/build plain --disk")
class SharedMachines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="sharedvm", kind="qemu", image="open").__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.stack.sign_in_ctl()

    def session(self, name):
        found = [item for item in self.stack.admin.call("GET", "/api/v1/admin/sessions")["items"] if item["user"] == name]
        return found[0] if found else {}

    def of_status(self, pool, status):
        return [desktop for desktop in self.stack.desktops(pool) if desktop["status"] == status]

    def enter(self, name, pool):
        """By the client; its session, once its window is drawn."""
        secret = self.stack.folder / f"{name}.password"
        secret.write_text(self.stack.user(name))
        secret.chmod(0o600)
        client = self.stack.client("--user", name, "--password-file", str(secret))
        client.wait_mark("firstFrame", 240)
        wait_until(lambda: self.session(name).get("status") == "connected", 60, lambda: f"{name}'s session\n{self.stack.tail()}")
        return client, self.session(name)

    def test_two_in_one_machine_and_a_third_in_the_one_that_slept(self):
        pool = self.stack.pool("hall", spare=1, maximum=4, wait=False, kind="shared", seats=2, suspended=2)
        self.stack.wait_ready(pool, 1, seconds=1500)  # the image is booted once for this host; later runs find it saved
        asleep = wait_until(lambda: self.of_status(pool, "suspended"), 900,
                            lambda: f"a spare that sleeps: {self.stack.desktops(pool)}\n{self.stack.tail()}")[0]
        anna, annas = self.enter("anna", pool)
        bert, berts = self.enter("bert", pool)
        self.assertEqual(annas["desktop"], berts["desktop"])
        self.assertEqual((annas["seat"], berts["seat"]), (1, 2))
        address = next(desktop["address"] for desktop in self.stack.desktops(pool) if desktop["name"] == annas["desktop"])

        # Each has an account, a home, temporary files, a shared memory and processes of its own.
        one, other = "clinician-1", "clinician-2"
        secret = "secret-" + secrets.token_hex(8)
        inside_machine(address, f"umask 022; echo {secret} > /home/{one}/note", user=one)
        self.assertNotEqual(inside_machine(address, f"cat /home/{one}/note", user=other, check=False).returncode, 0)
        seen = inside_machine(address, "ps -eo user:32= | sort -u", user=other).stdout.split()
        self.assertEqual([name for name in seen if name.startswith("clinician")], [other])
        memories = {account: inside_machine(address, f"stat -c %d /proc/$(pgrep -u {account} -o Xorg)/root/dev/shm").stdout for account in (one, other)}
        self.assertNotEqual(memories[one], memories[other])
        self.assertNotIn(inside_machine(address, "stat -c %d /dev/shm").stdout, memories.values())

        # There is no room left, and the spare wakes as it was: nobody has had it.
        woken = wait_until(lambda: [desktop for desktop in self.of_status(pool, "ready") if desktop["id"] == asleep["id"]], 600,
                           lambda: f"the resumed desktop: {self.stack.desktops(pool)}\n{self.stack.tail()}")[0]
        self.assertEqual((woken["incarnation"], woken["domain"]), (asleep["incarnation"], asleep["domain"]))
        carla, carlas = self.enter("carla", pool)
        self.assertEqual((carlas["desktop"], carlas["seat"]), (woken["name"], 1))
        self.assertEqual(virsh("domstate", woken["domain"], uri=QEMU_URI).strip(), "running")

        # One logs off: nothing is left of the account, and the other goes on.
        self.stack.run_ctl("session", "logoff", annas["lease"])
        wait_until(lambda: not self.session("anna"), 60, lambda: f"the end of anna's session\n{self.stack.tail()}")
        wait_until(lambda: not inside_machine(address, f"pgrep -u {one}; find / -xdev -user {one} 2>/dev/null; find /tmp /run /dev/shm -user {one} 2>/dev/null",
                                              check=False).stdout.strip(), 60, "the end of the account")
        self.assertEqual(self.session("bert")["status"], "connected")
        for client in (anna, bert, carla):
            client.stop()


if __name__ == "__main__":
    unittest.main()
