# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""An old backup of the database is restored under desktops that are in use: R1, R7, R8, R11."""

import sqlite3
import threading
import unittest

from rdp import probe
from stack import Api, ApiError, Stack, inside, wait_until
from test_failures import connected, secret_file


def back_up(stack, to):
    """As an administrator does, while the broker runs."""
    with sqlite3.connect(stack.state / "broker.db") as source, sqlite3.connect(to) as target:
        source.backup(target)


def restore(stack, backup):
    stack.broker.terminate()
    stack.broker.wait(20)
    for tail in ("", "-wal", "-shm"):
        (stack.state / ("broker.db" + tail)).unlink(missing_ok=True)
    (stack.state / "broker.db").write_bytes(backup.read_bytes())


class Asking(threading.Thread):
    """A person who wants a desktop and does not stop asking."""

    def __init__(self, person, pool):
        super().__init__(daemon=True)
        self.person, self.pool, self.answers, self.end = person, pool, [], threading.Event()

    def run(self):
        while not self.end.wait(0.05):
            try:
                self.answers.append(self.person.connect(self.pool))
            except ApiError as error:
                self.answers.append(error)
            except OSError:
                pass  # the broker is not up yet

    def stop(self):
        self.end.set()
        self.join(30)
        return self.answers


def adoption(stack):
    return Api(stack.url, stack.ca).call("GET", "/api/v1/health").get("adoption")


class OldBackup(unittest.TestCase):
    def test_what_runs_is_adopted_and_nobody_gets_anothers_desktop(self):
        with Stack(name="adopt") as stack:
            pool = stack.pool("ward", spare=1, maximum=5)
            password = stack.user("anna")
            anna = Api(stack.url, stack.ca).sign_in("anna", password)
            bert, cleo, dora = (stack.person(name) for name in ("bert", "cleo", "dora"))

            # The backup knows Bert's session, and one free desktop.
            first = bert.connect_ready(pool)
            self.assertTrue(probe(stack, bert.redeem(first["ticket"]))["ok"])
            stack.wait_ready(pool, 1)
            backup = stack.folder / "backup.db"
            back_up(stack, backup)
            old = {d["id"]: d["incarnation"] for d in stack.desktops(pool)}

            # It does not know that he logs off, that his desktop begins another life, that Anna comes and stays,
            # and that he comes again.
            stack.admin.call("POST", f"/api/v1/admin/sessions/{first['lease']}/logoff")
            wait_until(lambda: stack.desktop_of("bert") is None, 40, lambda: f"Bert's log-off\n{stack.tail()}")
            client = stack.client("--user", "anna", "--password-file", str(secret_file(stack, password)))
            client.wait_mark("firstFrame", 60)
            second = bert.connect_ready(pool)
            self.assertTrue(probe(stack, bert.redeem(second["ticket"]))["ok"])
            stack.wait_ready(pool, 1)
            annas, berts = stack.desktop_of("anna"), stack.desktop_of("bert")
            domains = set(stack.domains())
            self.assertTrue(any(d["incarnation"] > old.get(d["id"], 0) for d in stack.desktops(pool)), "no new life since the backup")

            restore(stack, backup)
            asking = [Asking(dora, pool), Asking(cleo, pool)]
            for one in asking:
                one.start()
            stack.start_broker()
            wait_until(lambda: adoption(stack) is None, 30, lambda: f"the end of the adoption: {adoption(stack)}\n{stack.tail(30)}")
            self.assertTrue(connected(annas["address"]), "the RDP connection was dropped")
            log = stack.log.read_text()
            self.assertIn("system.adopting", log)
            self.assertRegex(log, r"adopted \d+ of \d+")

            # Whoever sat in a desktop has it, under the same lease.
            for person, before in (("anna", annas), ("bert", berts)):
                now = stack.desktop_of(person)
                self.assertIsNotNone(now, f"{person} has nothing: {stack.desktops()}\n{stack.tail(40)}")
                self.assertEqual([now[k] for k in ("id", "incarnation", "lease", "address")],
                                 [before[k] for k in ("id", "incarnation", "lease", "address")])
            self.assertEqual(stack.desktop_of("anna")["status"], "connected")
            again = anna.connect_ready(pool)
            self.assertEqual(again["lease"], annas["lease"])
            self.assertTrue(again["resumed"])
            again = bert.connect_ready(pool)
            self.assertEqual(again["lease"], berts["lease"])
            # The desktop obeys the epochs of the restored database.
            shown = probe(stack, bert.redeem(again["ticket"]))
            self.assertTrue(shown["ok"], shown)

            # Nobody was given what had ever been anybody's: not while it was adopted, and not afterwards.
            stack.wait_ready(pool, 1)
            for user in ("cleo", "dora"):
                wait_until(lambda: stack.desktop_of(user), 60, lambda: f"a desktop for {user}: {stack.desktops()}")
            given = [a for one in asking for a in one.stop() if isinstance(a, dict) and a["state"] == "ready"]
            refused = [a for one in asking for a in one.answers if isinstance(a, ApiError)]
            self.assertTrue(any(r.status == 503 and r.headers.get("Retry-After") for r in refused), [str(r) for r in refused[:3]])
            for answer in given:
                self.assertNotIn(answer["desktop"]["address"], (annas["address"], berts["address"]))
            lives = {}
            for item in stack.desktops():
                if item.get("user"):
                    self.assertNotIn(item["id"], lives)
                    lives[item["id"]] = item["user"]
                    if item["user"] in ("cleo", "dora") and item["id"] in old:
                        self.assertGreater(item["incarnation"], max(old[item["id"]], 1), "a life that may have been promised before")
            self.assertTrue(connected(annas["address"]))
            self.assertTrue(domains & set(stack.domains()))
            audit = stack.admin.call("GET", "/api/v1/admin/audit?limit=1000")["items"]
            self.assertTrue(any(a["action"] == "desktop.adopt" and annas["lease"] in a["detail"] for a in audit), audit)


if __name__ == "__main__":
    unittest.main()
