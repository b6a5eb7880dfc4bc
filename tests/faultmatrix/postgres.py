# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A ground whose database is PostgreSQL with a synchronous standby."""

import json
import os
import subprocess

from ground import Ground
from stack import ROOT

TOOL = ROOT / "tests" / "support" / "postgres"


def tool(*words):
    done = subprocess.run([str(TOOL), *map(str, words)], text=True, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(f"tests/support/postgres {words[0]}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else None


class PostgresGround(Ground):
    def __init__(self, **more):
        super().__init__(**more)
        self.cluster = None
        self.writer = "primary"

    def start(self):
        self.cluster = tool("start", "--standby", "--with", os.getpid())
        super().start()

    def stop(self):
        super().stop()
        if self.cluster:
            tool("stop", self.cluster["dir"])

    def more_settings(self):
        password = self.folder / "database.password"
        password.write_bytes(open(self.cluster["passwordFile"], "rb").read())
        password.chmod(0o600)
        return f"""
[store]
database = "{self.cluster['uri']}"
password_file = "{password}"
"""

    def node(self, act):
        tool("node", self.cluster["dir"], act, self.writer)

    def promote(self):
        tool("promote", self.cluster["dir"])
        self.writer = "standby"

    def rows(self, statement, *values):
        for value in values:
            text = str(value).replace("'", "''")
            statement = statement.replace("?", text if isinstance(value, int) else f"'{text}'", 1)
        done = tool("sql", self.cluster["dir"], f"SELECT coalesce(json_agg(row_to_json(t)), '[]') FROM ({statement}) t",
                    "--node", self.writer, "--database", self.cluster["database"])
        table = json.loads(done["result"])
        return [tuple(row.values()) for row in table]
