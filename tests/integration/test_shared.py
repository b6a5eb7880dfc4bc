# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Desktops that several users are in: real containers, accounts and sessions, two clients at once, and nothing of one for the other."""

import concurrent.futures
import secrets
import shlex
import unittest

from rdp import probe
from stack import ApiError, Stack, inside, wait_until


class Shared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="shared").__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.watchers = concurrent.futures.ThreadPoolExecutor(8)
        cls.addClassCleanup(cls.watchers.shutdown)

    def sessions(self):
        return {item["user"]: item for item in self.stack.admin.call("GET", "/api/v1/admin/sessions")["items"]}

    def enter(self, person, name, pool, hold=0):
        """The person's session, its credential, and a client that stays for so long."""
        answer = person.connect_ready(pool)
        credential = wait_until(lambda: self.redeemed(person, answer, pool), 30, f"a credential for {name}\n{self.stack.tail()}")
        shown = self.watchers.submit(probe, self.stack, credential, hold=hold)
        wait_until(lambda: self.sessions().get(name, {}).get("status") == "connected" or shown.done(), 30, f"{name}'s picture")
        self.assertEqual(self.sessions()[name]["status"], "connected", self.stack.tail())
        return answer, credential, shown

    @staticmethod
    def redeemed(person, answer, pool):
        """As the client does: a session that is still on its way is asked for again."""
        try:
            return person.redeem(answer["ticket"])
        except ApiError as error:
            if error.code not in ("preparing", "stale"):
                raise
            answer.update(person.connect_ready(pool))
            return None

    def leave(self, person, name, answer):
        person.call("POST", f"/api/v1/me/leases/{answer['lease']}/logoff")
        wait_until(lambda: name not in self.sessions(), 30, lambda: f"the end of {name}'s session\n{self.stack.tail()}")

    def display_of(self, domain, account):
        """Of the account's X server."""
        found = inside(domain, f"pgrep -u {account} -a Xorg")
        return next(word for word in found.stdout.split() if word.startswith(":"))

    def in_session(self, domain, account, command, **more):
        display = self.display_of(domain, account)
        return inside(domain, f"export DISPLAY={display} XAUTHORITY=/home/{account}/.Xauthority; {command}", user=account, **more)

    @staticmethod
    def server_of(domain, account):
        """The account's X server."""
        return inside(domain, f"pgrep -u {account} -o Xorg").stdout.strip()

    def as_program(self, domain, account, command, **more):
        """What a program of the account's session does: it has a name space of mounts of its own."""
        return inside(domain, f"nsenter -t {self.server_of(domain, account)} -m -r -- runuser -u {account} -- bash -c {shlex.quote(command)}", **more)

    def test_two_at_once_and_a_third_after_one(self):
        pool = self.stack.pool("hall", spare=1, maximum=2, kind="shared", seats=2)
        anna, bert, carla = (self.stack.person(name) for name in ("anna", "bert", "carla"))
        annas, first, annas_client = self.enter(anna, "anna", pool, hold=90)
        berts, second, berts_client = self.enter(bert, "bert", pool, hold=90)
        desktop = self.stack.desktops(pool)[0]
        domain = desktop["domain"]
        self.assertEqual((desktop["sessions"], desktop["seats"]), (2, 2))
        self.assertEqual([self.sessions()[name]["seat"] for name in ("anna", "bert")], [1, 2])
        self.assertEqual(self.sessions()["anna"]["desktop"], self.sessions()["bert"]["desktop"])
        one, other = first["account"], second["account"]
        self.assertNotEqual(one, other)

        # Neither reads the other's home, temporary files or runtime folder.
        secret = "secret-" + secrets.token_hex(8)
        inside(domain, f"umask 022; for f in /home/{one} /tmp/.wardesk/{one} /run/user/$(id -u); do echo {secret} > $f/note; done", user=one)
        for path in (f"/home/{one}/note", f"/tmp/.wardesk/{one}/note", f"/home/{one}"):
            self.assertNotEqual(inside(domain, f"ls -l {path} && cat {path}", user=other, check=False).returncode, 0, path)

        # Neither sees the other's processes, nor may look into them.
        seen = inside(domain, "ps -eo user:32= | sort -u", user=other).stdout.split()
        self.assertEqual([name for name in seen if name.startswith("clinician")], [other])
        process = inside(domain, f"pgrep -u {one} -o").stdout.strip()
        self.assertNotEqual(inside(domain, f"cat /proc/{process}/environ", user=other, check=False).returncode, 0)
        self.assertNotEqual(inside(domain, f"kill -0 {process}", user=other, check=False).returncode, 0)

        # The clipboards are two; the other's X server lets nobody in.
        self.in_session(domain, one, f"echo {secret} | xclip -selection clipboard -i >/dev/null 2>&1")
        held = self.in_session(domain, other, "timeout 2 xclip -selection clipboard -o 2>/dev/null || true")
        self.assertNotIn(secret, held.stdout)
        strange = inside(domain, f"export DISPLAY={self.display_of(domain, one)} XAUTHORITY=/home/{other}/.Xauthority; "
                         "timeout 3 xclip -selection clipboard -o", user=other, check=False)
        self.assertNotEqual(strange.returncode, 0)

        # A credential opens its own account and no other; it is used already.
        stolen = probe(self.stack, {**first, "account": other}, seconds=8)
        self.assertFalse(stolen["ok"])

        # A full pool says so.
        with self.assertRaises(ApiError) as full:
            carla.connect_ready(pool, seconds=5)
        self.assertEqual(full.exception.code, "poolFull")

        # One logs off, the other goes on, and nothing of the first is left.
        self.leave(anna, "anna", annas)
        self.assertEqual(self.sessions()["bert"]["status"], "connected")
        wait_until(lambda: not inside(domain, f"pgrep -u {one}", check=False).stdout.strip(), 20, "the end of the account's processes")
        wait_until(lambda: not inside(domain, f"find / -xdev -user {one} 2>/dev/null | grep -v ^/proc; "
                                      f"find /tmp /dev/shm /run -user {one} 2>/dev/null", check=False).stdout.strip(), 20,
                   lambda: inside(domain, f"find / /tmp /dev/shm /run -user {one} 2>/dev/null | head", check=False).stdout)
        self.assertIn("nologin", inside(domain, f"getent passwd {one}").stdout)
        self.assertEqual(self.stack.desktops(pool)[0]["incarnation"], desktop["incarnation"])

        # A third one has an account that nobody has had.
        carlas, third, carlas_client = self.enter(carla, "carla", pool, hold=5)
        self.assertNotIn(third["account"], (one, other))
        self.assertEqual(self.sessions()["carla"]["seat"], 3)
        self.assertEqual(self.stack.desktops(pool)[0]["domain"], domain)

        # After the last one it is made anew.
        self.leave(bert, "bert", berts)
        self.leave(carla, "carla", carlas)
        wait_until(lambda: self.stack.desktops(pool)[0]["incarnation"] > desktop["incarnation"], 60, lambda: self.stack.tail())
        self.stack.wait_ready(pool, 1)
        self.assertNotEqual(self.stack.desktops(pool)[0]["domain"], domain)
        for client in (annas_client, berts_client, carlas_client):
            client.result(120)

    def test_one_client_is_sent_away_and_the_other_stays(self):
        pool = self.stack.pool("office", spare=1, maximum=2, kind="shared", seats=2)
        dora, emil = self.stack.person("dora"), self.stack.person("emil")
        doras, _, doras_client = self.enter(dora, "dora", pool, hold=60)
        emils, _, emils_client = self.enter(emil, "emil", pool, hold=20)
        dora.call("POST", f"/api/v1/me/leases/{doras['lease']}/disconnect")
        wait_until(lambda: self.sessions()["dora"]["status"] == "disconnected", 20, lambda: self.stack.tail())
        self.assertEqual(self.sessions()["emil"]["status"], "connected")
        self.assertTrue(emils_client.result(60)["ok"])
        doras_client.result(120)
        # Coming back is to the same account.
        again = dora.connect_ready(pool)
        self.assertEqual(again["lease"], doras["lease"])
        self.leave(dora, "dora", doras)
        self.leave(emil, "emil", emils)

    def test_one_user_gets_in_nobodys_way(self):
        pool = self.stack.pool("yard", spare=1, maximum=3, kind="shared", seats=3)
        fred, gina, hugo = (self.stack.person(name) for name in ("fred", "gina", "hugo"))
        freds, first, freds_client = self.enter(fred, "fred", pool, hold=150)
        domain = self.stack.desktops(pool)[0]["domain"]
        one = first["account"]
        number = int(one.rsplit("-", 1)[1])

        # Names that others will want: their temporary folders, and the frame buffers of their X servers. The session that
        # waits has begun already; the third one's account is not made yet.
        self.as_program(domain, one, f"for i in {{{number + 1}..40}}; do mkdir -m 777 /tmp/clinician-$i; done")
        refused = self.as_program(domain, one, f"mkdir /tmp/.wardesk/clinician-{number + 2}", check=False)
        self.assertNotEqual(refused.returncode, 0)
        occupy = ("umask 0; for p in {1..4000}; do for c in {0..3}; do printf -v n %08X%08X $p $c; : > /dev/shm/$n; done; done; "
                  "ls /dev/shm | wc -l")
        made = (self.as_program(domain, one, occupy, timeout=120),
                inside(domain, f"bash -c {shlex.quote(occupy)}", user=one, timeout=120))
        for listed in made:
            self.assertGreaterEqual(int(listed.stdout), 16000)

        ginas, second, ginas_client = self.enter(gina, "gina", pool, hold=60)
        hugos, third, hugos_client = self.enter(hugo, "hugo", pool, hold=60)
        others = (second["account"], third["account"])
        self.assertEqual(len({one, *others}), 3)

        # Three folders and the common one; nothing that is drawn is in one that others see, or in a file that was there.
        device = "stat -Lc %d"
        places = [inside(domain, f"{device} /proc/{self.server_of(domain, account)}/root/dev/shm").stdout for account in (one, *others)]
        self.assertEqual(len({inside(domain, f"{device} /dev/shm").stdout, *places}), 4)
        for account in others:
            seen = self.as_program(domain, account, f"find /dev/shm -user {one} | head -n 3")
            self.assertEqual(seen.stdout, "")
            mapped = inside(domain, f"grep -c /dev/shm/ /proc/{self.server_of(domain, account)}/maps", check=False).stdout
            self.assertGreater(int(mapped), 0, "the X server of a client that is shown it has frame buffers")
        self.assertEqual(self.as_program(domain, one, f"find /dev/shm -type f ! -user {one}").stdout, "")
        drawn = "find /dev/shm -type f -size +0 ! -name .wardesk-incarnation"  # that one is the agent's mark of this life
        for filled in (self.as_program(domain, one, drawn), inside(domain, drawn)):
            self.assertEqual(filled.stdout, "")

        # The session manager does not listen to users, and so lives on.
        manager = inside(domain, "pgrep -x xrdp-sesman").stdout
        for _ in range(3):
            asked = self.as_program(domain, one, "timeout 10 xrdp-sesrun -g 1200x800 -b 32", check=False)
            self.assertNotEqual(asked.returncode, 0)
        self.assertEqual(inside(domain, "stat -c %a:%U:%G /run/xrdp/sockdir/sesman.socket").stdout.strip(), "660:root:xrdp")
        gina.call("POST", f"/api/v1/me/leases/{ginas['lease']}/disconnect")
        wait_until(lambda: self.sessions()["gina"]["status"] == "disconnected", 20, lambda: self.stack.tail())
        again, back, ginas_second_client = self.enter(gina, "gina", pool, hold=5)
        self.assertEqual((again["lease"], back["account"]), (ginas["lease"], second["account"]))
        self.assertEqual(inside(domain, "pgrep -x xrdp-sesman").stdout, manager)
        self.assertEqual(self.sessions()["fred"]["status"], "connected")

        self.leave(gina, "gina", ginas)
        self.leave(hugo, "hugo", hugos)
        # An account that was emptied gets no session any more, whoever asks for it.
        wait_until(lambda: "nologin" in inside(domain, f"getent passwd {others[0]}").stdout, 20, "the end of gina's account")
        late = inside(domain, f"setpriv --reuid {others[0]} --regid {others[0]} --groups xrdp timeout 10 xrdp-sesrun -g 1200x800 -b 32",
                      check=False)
        self.assertNotEqual(late.returncode, 0)
        self.assertEqual(inside(domain, f"pgrep -u {others[0]}", check=False).stdout, "")
        self.leave(fred, "fred", freds)
        for client in (freds_client, ginas_client, ginas_second_client, hugos_client):
            client.result(200)


if __name__ == "__main__":
    unittest.main()
