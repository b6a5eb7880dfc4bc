# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The real client under Xvfb, driven by the keyboard: from the sign-in window to a file written inside the desktop."""

import os
import signal
import time
import unittest

from stack import Stack, inside, run, wait_until


class Clinician(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="client").__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.pool = cls.stack.pool("ward", spare=1, maximum=2)
        cls.password = cls.stack.user("anna")

    def test_from_sign_in_to_typed_text_and_back(self):
        client = self.stack.client()
        client.wait_mark("windowShown")
        window = wait_until(lambda: client.display.xdotool("search", "--onlyvisible", "--name", "Wardesk").split(), 10, "the window")[0]
        client.display.xdotool("windowfocus", window)
        client.display.xdotool("type", "--delay", "15", "anna")
        client.display.xdotool("key", "Tab")
        client.display.xdotool("type", "--delay", "15", self.password)
        client.display.xdotool("key", "Return")
        client.wait_mark("firstFrame", 60)
        desktop = wait_until(lambda: self.stack.desktop_of("anna"), 10, "the lease")
        wait_until(lambda: self.stack.desktop_of("anna")["status"] == "connected", 10, "connected")
        # The plain desktop shows a terminal: what is typed into the client is written inside.
        typed = "/tmp/typed-by-keyboard"

        def type_it():
            client.display.xdotool("type", "--delay", "25", f"echo Hello > {typed}")
            client.display.xdotool("key", "Return")
            end = time.monotonic() + 5
            while time.monotonic() < end:
                if inside(desktop["domain"], f"cat {typed}", check=False).stdout.strip() == "Hello":
                    return True
            return False

        wait_until(type_it, 30, "text typed into the client inside the desktop")

        # A crash of the worker reads "reconnecting" in the same window, and the same session comes back (S9).
        before = client.marks()["firstFrame"]
        worker = run("pgrep", "-P", str(client.process.pid), "wardesk-rdp").stdout.split()
        for pid in worker:
            os.kill(int(pid), signal.SIGKILL)
        client.wait_mark("firstFrame", 30, after=before)
        self.assertEqual(self.stack.desktop_of("anna")["incarnation"], desktop["incarnation"])

        # Disconnect: the session goes on, locked (S7).
        client.do("disconnect")
        wait_until(lambda: self.stack.desktop_of("anna")["status"] == "disconnected", 15, "disconnected")
        wait_until(lambda: inside(desktop["domain"], "pgrep -x i3lock", check=False).returncode == 0, 10, "the screen lock")

    def test_log_off_gives_the_desktop_back(self):
        password = self.stack.user("bert")
        secret = self.stack.folder / "bert.password"
        secret.write_text(password)
        secret.chmod(0o600)
        client = self.stack.client("--user", "bert", "--password-file", str(secret))
        client.wait_mark("firstFrame", 60)
        desktop = self.stack.desktop_of("bert")
        client.do("logoff")
        wait_until(lambda: self.stack.desktop_of("bert") is None, 30, "the end of the lease")
        wait_until(lambda: any(d["id"] == desktop["id"] and d["incarnation"] > desktop["incarnation"] and d["status"] == "ready"
                               for d in self.stack.desktops()), 60, lambda: f"the desktop with a new incarnation: {self.stack.desktops()}")


if __name__ == "__main__":
    unittest.main()
