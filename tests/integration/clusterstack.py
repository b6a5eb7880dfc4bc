# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Several real brokers on a real PostgreSQL pair, with real desktops."""

import json
import os
import signal
import ssl
import subprocess

from stack import ADMIN_PASSWORD, BIN, NETWORK, ROOT, STATE, SUBNET, URI, Api, ApiError, Stack, free_port, wait_until

TOOL = ROOT / "tests" / "support" / "postgres"


def postgres(*words):
    done = subprocess.run([str(TOOL), *map(str, words)], text=True, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(f"tests/support/postgres {words[0]}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else None


class Broker:
    def __init__(self, stack, number):
        self.stack, self.name, self.port = stack, f"broker-{number}", free_port()
        self.state, self.log = stack.folder / self.name, stack.folder / f"{self.name}.log"
        self.config, self.process = stack.folder / f"{self.name}.toml", None
        self.state.mkdir()
        self.config.write_text(f"""
[broker]
listen = ["127.0.0.1:{self.port}", "{SUBNET}.1:{self.port}"]
state = "{self.state}"
site = "{stack.site}"

[store]
database = "{stack.database['uri']}"
password_file = "{stack.password}"

[cluster]
name = "{self.name}"
peer_address = "127.0.0.1:{self.port}"

[hypervisor]
uri = "{URI}"
network = "{NETWORK}"
prefix = 24
first_address = "{stack.first}"
last_address = "{stack.last}"
agent_address = "{SUBNET}.1:{self.port}"
""")

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def words(self, *words, **more):
        return subprocess.run([BIN / "wardesk-broker", "--config", self.config, *words], text=True, capture_output=True,
                              check=False, **more)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([BIN / "wardesk-broker", "--config", self.config], stdout=log, stderr=log)
        wait_until(self.answers, 30, lambda: f"an answer of {self.name}: {self.tail()}")

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}: {self.tail()}")
        try:
            Api(self.url, self.stack.ca).call("GET", "/api/v1/health", timeout=3)
            return True
        except (OSError, ssl.SSLError):
            return False

    def signal(self, number):
        os.kill(self.process.pid, number)
        if number == signal.SIGKILL:
            self.process.wait()

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def end(self):
        if self.runs():
            self.signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGKILL)

    def said(self, text):
        return text in self.log.read_text(errors="replace")

    def tail(self, lines=12):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def api(self, other):
        """The same person, asking this broker."""
        api = Api.with_token(other, other.token)
        api.url = self.url
        return api


class ClusterStack(Stack):
    """As Stack, with `brokers` instead of one; `admin` asks the first."""

    def __init__(self, count=2, **more):
        super().__init__(**more)
        self.count, self.brokers, self.database = count, [], None
        self.password = self.folder / "database.password"

    def start(self):
        self.database = postgres("start", "--standby", "--with", os.getpid())
        self.password.write_bytes(open(self.database["passwordFile"], "rb").read())
        self.password.chmod(0o600)
        self.brokers = [Broker(self, number) for number in range(1, self.count + 1)]
        first = self.brokers[0]
        secret = self.folder / "admin.password"
        secret.write_text(ADMIN_PASSWORD)
        added = first.words("user", "add", "admin", "--admin", "--password-file", secret)
        if added.returncode:
            raise AssertionError(f"the first administrator could not be made: {added.stderr}")
        self.state = first.state
        first.start()
        for broker in self.brokers[1:]:
            bundle = first.words("cluster", "export", "-")
            joined = broker.words("cluster", "join", "-", input=bundle.stdout)
            if joined.returncode:
                raise AssertionError(f"{broker.name} cannot join: {bundle.stderr}{joined.stderr}")
            broker.start()
        self.admin = Api(self.url, self.ca).sign_in("admin", ADMIN_PASSWORD)
        self.admin.call("POST", "/api/v1/admin/images",
                        {"name": self.image, "version": "1", "source": str(STATE / "images" / self.image / "rootfs")})

    @property
    def url(self):
        return next((b.url for b in self.brokers if b.runs()), self.brokers[0].url)

    def tail(self, lines=12):
        return "\n".join(f"{b.name}: {b.tail(lines)}" for b in self.brokers)

    def seen_by(self, broker):
        """What this broker says of all of them, by name."""
        items = broker.api(self.admin).call("GET", "/api/v1/admin/brokers", timeout=5)["items"]
        return {item["name"]: item for item in items}

    def holder_of(self, pool, asked=None):
        seen = self.seen_by(asked or self.brokers[0])
        return next((self.named(name) for name, item in seen.items() if item["alive"] and pool in item["pools"]), None)

    def named(self, name):
        return next(b for b in self.brokers if b.name == name)

    def other(self, broker):
        return next(b for b in self.brokers if b is not broker and b.runs())

    def ask(self, broker):
        """From now on `admin` asks this one."""
        self.admin = broker.api(self.admin)

    def leases(self, node="primary"):
        done = postgres("sql", self.database["dir"], "SELECT coalesce(json_agg(id), '[]') FROM leases", "--node", node,
                        "--database", self.database["database"])
        return set(json.loads(done["result"]))

    def stop(self):
        for client in self.clients:
            client.stop()
        self.clients = []
        for broker in self.brokers:
            broker.end()
        super().stop()
        if self.database:
            postgres("stop", self.database["dir"])


def granted(api, pool, key):
    """The lease of a connect that was answered, or None when nobody could."""
    try:
        answer = api.connect(pool, key)
        return answer.get("lease") if answer["state"] == "ready" else None
    except (ApiError, OSError, ssl.SSLError):
        return None
