# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The ground a fault strikes on: a whole Wardesk whose broker can be held at named points, and a witness.

The witness is a clinician with a real RDP session that lasts as long as the ground: whatever strikes, it must not be dropped.
"""

import contextlib
import glob
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from stack import BIN, ROOT, Api, ApiError, Stack, agent_pid, init_pid, run, virsh, wait_until  # noqa: E402

POOL_SPARE, POOL_MAXIMUM = 2, 8
NET_TROUBLE = (OSError, ConnectionError, TimeoutError)  # ssl.SSLError and URLError are OSErrors, too


class Points:
    """The moments at which this ground's broker can be held (testpoints.h)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)

    def arm(self, name, words=""):
        self.clear()
        (self.folder / "new").write_text(words)
        (self.folder / "new").rename(self.folder / f"arm-{name}")

    def held(self, name):
        return (self.folder / f"held-{name}").exists() and (self.folder / f"words-{name}").exists()

    def words(self, name):
        return (self.folder / f"words-{name}").read_text().split()

    def wait_held(self, name, seconds=60, hint=lambda: ""):
        wait_until(lambda: self.held(name), seconds, lambda: f"the point '{name}' {hint()}")

    def clear(self):
        """Lets go of whoever is held, and forgets what was armed."""
        for file in self.folder.iterdir():
            file.unlink(missing_ok=True)


class RdpSession:
    """A real RDP connection by the client's own worker, held until it is ended or drops."""

    def __init__(self, ground, credential):
        self.address = credential["desktop"]["address"]
        secret = ground.folder / f"credential-{secrets.token_hex(4)}"
        secret.write_text(credential["credential"])
        secret.chmod(0o600)
        self.output = ground.folder / f"rdp-{secrets.token_hex(4)}.json"
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [str(w) for w in (BIN / "wardesk-rdp-probe", "--address", self.address, "--port", credential["desktop"]["port"],
                                  "--fingerprint", credential["desktop"]["certificateSha256"], "--account", credential["account"],
                                  "--credential-file", secret, "--size", "1024x768", "--hold", 36000, "--timeout", 60 * ground.patience)],
                stdout=output, stderr=output, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
        self.secret = secret

    def lines(self):
        """The established TCP connections of this session, as 'local address:port'."""
        listed = run("ss", "-tnHp", "state", "established", f"( dport = :3389 and dst {self.address} )", check=False).stdout
        return sorted(line.split()[2] for line in listed.splitlines())

    def alive(self):
        return self.process.poll() is None and bool(self.lines())

    def kill(self):
        """The client dies without a word."""
        for child in run("pgrep", "-P", str(self.process.pid), check=False).stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), 9)
        self.end(9)

    def end(self, number=15):
        if self.process.poll() is None:
            self.process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.secret.unlink(missing_ok=True)

    def said(self):
        with contextlib.suppress(OSError):
            return self.output.read_text(errors="replace")[-300:]
        return ""


class Ledger:
    """What clients were told, so that it can be compared with what is: no grant may be lost or given twice."""

    def __init__(self):
        self.grants = {}  # lease id: (user, certificate of the incarnation)
        self.owner = {}  # certificate of an incarnation: the user who was told that it is his
        self.doubles = []

    def acknowledge(self, user, answer):
        certificate = answer["desktop"]["certificateSha256"]
        first = self.owner.setdefault(certificate, user)
        if first != user:
            self.doubles.append(f"{answer['desktop']['address']} was given to {first} and to {user}")
        self.grants.setdefault(answer["lease"], (user, certificate))


class Ground(Stack):
    """Options: clock (a wall clock that can jump), small_disk (MiB of the state's own file system), failing_disk (one that can fail)."""

    def __init__(self, clock=False, small_disk=0, failing_disk=False, name="fm", **more):
        super().__init__(name=name, first=100, last=199, **more)
        self.points = Points(self.folder / "points")
        self.small_disk = small_disk
        self.broker_environment = {"WARDESK_POINTS": str(self.points.folder)}
        self.disk_fails = self.folder / "disk-fails"
        self.clock_file = self.folder / "clock"
        if failing_disk:
            self.broker_environment.update(LD_PRELOAD=str(BIN / "wardesk-failing-disk.so"), WARDESK_DISK_FAILS=str(self.disk_fails))
        if clock:
            self.set_clock("+0")
            self.broker_environment.update(LD_PRELOAD=libfaketime(), FAKETIME_TIMESTAMP_FILE=str(self.clock_file), FAKETIME_NO_CACHE="1",
                                           DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.ledger = Ledger()
        self.permitted_losses = set()
        self.passwords, self.made = {}, set()
        self.witness_session = None
        if small_disk:
            self.state.mkdir()
            run("mount", "-t", "tmpfs", "-o", f"size={small_disk}m", "tmpfs", self.state)

    # -- life
    def start(self):
        super().start()
        self.ward = self.pool("ward", spare=POOL_SPARE, maximum=POOL_MAXIMUM, wait=False)
        # Machines are copies of one that is booted and saved the first time on this ground's host.
        self.wait_ready(self.ward, POOL_SPARE, seconds=1500 if self.kind == "qemu" else 90)
        self.witness = self.somebody("witness")
        answer = self.witness.connect_ready(self.ward)
        self.ledger.acknowledge("witness", answer)
        self.witness_lease = answer["lease"]
        self.witness_session = RdpSession(self, self.witness.redeem(answer["ticket"]))
        self.witness_desktop = wait_until(self.witness_connected, 30 * self.patience, lambda: f"the witness's session {self.witness_session.said()}")
        self.witness_lines = self.witness_session.lines()
        self.wait_ready(self.ward, POOL_SPARE, seconds=90 * self.patience)

    def start_broker(self, wait=True, environment=None):
        with open(self.log, "ab") as log:
            self.broker = subprocess.Popen([BIN / "wardesk-broker-points", "--config", self.config], stdout=log, stderr=log,
                                           env={**os.environ, **self.broker_environment, **(environment or {})})
        if wait:
            wait_until(self.answers, 20, lambda: f"the broker's answer (see {self.log}: {self.tail()})")

    def stop(self):
        self.points.clear()
        if self.witness_session:
            self.witness_session.kill()
        super().stop()
        if self.small_disk:
            run("umount", "-l", self.state, check=False)

    # -- who is there
    def somebody(self, name):
        """Signed in; the same name is the same user again."""
        if name not in self.made:
            # Known before it is asked for: the answer may be lost, and the user there when it is asked again.
            asked = name in self.passwords
            password = self.passwords.setdefault(name, "pw-" + secrets.token_hex(6))
            try:
                self.user(name, password)
            except ApiError as error:
                if error.status != 409 or not asked:
                    raise
            self.made.add(name)
        return Api(self.url, self.ca).sign_in(name, self.passwords[name])

    def witness_connected(self):
        desktop = self.desktop_of("witness")
        return desktop if desktop and desktop["status"] == "connected" else None

    def health(self):
        try:
            return Api(self.url, self.ca).call("GET", "/api/v1/health", timeout=5)
        except NET_TROUBLE:
            return {}

    # -- the truth in the database, read past the broker
    def database(self):
        return self.state / "broker.db"

    def rows(self, statement, *values):
        import sqlite3
        with contextlib.closing(sqlite3.connect(f"file:{self.database()}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(statement, values).fetchall()

    def address_of(self, domain):
        return self.rows("SELECT d.address FROM desktops d JOIN incarnations i ON i.desktop_id = d.id WHERE i.domain_uuid = ?", domain)[0][0]

    def user_id(self, name):
        return self.rows("SELECT id FROM users WHERE name = ?", name)[0][0]

    def change_pool(self, **change):
        return retry(lambda: self.admin.call("PATCH", f"/api/v1/admin/pools/{self.ward}", change), 30, "the pool is changed")

    def tell_pool(self):
        """Makes the broker look at the pool now."""
        self.change_pool(description=secrets.token_hex(4))

    def set_clock(self, offset):
        """The broker's wall clock from now on; its monotonic clock goes on."""
        new = self.folder / "clock.new"
        new.write_text(offset + "\n")
        new.rename(self.clock_file)

    # -- a desktop's processes
    def kill_desktop(self, domain):
        """What the host runs of it is killed: a container's init, a virtual machine's QEMU."""
        pid = init_pid(domain) if self.kind != "qemu" else run("pgrep", "-f", f"qemu-system.*-uuid {domain}").stdout.split()[0]
        os.kill(int(pid), signal.SIGKILL)

    def agent(self, domain):
        """The number of its agent's process, in the desktop's own count if that is a virtual machine; nothing while there is none."""
        try:
            if self.kind != "qemu":
                return agent_pid(domain)
            return self.inside(domain, "pgrep -xf '/usr/sbin/wardesk-agent run'").stdout.split()[0]
        except (AssertionError, IndexError, OSError, subprocess.CalledProcessError):
            return None

    def kill_agent(self, domain, pid):
        if self.kind == "qemu":
            self.inside(domain, f"kill -9 {pid}")
        else:
            os.kill(int(pid), signal.SIGKILL)

    def runs(self, domain):
        return domain in virsh("list", "--uuid", uri=self.host).split()

    def services(self, word):
        return run(ROOT / "packaging" / "services", word)


def retry(action, seconds, what, gives_up=lambda error: False):
    """What a client does: asks again until it is answered. Returns (answer, seconds it took)."""
    started = time.monotonic()
    last = None
    while time.monotonic() - started < seconds:
        try:
            answer = action()
            if answer:
                return answer, time.monotonic() - started
        except ApiError as error:
            last = error
            if gives_up(error):
                raise
        except NET_TROUBLE as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what} (last: {last})")


def libfaketime():
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise AssertionError("libfaketime is not installed (run packaging/setup)")
    return found[0]
