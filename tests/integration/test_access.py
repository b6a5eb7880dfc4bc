# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Who may use which pool: set by wardeskctl, kept by the broker, seen by the real client."""

import unittest

from stack import ApiError, Stack, wait_until


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="access").__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.stack.sign_in_ctl()

    def ctl(self, *words, code=0):
        done = self.stack.run_ctl(*words)
        self.assertEqual(done.returncode, code, f"wardeskctl {words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def tiles(self, person):
        return {tile["name"]: tile for tile in person.call("GET", "/api/v1/me/desktops")["desktops"]}

    def refusal(self, person, pool):
        with self.assertRaises(ApiError) as refused:
            person.connect(pool)
        return refused.exception

    def test_a_pool_is_nobodys_until_somebody_is_entitled(self):
        text = self.ctl("pool", "create", "icu", "--image", self.stack.image, "--spare", "2", "--max", "4")
        self.assertIn("Nobody may use it yet", text)
        self.assertIn("Nobody may use it", self.ctl("pool", "explain", "icu"))
        self.stack.pool("ward", spare=1, maximum=2)
        self.stack.wait_ready("icu", 2)
        anna, bert = self.stack.person("anna"), self.stack.person("bert")
        self.assertEqual(list(self.tiles(anna)), ["ward"])
        self.assertEqual(self.refusal(anna, "icu").status, 404)

        self.ctl("group", "create", "nurses", "--member", "anna")
        self.ctl("pool", "access", "add", "icu", "--group", "nurses")
        self.assertEqual(sorted(self.tiles(anna)), ["icu", "ward"])
        self.assertEqual(list(self.tiles(bert)), ["ward"])
        given = anna.connect_ready("icu")
        self.assertTrue(anna.redeem(given["ticket"])["credential"])
        self.assertIn("not", self.ctl("pool", "access", "check", "icu", "bert", code=4))
        self.assertIn("allowed", self.ctl("pool", "access", "check", "icu", "anna"))

        # One more entitlement, but the pool's sessions are limited.
        self.ctl("pool", "access", "add", "icu", "--user", "bert")
        self.ctl("pool", "access", "limit", "icu", "1")
        self.assertEqual(self.tiles(bert)["icu"]["state"], "full")
        self.assertEqual(self.refusal(bert, "icu").code, "poolFull")
        self.ctl("pool", "access", "limit", "icu", "0")
        self.ctl("limits", "set", "--sessions-per-user", "1")
        self.assertEqual(self.refusal(anna, "ward").status, 409)
        self.ctl("limits", "set", "--sessions-per-user", "0")

        # Who is not named any more keeps the session, not the way in.
        self.ctl("pool", "access", "remove", "icu", "1")
        self.assertIn("anna", self.ctl("pool", "access", "show", "icu"))
        self.assertEqual(self.refusal(anna, "icu").status, 404)
        self.assertEqual(self.tiles(anna)["icu"]["state"], "unavailable")
        self.assertIsNotNone(self.stack.desktop_of("anna"))
        self.assertIn("these pools name it: icu", self.ctl("terminal-group", "create", "desk", "--match", "desk-*")
                      + self.ctl("pool", "access", "add", "icu", "--everybody", "--terminals", "desk")
                      + self.ctl("terminal-group", "delete", "desk", code=6))
        self.ctl("pool", "access", "clear", "icu")
        self.ctl("terminal-group", "delete", "desk")
        self.ctl("group", "delete", "nurses")

    def test_the_client_shows_where_a_pool_may_be_opened(self):
        self.ctl("terminal-group", "create", "theatre", "--match", "theatre-*")
        self.ctl("pool", "create", "theatre", "--image", self.stack.image, "--spare", "1", "--max", "1", "--wait")
        self.ctl("pool", "access", "add", "theatre", "--everybody", "--terminals", "theatre")
        self.ctl("pool", "create", "office", "--image", self.stack.image, "--spare", "1", "--max", "1", "--wait", "--everybody")
        secret = self.stack.folder / "cora.password"
        secret.write_text(self.stack.user("cora"))
        secret.chmod(0o600)
        elsewhere = self.stack.client("--user", "cora", "--password-file", str(secret))
        wait_until(lambda: elsewhere.do("state").get("stage") == "choosing", 30, lambda: f"the list of desktops: {elsewhere.do('state')}")
        picture = self.stack.folder / "tiles.png"
        elsewhere.grab(picture)
        self.assertTrue(picture.exists())
        self.assertEqual({tile["name"]: tile["state"] for tile in elsewhere.do("state")["tiles"]}["theatre"], "unavailable")
        self.assertIsNone(self.stack.desktop_of("cora"))
        elsewhere.stop()


if __name__ == "__main__":
    unittest.main()
