# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A session that is left alone, from the lock to the next life of its desktop, and the proof that it is a new one."""

import threading
import unittest

from rdp import probe
from stack import ApiError, Stack, inside, wait_until


class LeftAlone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="life").__enter__()
        cls.addClassCleanup(cls.stack.stop)

    def show(self, desktop):
        return self.stack.admin.call("GET", f"/api/v1/admin/desktops/{desktop['id']}")

    def test_locked_disconnected_logged_off_and_made_anew(self):
        pool = self.stack.pool("ward", spare=1, maximum=1, lockAfter=3, disconnectAfter=9, logOffAfter=5)
        anna = self.stack.person("anna")
        given = anna.connect_ready(pool)
        before = self.show(self.stack.desktop_of("anna"))
        self.assertEqual(before["proof"]["marks"], [])
        self.assertIn("/tmp", before["proof"]["places"])
        credential = anna.redeem(given["ticket"])

        client = threading.Thread(target=lambda: probe(self.stack, credential, hold=40))
        client.start()
        wait_until(lambda: self.stack.desktop_of("anna")["status"] == "connected", 30, "the connection")
        mark = inside(before["domain"], "cat /tmp/.wardesk-incarnation").stdout
        # And for whom: on a disk that is kept it is no trouble in the same user's next life.
        self.assertEqual(mark.split()[:2], [before["id"], str(before["incarnation"])])
        self.assertEqual(len(mark.split()), 3)
        wait_until(lambda: inside(before["domain"], "pgrep -x i3lock", check=False).returncode == 0, 20, "the lock")
        self.assertEqual(self.stack.desktop_of("anna")["status"], "connected", "it is locked before it is disconnected")
        wait_until(lambda: self.stack.desktop_of("anna")["status"] == "disconnected", 30, "the disconnection")
        wait_until(lambda: self.stack.desktop_of("anna") is None, 60, "the log-off")
        client.join()

        def is_anew():
            now = self.show(before)
            return now if now["incarnation"] > before["incarnation"] and now["status"] == "ready" else None

        after = wait_until(is_anew, 60, "the next incarnation")
        self.assertEqual(after["proof"]["marks"], [])
        self.assertNotEqual(after["proof"]["rdpKeySha256"], before["proof"]["rdpKeySha256"])
        self.assertNotEqual(inside(after["domain"], "test -e /tmp/.wardesk-incarnation", check=False).returncode, 0)
        audit = self.stack.admin.call("GET", "/api/v1/admin/audit?limit=1000")["items"]
        self.assertEqual(len([a for a in audit if a["action"] == "lease.logOff" and a["actor"] == "broker"]), 1)
        told = self.stack.admin.call("GET", f"/api/v1/admin/pools/{pool}/explanation")
        self.assertEqual(told["summary"], "'ward' works as it should.")
        self.assertIn("A session left alone is locked after 3 s without key or pointer.", told["sessions"])
        self.stack.admin.call("POST", f"/api/v1/admin/pools/{pool}/maintenance", {"on": True, "reason": "new disks"})
        with self.assertRaises(ApiError) as refused:
            anna.connect(pool)
        self.assertIn("In maintenance: new disks.", refused.exception.message)


if __name__ == "__main__":
    unittest.main()
