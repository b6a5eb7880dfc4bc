# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A ground with two brokers on one PostgreSQL, and clients that know both."""

import os
import subprocess

from ground import NET_TROUBLE
from postgres import PostgresGround
from stack import BIN, SUBNET, Api, free_port, wait_until


class RoamingApi(Api):
    """Asks the next broker when one does not answer, as the client does."""

    urls = ()

    def call(self, method, path, body=None, headers=None, timeout=20):
        for last, url in enumerate(list(self.urls), 1):
            self.url = url
            try:
                return super().call(method, path, body, headers, timeout if last == len(self.urls) else 3)
            except NET_TROUBLE:
                if last == len(self.urls):
                    raise
                self.urls.remove(url)
                self.urls.append(url)  # whoever answers is asked first from now on
        return None

    @staticmethod
    def of(ground, token):
        api = RoamingApi.with_token(Api(ground.url, ground.ca), token)
        roaming = RoamingApi.__new__(RoamingApi)
        roaming.__dict__.update(api.__dict__)
        roaming.urls = list(ground.urls)
        return roaming


class ClusterGround(PostgresGround):
    def __init__(self, **more):
        super().__init__(**more)
        self.second_port, self.second, self.urls = free_port(), None, []

    def more_settings(self):
        return super().more_settings() + f"""
[cluster]
name = "one"
peer_address = "127.0.0.1:{self.port}"
"""

    def start(self):
        self.urls = [self.url]
        super().start()
        self.urls.append(f"https://127.0.0.1:{self.second_port}")
        state = self.folder / "second"
        state.mkdir()
        config = self.folder / "second.toml"
        config.write_text(self.config.read_text().replace(f":{self.port}", f":{self.second_port}").replace(str(self.state), str(state))
                          .replace('name = "one"', 'name = "two"'))
        exported = subprocess.run([BIN / "wardesk-broker", "--config", self.config, "cluster", "export", "-"], check=True, capture_output=True)
        subprocess.run([BIN / "wardesk-broker", "--config", config, "cluster", "join", "-"], input=exported.stdout, check=True, capture_output=True)
        with open(self.folder / "second.log", "ab") as log:
            self.second = subprocess.Popen([BIN / "wardesk-broker-points", "--config", config], stdout=log, stderr=log,
                                           env={**os.environ, **self.broker_environment})
        second = Api(self.urls[1], self.ca)
        wait_until(lambda: answers(second), 30, "the second broker's answer")
        self.admin = RoamingApi.of(self, self.admin.token)
        self.witness = RoamingApi.of(self, self.witness.token)

    def stop(self):
        if self.second and self.second.poll() is None:
            self.second.kill()
            self.second.wait()
        super().stop()

    def somebody(self, name):
        api = super().somebody(name)
        return RoamingApi.of(self, api.token)

    def health(self):
        try:
            return RoamingApi.of(self, None).call("GET", "/api/v1/health")
        except NET_TROUBLE:
            return {}

    def tail(self, lines=12):
        second = (self.folder / "second.log")
        text = second.read_text(errors="replace") if second.exists() else ""
        return super().tail(lines) + "\n-- the second broker:\n" + "\n".join(text.splitlines()[-lines:])

    def claims(self):
        return self.rows("SELECT pool_id, broker_id, expires_at > extract(epoch FROM clock_timestamp()) * 1000 AS valid FROM pool_claims")

    def working(self):
        """The process number of the broker that has the pool's work now, or 0."""
        for pool, broker, valid in self.claims():
            if pool == self.ward and valid:
                return self.broker.pid if broker == "one" else self.second.pid
        return 0


def answers(api):
    try:
        api.call("GET", "/api/v1/health", timeout=5)
        return True
    except NET_TROUBLE:
        return False
