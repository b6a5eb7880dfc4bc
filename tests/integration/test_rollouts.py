# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Images' versions and rollouts on real desktops: nobody is thrown out, a broken version stops by itself, one command back."""

import json
import os
import pathlib
import secrets
import shutil
import subprocess
import unittest

from rdp import probe
from stack import ADMIN_PASSWORD, BIN, STATE, Stack, inside, wait_until


class Rollouts(unittest.TestCase):
    def setUp(self):
        # Beside the images, so that versions are links to the same files.
        self.folder = STATE / "images" / f".rollout-test-{secrets.token_hex(4)}"
        self.folder.mkdir()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.stack = Stack(name="rollout", first=130, last=150).__enter__()
        self.addCleanup(self.stack.stop)
        password = self.stack.folder / "ctl.password"
        password.write_text(ADMIN_PASSWORD)
        self.ctl("login", "--user", "admin", "--password-file", password)

    def ctl(self, *words, code=0):
        done = subprocess.run([BIN / "wardeskctl", "--url", self.stack.url, "--ca", self.stack.ca, "--token-file",
                               self.stack.folder / "ctl.token", *map(str, words)], text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, env={**os.environ, "WARDESK_IMAGES": str(self.folder)})
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def bring(self, version, path, text, mode=0o755):
        """Another version of the plain image: with this file, everything else linked."""
        root = self.folder / f"made-{version}"
        subprocess.run(["cp", "-al", (STATE / "images/plain/rootfs").resolve(), root], check=True)
        (root / path).unlink(missing_ok=True)
        (root / path).write_text(text)
        (root / path).chmod(mode)
        self.ctl("image", "import", "plain", root, "--version", version, "--note", f"with {path}")
        self.ctl("image", "publish", f"plain:{version}")
        shutil.rmtree(root)  # what was imported is a version of its own

    def rollout(self):
        return json.loads(self.ctl("--json", "rollout", "show", "ward"))

    def versions(self):
        return sorted(d["image"] for d in self.stack.desktops(self.pool))

    def wait_state(self, state, seconds=90):
        return wait_until(lambda: self.rollout()["state"] == state, seconds,
                          lambda: f"'{state}': {json.dumps(self.rollout(), indent=1)}\n{self.stack.tail()}")

    def use(self, person):
        """A session that was really opened, and that goes on."""
        answer = person.connect_ready(self.pool)
        self.assertTrue(probe(self.stack, person.redeem(answer["ticket"]))["ok"])
        return answer["lease"]

    def session(self, lease):
        return next((s for s in self.stack.admin.call("GET", "/api/v1/admin/sessions")["items"] if s["lease"] == lease), None)

    def test_users_keep_their_desktops_and_have_the_new_version_after_the_log_off(self):
        self.pool = self.stack.pool("ward", spare=2, maximum=3)
        self.bring("2", "etc/second-version", "second\n", 0o644)
        anna = self.stack.person("anna")
        lease = self.use(anna)
        self.stack.wait_ready(self.pool, 2)
        self.ctl("rollout", "start", "ward", "plain:2", "--note", "the second one")
        wait_until(lambda: self.versions() == ["plain:1", "plain:2", "plain:2"], 90, lambda: f"all that is free: {self.rollout()}")
        text = self.ctl("rollout", "show", "ward")
        self.assertIn("Nobody is thrown out", text)
        self.assertIn("anna has used it for", text)
        self.assertIsNotNone(self.session(lease), "she has not been touched")
        old = self.stack.desktop_of("anna")
        self.assertEqual(old["image"], "plain:1")
        self.assertIn("renewed after the log-off", old["outdated"])
        self.ctl("session", "logoff", lease)
        self.wait_state("done")
        self.assertEqual(set(self.versions()), {"plain:2"})
        self.stack.wait_ready(self.pool, 2)
        for desktop in self.stack.desktops(self.pool):
            self.assertEqual(inside(desktop["domain"], "cat /etc/second-version").stdout, "second\n")
        # Back, in one command.
        self.ctl("pool", "rollback", "ward", "--reason", "the ward asked for it")
        self.wait_state("done")
        self.assertEqual(set(self.versions()), {"plain:1"})
        self.stack.wait_ready(self.pool, 2)
        # What was published is still what was imported, until somebody changes it.
        self.ctl("image", "verify", "plain:2")
        self.ctl("image", "retire", "plain:2")
        source = pathlib.Path(json.loads(self.ctl("--json", "image", "show", "plain:2"))["source"])
        (source / "etc/second-version").write_text("another\n")
        self.assertIn("has changed", self.ctl("image", "verify", "plain:2", code=6))

    def test_a_broken_version_stops_by_itself_and_the_pool_goes_on(self):
        self.pool = self.stack.pool("ward", spare=2, maximum=3)
        self.bring("broken", "usr/sbin/wardesk-init", "#!/bin/sh\nexit 1\n")
        self.ctl("rollout", "start", "ward", "plain:broken")
        self.wait_state("stopped")
        item = self.rollout()
        self.assertEqual(item["changedBy"], "broker")
        self.assertIn("new version", item["reason"])
        self.assertIn("wardeskctl pool rollback ward", self.ctl("rollout", "show", "ward"))
        self.assertIn("rollout", self.stack.pool_item(self.pool)["message"])
        self.stack.wait_ready(self.pool, 2)
        self.assertEqual(set(self.versions()), {"plain:1"})
        bert = self.stack.person("bert")
        self.use(bert)
        stops = [r for r in self.stack.admin.call("GET", "/api/v1/admin/audit?limit=1000")["items"] if r["action"] == "rollout.stop"]
        self.assertEqual([(r["actor"], r["outcome"]) for r in stops], [("broker", "done")])
        self.ctl("pool", "rollback", "ward")
        self.wait_state("done")

    def test_only_force_ends_a_session_and_says_so(self):
        self.pool = self.stack.pool("ward", spare=1, maximum=2)
        self.bring("2", "etc/second-version", "second\n", 0o644)
        anna = self.stack.person("anna")
        lease = self.use(anna)
        self.stack.wait_ready(self.pool, 1)
        self.ctl("rollout", "start", "ward", "plain", "--force", "--countdown", "0", "--wait")
        self.assertIsNone(self.session(lease))
        self.assertEqual(set(self.versions()), {"plain:2"})
        ends = [r["detail"] for r in self.stack.admin.call("GET", "/api/v1/admin/audit?limit=1000")["items"]
                if r["action"] == "lease.close" and lease in r["detail"]]
        self.assertEqual(len(ends), 1)
        self.assertIn("forced by admin", ends[0])


if __name__ == "__main__":
    unittest.main()
