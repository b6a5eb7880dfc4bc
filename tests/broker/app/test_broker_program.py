#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""wardesk-broker as whoever installs it meets it: command line, first administrator, start and stop, on a host whose libvirt is
not there. argv[1]: the program."""
import json
import os
import pathlib
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

PROGRAM = os.path.abspath(sys.argv.pop(1))
PASSWORD = "correct horse battery"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class BrokerProgram(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wardesk-broker-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.port = free_port()
        self.config = self.write("broker.toml", self.settings())

    def write(self, name, text):
        file = self.folder / name
        file.write_text(text)
        file.chmod(0o600)
        return file

    def settings(self, state="state", more=""):
        return (f'[broker]\nlisten = ["127.0.0.1:{self.port}"]\nstate = "{self.folder / state}"\n'
                f'[hypervisor]\nuri = "lxc+unix:///system?socket={self.folder}/nobody"\nagent_address = "127.0.0.1:{self.port}"\n{more}')

    def run_program(self, *words, config=None, text=None):
        return subprocess.run([PROGRAM, "--config", config or self.config, *words], input=text, capture_output=True, text=True, timeout=60)

    def expect(self, code, *words, says="", **more):
        done = self.run_program(*words, **more)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(says, done.stderr)
        self.assertNotIn(PASSWORD, done.stderr)
        return done

    def start(self, *words, environment=None):
        self.log = self.folder / "log"
        with self.log.open("ab") as log:
            broker = subprocess.Popen([PROGRAM, "--config", self.config, *words], stderr=log, env={**os.environ, **(environment or {})})
        self.addCleanup(self.stop, broker)
        self.until(lambda: self.health() is not None or broker.poll() is not None)
        self.assertIsNone(broker.poll(), self.log.read_text())
        return broker

    def stop(self, broker):
        if broker.poll() is None:
            broker.send_signal(signal.SIGTERM)
        return broker.wait(30)

    def until(self, condition):
        """The program's time limit is CTest's."""
        while not condition():
            time.sleep(0.02)

    def call(self, path, body=None):
        trust = ssl.create_default_context(cafile=self.folder / "state" / "ca.pem")
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", json.dumps(body).encode() if body else None,
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, context=trust, timeout=10) as answer:
            return json.load(answer)

    def health(self):
        try:
            return self.call("/api/v1/health")
        except OSError:
            return None

    # -- what is written wrong

    def test_a_configuration_says_what_is_wrong_with_it(self):
        self.expect(0, "--check-config")
        wrong = self.write("wrong.toml", self.settings(more="upper_mb = 512\n"))
        self.expect(2, "--check-config", config=wrong, says="upper_mb")
        self.expect(5, config=self.folder / "missing.toml", says="missing.toml")

    def test_a_taken_port_and_a_second_broker_are_refused(self):
        self.start()
        self.expect(6, says="another broker uses")
        self.config = self.write("other.toml", self.settings(state="other"))
        self.expect(7, says=str(self.port))

    # -- the first administrator

    def test_users_are_added_on_the_machine_itself(self):
        self.expect(2, "user", "add", "admin", "--admin", "--password-file", "-", text="short\n")
        self.expect(0, "user", "add", "admin", "--admin", "--password-file", "-", text=PASSWORD + "\n")
        self.expect(6, "user", "add", "ADMIN", "--password-file", "-", text=PASSWORD + "\n", says="ADMIN")
        self.expect(5, "user", "add", "nurse", "--password-file", str(self.folder / "none"), says="none")
        self.start()
        signed = self.call("/api/v1/session", {"user": "admin", "password": PASSWORD, "terminal": "test"})
        self.assertTrue(signed["admin"])

    def test_a_first_administrator_may_exist_already(self):
        file = self.write("first", PASSWORD + "\n")
        for _ in range(2):
            self.stop(self.start("--first-admin", "admin", "--first-password-file", file))
        self.start()
        self.assertTrue(self.call("/api/v1/session", {"user": "admin", "password": PASSWORD, "terminal": "test"})["admin"])

    # -- start and stop

    def test_it_runs_without_its_host_and_says_so(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(self.folder / "notify"))
            broker = self.start(environment={"NOTIFY_SOCKET": str(self.folder / "notify")})
            self.assertEqual(manager.recv(100), b"READY=1")
        self.until(lambda: self.health()["hypervisor"] != "not looked at yet")
        health = self.health()
        self.assertEqual((health["status"], health["database"]), ("degraded", "good"))
        self.assertNotEqual(health["hypervisor"], "good")
        self.assertEqual(self.stop(broker), 0)
        self.assertIn("broker.stopped", self.log.read_text())
        for name in ("broker.db", "ca.key"):
            self.assertEqual(stat.S_IMODE((self.folder / "state" / name).stat().st_mode), 0o600, name)

    def test_an_adoption_waits_for_the_host(self):
        self.stop(self.start())
        self.start("--adopt")
        self.until(lambda: "adoption" in self.health())
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.call("/api/v1/session", {"user": "nobody", "password": "x", "terminal": "test"})
        self.assertEqual(refused.exception.code, 401)  # signing in is not what waits

    # -- what brokers of one cluster have in common

    def test_a_second_broker_joins_by_a_file_of_secrets(self):
        bundle = self.folder / "bundle"
        self.expect(5, "cluster", "export", str(bundle), says="nothing to export yet")
        self.stop(self.start())
        secret = self.write("state/cluster.secret", "0123456789" * 4 + "\n")
        secret.chmod(0o644)
        self.expect(5, "cluster", "export", str(bundle), says="chmod 600")
        secret.chmod(0o600)
        self.expect(0, "cluster", "export", str(bundle))
        self.assertEqual(stat.S_IMODE(bundle.stat().st_mode), 0o600)
        second = self.write("second.toml", self.settings(state="second"))
        for _ in range(2):  # whoever does it again has joined already
            self.expect(0, "cluster", "join", str(bundle), config=second)
        for name in ("ca.pem", "ca.key", "cluster.secret"):
            self.assertEqual((self.folder / "second" / name).read_bytes(), (self.folder / "state" / name).read_bytes())
        # Its own authority is trusted by clients, and is not thrown away.
        self.write("second/ca.key", "another")
        self.expect(6, "cluster", "join", "-", config=second, text=bundle.read_text(), says="an authority of its own")
        self.write("bundle", "nonsense")
        self.expect(2, "cluster", "join", str(bundle), config=self.write("third.toml", self.settings(state="third")), says="is not what")


if __name__ == "__main__":
    unittest.main()
