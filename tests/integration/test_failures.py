# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""What happens when parts die or people send nonsense: R4, R5, R7, R8, R12, R13, R14."""

import contextlib
import json
import os
import pathlib
import random
import resource
import signal
import socket
import ssl
import subprocess
import time
import unittest

from rdp import probe
from stack import Api, ApiError, Client, Stack, in_parallel, inside, run, virsh, wait_until


class BrokerKilled(unittest.TestCase):
    ROUNDS = 10

    def test_the_session_goes_on_and_nothing_is_lost_or_doubled(self):
        """kill -9 at random moments, 10 rounds, with the client's session open (R4, R8)."""
        with Stack(name="killed") as stack:
            pool = stack.pool("ward", spare=1, maximum=4)
            password = stack.user("anna")
            client = stack.client("--user", "anna", "--password-file", str(secret_file(stack, password)))
            client.wait_mark("firstFrame", 60)
            desktop = stack.desktop_of("anna")
            lives = set()
            for turn in range(self.ROUNDS):
                # Somebody else's connect is under way when the broker dies.
                other = f"user{turn}"
                person = stack.person(other)
                started = time.monotonic()
                moment = random.Random(turn).uniform(0, 0.4)
                in_parallel([lambda: person.connect(pool, key=f"key-number-{turn}"),
                             lambda: (time.sleep(moment), stack.kill_broker())])
                self.assertLess(time.monotonic() - started, 60)
                self.assertTrue(connected(desktop["address"]), f"round {turn}: the RDP connection was dropped")
                stack.start_broker()
                mine = wait_until(lambda: stack.desktop_of("anna"), 20, "the session after the restart")
                self.assertEqual((mine["id"], mine["incarnation"]), (desktop["id"], desktop["incarnation"]))
                wait_until(lambda: stack.desktop_of("anna")["status"] == "connected", 20, lambda: f"'connected' again\n{stack.tail()}")
                answer = person.connect_ready(pool, 60, key=f"key-number-{turn}")
                self.assertEqual(answer["lease"], person.connect(pool, key=f"key-number-{turn}")["lease"])
                life = stack.desktop_of(other)
                self.assertNotIn((life["id"], life["incarnation"]), lives)
                lives.add((life["id"], life["incarnation"]))
                stack.admin.call("POST", f"/api/v1/admin/sessions/{answer['lease']}/logoff")
                wait_until(lambda: stack.desktop_of(other) is None, 40, lambda: f"{other}'s lease is closed\n{stack.tail()}")
            wait_until(lambda: settled(stack), 60, lambda: f"rows and domains agree: {stack.desktops()} {stack.domains()}")
            self.assertTrue(connected(desktop["address"]))
            self.assertEqual(stack.desktop_of("anna")["status"], "connected")


class LibvirtKilled(unittest.TestCase):
    def test_brokering_works_again_after_libvirt_returns(self):
        """kill -9 of libvirtd; within 10 s of its return a new desktop is made, without a broker restart (R12)."""
        pids = run("pgrep", "-x", "libvirtd", check=False).stdout.split()
        if pathlib.Path("/run/systemd/system").exists():
            self.skipTest("libvirtd belongs to the service manager here")
        with Stack(name="libvirt") as stack:
            pool = stack.pool("ward", spare=1, maximum=3)
            anna = stack.person("anna")
            for pid in pids:
                os.kill(int(pid), signal.SIGKILL)
            wait_until(lambda: not run("pgrep", "-x", "libvirtd", check=False).stdout, 10, "the end of libvirtd")
            # The ready desktop can be had although libvirt is away.
            answer = anna.connect_ready(pool, 10)
            self.assertTrue(probe(stack, anna.redeem(answer["ticket"]))["ok"])
            health = Api(stack.url, stack.ca).call("GET", "/api/v1/health")
            self.assertTrue(health["hypervisor"])
            run(pathlib.Path(__file__).parents[2] / "packaging" / "services", "start")
            wait_until(lambda: stack.pool_item(pool)["ready"] >= 1, 10, lambda: f"a new spare: {stack.pool_item(pool)}\n{stack.tail()}")
            self.assertEqual(stack.desktop_of("anna")["lease"], answer["lease"])


class ContainerKilled(unittest.TestCase):
    """kill -9 of libvirt's process of a desktop: that very desktop comes back, with a new incarnation (R1, R5, R6)."""

    def setUp(self):
        self.stack = Stack(name="container").__enter__()
        self.addCleanup(self.stack.stop)
        self.pool = self.stack.pool("ward", spare=1, maximum=1)
        [self.desktop] = self.stack.desktops(self.pool)
        self.domain = f"{self.desktop['name']}-{self.desktop['id'][:8]}"

    def kill_container(self):
        controller = int(virsh("domid", self.domain).strip())
        first = int(pathlib.Path(f"/proc/{controller}/task/{controller}/children").read_text().split()[0])
        yield controller
        for process in (controller, first):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        wait_until(lambda: not pathlib.Path(f"/proc/{first}").exists(), 10, "the end of the container")
        yield first

    def back(self):
        [desktop] = self.stack.desktops(self.pool)
        return (desktop["id"] == self.desktop["id"] and desktop["incarnation"] > self.desktop["incarnation"]
                and desktop["status"] == "ready")

    def check_it_is_back(self):
        wait_until(self.back, 30, lambda: f"the desktop's next life: {self.stack.desktops(self.pool)} {virsh('list', '--all')}\n{self.stack.tail()}")
        answer = self.stack.person("anna").connect_ready(self.pool, 10)
        self.assertEqual(self.stack.desktop_of("anna")["lease"], answer["lease"])
        self.assertEqual([name for name in virsh("list", "--all", "--name").split() if name.startswith(self.domain)], [self.domain])

    def test_a_desktop_whose_controller_is_killed_comes_back(self):
        list(self.kill_container())
        self.check_it_is_back()

    def test_also_when_nobody_saw_it_die(self):
        """libvirt then keeps a shell of it, which has its name and cannot be ended."""
        if pathlib.Path("/run/systemd/system").exists():
            self.skipTest("libvirtd belongs to the service manager here")
        death = self.kill_container()
        next(death)
        for pid in run("pgrep", "-x", "libvirtd", check=False).stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        wait_until(lambda: not run("pgrep", "-x", "libvirtd", check=False).stdout, 10, "the end of libvirtd")
        next(death)
        run(pathlib.Path(__file__).parents[2] / "packaging" / "services", "start")
        self.check_it_is_back()


class Impatient(Stack):
    def more_settings(self):
        return "\n[limits]\nready_within_seconds = 5\n"


class SessionManagerKilled(unittest.TestCase):
    def test_a_desktop_that_nobody_could_get_into_is_not_offered(self):
        """xrdp still answers, with TLS; but whoever signed in would be told that there is no session manager."""
        with Impatient(name="sesman") as stack:
            pool = stack.pool("ward", spare=1, maximum=1)
            before = stack.desktops(pool)[0]
            inside(before["domain"], "pkill -KILL -x xrdp-sesman")
            wait_until(lambda: stack.desktops(pool)[0]["status"] != "ready", 30, lambda: f"'not ready': {stack.desktops(pool)}")
            after = wait_until(lambda: next((d for d in stack.desktops(pool) if d["status"] == "ready"), None), 60, "another life")
            self.assertGreater(after["incarnation"], before["incarnation"])


class NoLibvirt(unittest.TestCase):
    def test_the_pool_says_that_the_host_does_not_answer(self):
        with Stack(name="nolibvirt") as stack:
            config = stack.config.read_text().replace('uri = "lxc:///system"', 'uri = "lxc:///system?socket=/nonexistent/socket"')
            good = stack.admin.call("GET", "/api/v1/admin/hosts")["items"]
            stack.broker.terminate()
            stack.broker.wait()
            stack.config.write_text(config)
            stack.start_broker()
            for host in good:  # a host stays, also when the configuration does not name it any more
                stack.admin.call("DELETE", f"/api/v1/admin/hosts/{host['name']}")
            pool = stack.pool("ward", spare=1, maximum=2, wait=False)
            wait_until(lambda: "no virtualisation host answers" in stack.pool_item(pool)["message"], 20,
                       lambda: f"a plain message: {stack.pool_item(pool)}")
            person = stack.person("anna")
            try:
                answer = person.connect(pool)
                self.assertEqual(answer["state"], "preparing")
                self.assertTrue(answer["message"])
            except ApiError as error:
                self.assertIn(error.code, ("unavailable", "preparing"))
            self.assertEqual(Api(stack.url, stack.ca).call("GET", "/api/v1/health")["status"], "degraded")


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(name="bad").__enter__()
        cls.addClassCleanup(cls.stack.stop)
        cls.nobody = Api(cls.stack.url, cls.stack.ca)
        cls.password = cls.stack.user("anna")

    def refused(self, status, function, *words, **more):
        with self.assertRaises(ApiError) as refused:
            function(*words, **more)
        self.assertEqual(refused.exception.status, status, refused.exception)
        self.assertTrue(refused.exception.message, "an error must say something")
        return refused.exception

    def test_wrong_password_and_unknown_user_look_the_same(self):
        wrong = self.refused(401, self.nobody.sign_in, "anna", "not this one")
        unknown = self.refused(401, self.nobody.sign_in, "nobody-of-that-name", "x")
        self.assertEqual((wrong.code, wrong.message), (unknown.code, unknown.message))

    def test_an_empty_pool_is_explained(self):
        pool = self.stack.pool("empty", spare=0, maximum=0, wait=False)
        person = self.nobody.sign_in("anna", self.password)
        refused = self.refused(409, person.connect, pool)
        self.assertEqual(refused.code, "poolFull")

    def test_malformed_json_names_the_trouble(self):
        error = self.refused(400, self.nobody.call, "POST", "/api/v1/session", b'{"user": ')
        self.assertIn("JSON", error.message)
        error = self.refused(400, self.nobody.call, "POST", "/api/v1/session", {"user": "anna"})
        self.assertIn("password", error.message)

    def test_a_body_of_one_gibibyte_is_refused_unread(self):
        context = ssl.create_default_context(cafile=str(self.stack.ca))
        with socket.create_connection(("127.0.0.1", self.stack.port)) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as line:
                line.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                             b"Content-Length: 1073741824\r\n\r\n")
                line.settimeout(10)
                self.assertIn(b" 413 ", line.recv(4096).split(b"\r\n")[0])
        before = resident(self.stack.broker.pid)
        sent = subprocess.run(["curl", "-sk", "--cacert", self.stack.ca, "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "-T", "-",
                               "-H", "Content-Type: application/json", "-H", "Transfer-Encoding: chunked", "-H", "Expect:",
                               self.stack.url + "/api/v1/session"], stdin=open("/dev/zero", "rb"), capture_output=True, text=True, timeout=30)
        self.assertEqual(sent.stdout, "413", sent.stderr)
        self.assertLess(resident(self.stack.broker.pid) - before, 64 << 20)

    def test_two_thousand_half_open_connections(self):
        """Bounded memory, and somebody who behaves is served meanwhile (R13)."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
        before = resident(self.stack.broker.pid)
        lines = []
        try:
            for _ in range(2000):
                line = socket.create_connection(("127.0.0.1", self.stack.port), timeout=10)
                line.sendall(b"\x16\x03\x01")  # the first bytes of a TLS handshake that never comes
                lines.append(line)
            self.assertTrue(self.nobody.sign_in("anna", self.password).token)
            self.assertLess(resident(self.stack.broker.pid) - before, 200 << 20)
        finally:
            for line in lines:
                line.close()
        self.assertTrue(self.nobody.sign_in("anna", self.password).token)

    def test_a_clinician_is_kept_out_of_the_administrators_routes(self):
        person = self.nobody.sign_in("anna", self.password)
        self.refused(403, person.call, "GET", "/api/v1/admin/users")
        self.refused(401, self.nobody.call, "GET", "/api/v1/admin/users")

    def test_a_wrong_key_in_the_configuration_is_refused_with_its_line(self):
        wrong = self.stack.folder / "wrong.toml"
        wrong.write_text('[broker]\nstate = "/tmp/x"\nlissen = ["127.0.0.1:1"]\n')
        done = subprocess.run([self.stack_binary(), "--config", wrong, "--check-config"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"wrong\.toml.*\b3\b")
        self.assertIn("lissen", done.stderr)

    def stack_binary(self):
        from stack import BIN
        return str(BIN / "wardesk-broker")


class FullDisk(unittest.TestCase):
    def test_sessions_go_on_and_reconnects_work(self):
        """R14: new leases are refused in plain words, one's own lease is reached, nothing is lost afterwards."""
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        stack = Stack(name="full")
        stack.state.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", stack.state)
        try:
            with stack:
                pool = stack.pool("ward", spare=1, maximum=2)
                anna, bert = stack.person("anna"), stack.person("bert")
                mine = anna.connect_ready(pool)
                stack.wait_ready(pool, 1)
                filler = stack.state / "filler"
                with open(filler, "wb", buffering=0) as file:
                    try:
                        while True:
                            file.write(b"\0" * 4096)
                    except OSError:
                        pass
                refused = None
                for _ in range(40):  # the log may have a few pages left
                    try:
                        anna.connect(pool)
                        bert.connect(pool)
                        bert.call("POST", f"/api/v1/me/leases/{bert.connect(pool)['lease']}/disconnect")
                    except ApiError as error:
                        if error.code == "storageFull":
                            refused = error
                            break
                if refused is None:
                    for turn in range(200):
                        try:
                            stack.admin.call("POST", "/api/v1/admin/users", {"name": f"u{turn}", "password": "pw-long-enough"})
                        except ApiError as error:
                            refused = error
                            break
                self.assertEqual(refused.code, "storageFull", refused)
                self.assertTrue(refused.message)
                again = anna.connect(pool)
                self.assertEqual(again["lease"], mine["lease"])
                filler.unlink()
                wait_until(lambda: works(lambda: stack.user("cleo")), 10, lambda: f"writing again\n{stack.tail()}")
                self.assertEqual(anna.connect_ready(pool)["lease"], mine["lease"])
        finally:
            run("umount", "-l", stack.state, check=False)


def works(function):
    try:
        function()
        return True
    except ApiError:
        return False


def secret_file(stack, text):
    file = stack.folder / "password"
    file.write_text(text)
    file.chmod(0o600)
    return file


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    return 0


def connected(address):
    return run("ss", "-tnH", "state", "established", f"( dport = :3389 and dst {address} )").stdout.strip() != ""


def settled(stack):
    """Every running domain belongs to exactly one row and the other way round."""
    rows = [d["domain"] for d in stack.desktops() if d["status"] not in ("stopped", "recycling")]
    return sorted(rows) == sorted(stack.domains())


if __name__ == "__main__":
    unittest.main()
