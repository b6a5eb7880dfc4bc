# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Desktops that are virtual machines: copies of one that was booted and saved (R1, S3, A9). Emulated where KVM does not
work. By hand, with more lives than the suite has time for: WARDESK_LIVES=20."""

import os
import unittest

from machine import UNIQUE, certificate, files_of
from stack import QEMU_URI, STATE, Stack, run, virsh, wait_until

LIVES = int(os.environ.get("WARDESK_LIVES", "2"))


def brightness(picture):
    return float(run("convert", picture, "-colorspace", "Gray", "-format", "%[fx:mean]", "info:").stdout)


@unittest.skipUnless((STATE / "images" / "plain-disk" / "disk.raw").exists(),
                     "no disk image: packaging/image/build plain --disk")
class Machines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="machines", kind="qemu").__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.pool = cls.stack.pool("ward", spare=1, maximum=1, wait=False)
        cls.stack.wait_ready(cls.pool, 1, seconds=1500)  # the image is booted once for this host; later runs find it saved

    def evidence(self, desktop):
        # A busy machine takes its time to write what it has made.
        files = wait_until(lambda: (found := files_of(desktop["domain"])) and all(found.values()) and found, 90,
                           lambda: f"all of {UNIQUE} on the disk")
        shown = certificate(desktop["address"])
        self.assertEqual(self.stack.desktops(self.pool)[0]["incarnation"], desktop["incarnation"], f"still the same life\n{self.stack.tail(60)}")
        self.assertEqual(shown, desktop.get("certificateSha256", shown), "the RDP key is the one that the broker tells")
        return {"RDP key": shown, **files}

    def sees_it(self, name, password):
        """A sign-in by the client. Its first frame is the background alone; the desktop's window follows."""
        secret = self.stack.folder / f"{name}.password"
        secret.write_text(password)
        secret.chmod(0o600)
        client = self.stack.client("--user", name, "--password-file", str(secret))
        client.wait_mark("firstFrame", 150)
        picture = self.stack.folder / f"{name}.png"

        def is_drawn():
            client.display.grab(picture)
            return brightness(picture) > 0.5
        wait_until(is_drawn, 60, "the terminal's white window on the client's screen")
        client.stop()

    def recycled(self, before):
        def again():
            found = self.stack.desktops(self.pool)
            return found and found[0]["incarnation"] > before["incarnation"] and found[0]["status"] == "ready" and found[0]
        return wait_until(again, 600, "the desktop's next incarnation")

    def test_every_life_shows_its_picture_and_shares_nothing(self):
        lives, desktop = [], self.stack.desktops(self.pool)[0]
        for life in range(LIVES):
            name = f"user-{life}"
            password = self.stack.user(name)
            person = self.stack.sign_in(name, password)
            lives.append(self.evidence(desktop))
            described = virsh("dumpxml", "--security-info", desktop["domain"], uri=QEMU_URI)
            self.assertNotIn("brokerHost", described, "the bootstrap is in no description (A9)")
            self.sees_it(name, password)
            lease = self.stack.desktop_of(name)["lease"]
            person.call("POST", f"/api/v1/me/leases/{lease}/logoff")
            after = self.recycled(desktop)
            self.assertNotEqual(after["domain"], desktop["domain"], "another machine")
            self.assertEqual(after["address"], desktop["address"], "the same desktop, another life")
            self.assertNotIn(desktop["domain"], virsh("list", "--all", "--uuid", uri=QEMU_URI))
            desktop = after
        lives.append(self.evidence(desktop))
        for what in lives[0]:
            self.assertEqual(len({life[what] for life in lives}), len(lives), f"{what} is another one in each life")


if __name__ == "__main__":
    unittest.main()
