#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""R11: how long it takes a broker with an old database to adopt what runs, and whether anybody gets what is another's.

The broker, its database, TLS and the WebSockets are real; the host is libvirt's test driver with a domain for each desktop, and the
agents are this program's. Users ask for desktops all the time. Needs no root, no libvirtd and no image.

    tests/bench/adopt.py [--desktops 500] [--postgres] [--json]      prints a line of JSON; exit 1 when anybody got another's desktop
"""

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import random
import re
import secrets
import shutil
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import uuid

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "integration")]
from harness import emit, say  # noqa: E402
from stack import BIN, Api, ApiError, free_port, wait_until  # noqa: E402

PASSWORD = "adopt-" + secrets.token_hex(8)
SITE = "adopt-bench"
BACKUP_EPOCH, SEEN_EPOCH = 1000, 9000  # what the backup has come to, and what was given out since
STATES = ["connected"] * 14 + ["disconnected"] * 2 + ["prepared"] * 3 + ["ended"]  # of twenty agents; "prepared": free


class Desktop:
    """One that really runs, and what its agent knows."""

    def __init__(self, number, pool, organisation):
        self.number, self.pool, self.organisation = number, pool, organisation
        self.id, self.uuid = str(uuid.uuid4()), str(uuid.uuid4())
        self.name = f"ward-{number:03}"
        self.address = f"10.77.{number // 200}.{number % 200 + 10}"
        self.state = STATES[number % len(STATES)]
        self.known = number % 2 == 0  # to the backup, as an earlier incarnation or as this one
        self.incarnation = 1 if number % 4 == 0 else 3
        self.secret = secrets.token_urlsafe(32)
        self.epoch = BACKUP_EPOCH + 10 + number
        self.user = None if self.state == "prepared" else f"user-{number:03}"
        self.lease = None if self.state == "prepared" else str(uuid.uuid4())
        self.certificate = hashlib.sha256(self.secret.encode()).hexdigest()

    @property
    def hash(self):
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def xml(self, image):
        return f"""<domain type='test'><name>{self.name}-{self.id[:8]}</name><uuid>{self.uuid}</uuid>
<metadata><wardesk:desktop xmlns:wardesk='urn:wardesk:domain:1' site='{SITE}' organisation='{self.organisation}' pool='{self.pool}'
 desktop='{self.id}' incarnation='{self.incarnation}' epoch='{BACKUP_EPOCH + 5}' name='{self.name}' address='{self.address}' image='{image}'
 bootstrap-sha256='{self.hash}'/></metadata><memory unit='MiB'>8</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"""

    def hello(self):
        report = {"kind": "hello", "epoch": self.epoch, "isReady": True, "certificateSha256": self.certificate, "session": self.state,
                  "version": "bench"}
        if self.lease:
            report.update(lease=self.lease, user=self.user)
        return report


class Agent:
    """As much of the desktop's agent as the broker can tell: TLS, WebSocket, hello, prepare, backoff."""

    def __init__(self, desktop, port, key):
        self.desktop, self.port, self.key = desktop, port, key
        self.attempts = 0
        self.prepared = []

    async def run(self):
        failures = 0
        while True:
            try:
                await self.session()
                failures = 0
            except (OSError, ssl.SSLError, EOFError, asyncio.IncompleteReadError):
                failures += 1
            wait = min(5.0, 0.1 * 2 ** (failures + 1))
            await asyncio.sleep(0.1 + random.random() * (wait - 0.1))

    async def session(self):
        self.attempts += 1
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # trust is not what is measured
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=context)
        try:
            d = self.desktop
            writer.write((f"GET /api/v1/agent HTTP/1.1\r\nHost: broker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
                          f"Authorization: Bootstrap {d.id}.{d.incarnation}.{d.secret}\r\n\r\n").encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise EOFError
            self.send(writer, d.hello())
            while True:
                opcode, payload = await self.frame(reader)
                if opcode == 9:
                    self.send_raw(writer, 10, payload)
                elif opcode == 8:
                    raise EOFError
                elif opcode == 1:
                    self.obey(writer, json.loads(payload))
        finally:
            writer.close()

    def obey(self, writer, command):
        d = self.desktop
        answer = {"kind": "answer", "id": command["id"]}
        if command["epoch"] < d.epoch:
            answer["error"] = "stale"
        elif d.lease and command["lease"] != d.lease:
            answer["error"] = "conflict"
        else:
            d.epoch = command["epoch"]
            self.prepared.append(command.get("user"))
            if command["kind"] == "prepare":
                answer.update(account="clinician", credential=secrets.token_urlsafe(16))
        self.send(writer, {**answer, "epoch": d.epoch})

    def send(self, writer, message):
        self.send_raw(writer, 1, json.dumps(message).encode())

    @staticmethod
    def send_raw(writer, opcode, payload):
        size = len(payload)
        head = bytes([0x80 | opcode, 0x80 | size]) if size < 126 else bytes([0x80 | opcode, 0xFE]) + size.to_bytes(2, "big")
        mask = os.urandom(4)
        writer.write(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    @staticmethod
    async def frame(reader):
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            size = int.from_bytes(await reader.readexactly(2), "big")
        return first & 15, await reader.readexactly(size)


def literal(value):
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def insert(table, **values):
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(map(literal, values.values()))});"


class Sqlite:
    name = "SQLite"

    def __init__(self, state):
        self.file = state / "broker.db"

    settings = ""

    def run(self, statements):
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.executescript("BEGIN;" + "\n".join(statements) + "COMMIT;")

    def rows(self, query):
        with contextlib.closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()

    def epoch(self, value):
        return f"UPDATE counters SET value = {value} WHERE name = 'epoch';"

    def stop(self):
        pass


class Postgres:
    name = "PostgreSQL"

    def __init__(self, folder):
        self.cluster = self.tool("start", "--with", os.getpid())
        password = folder / "database.password"
        password.write_bytes(pathlib.Path(self.cluster["passwordFile"]).read_bytes())
        password.chmod(0o600)
        self.settings = f"""
[store]
database = "{self.cluster['uri']}"
password_file = "{password}"
"""

    @staticmethod
    def tool(*words):
        done = subprocess.run([str(FOLDER.parent / "support" / "postgres"), *map(str, words)], text=True, capture_output=True, check=False)
        if done.returncode:
            raise AssertionError(f"tests/support/postgres {words[0]}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def sql(self, statement):
        return self.tool("sql", self.cluster["dir"], statement, "--database", self.cluster["database"])["result"]

    def run(self, statements):
        for at in range(0, len(statements), 100):  # a word of a command has its limit
            self.sql("BEGIN;" + "\n".join(statements[at:at + 100]) + "COMMIT;")

    def rows(self, query):
        table = json.loads(self.sql(f"SELECT coalesce(json_agg(row_to_json(t)), '[]') FROM ({query}) t"))
        return [tuple(row.values()) for row in table]

    def epoch(self, value):
        return f"SELECT setval('epochs', {value});"

    def stop(self):
        self.tool("stop", self.cluster["dir"])


class Trial:
    def __init__(self, desktops, postgres=False):
        self.count = desktops
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wardesk-adopt-"))
        self.state, self.config, self.log = self.folder / "state", self.folder / "broker.toml", self.folder / "broker.log"
        self.state.mkdir()
        self.port = free_port()
        self.broker = None
        self.database = Postgres(self.folder) if postgres else Sqlite(self.state)

    def configure(self, uri):
        self.config.write_text(f"""
[broker]
listen = ["127.0.0.1:{self.port}"]
state = "{self.state}"
site = "{SITE}"
[hypervisor]
uri = "{uri}"
first_address = "10.77.0.2"
last_address = "10.77.200.250"
agent_address = "127.0.0.1:{self.port}"
{self.database.settings}""")

    def start(self):
        with open(self.log, "ab") as log:
            self.broker = subprocess.Popen([BIN / "wardesk-broker", "--config", self.config], stdout=log, stderr=log)

    def stop(self):
        if self.broker and self.broker.poll() is None:
            self.broker.terminate()
            self.broker.wait(20)

    def api(self):
        return Api(f"https://127.0.0.1:{self.port}", self.state / "ca.pem")

    def health(self):
        try:
            return self.api().call("GET", "/api/v1/health", timeout=5)
        except (OSError, ssl.SSLError, FileNotFoundError):
            return None

    def prepare(self):
        """The hospital as the backup has it, and the host as it is."""
        password = self.folder / "password"
        password.write_text(PASSWORD)
        self.configure("test:///default")
        subprocess.run([BIN / "wardesk-broker", "--config", self.config, "user", "add", "admin", "--admin", "--password-file", password],
                       check=True, capture_output=True)
        self.start()
        wait_until(self.health, 20, "the broker's first answer")
        admin = self.api().sign_in("admin", PASSWORD)
        image = admin.call("POST", "/api/v1/admin/images", {"name": "plain", "version": "1", "source": "/nonexistent"})
        pool = admin.call("POST", "/api/v1/admin/pools", {"name": "ward", "image": "plain", "spare": 0, "max": self.count + 50, "everybody": True})
        self.stop()
        organisation, folded = self.database.rows("SELECT organisation_id, password_hash FROM users")[0]
        self.desktops = [Desktop(n, pool["id"], organisation) for n in range(self.count)]
        now = int(time.time() * 1000)
        words = []
        for n in range(self.count + 20):  # the last twenty have no desktop and want one
            name = f"user-{n:03}"
            words.append(insert("users", id=name, organisation_id=organisation, name=name, folded_name=name, display_name=name,
                                role="clinician", disabled=0, password_hash=folded, created_at=now))
        for d in self.desktops:
            if not d.known:
                continue
            same = d.incarnation == 1
            leased = d.number % 8 == 2  # in the backup, to somebody who is on another desktop now
            words.append(insert("desktops", id=d.id, organisation_id=organisation, pool_id=d.pool, name=d.name, address=d.address))
            words.append(insert("incarnations", desktop_id=d.id, number=1, organisation_id=organisation, pool_id=d.pool,
                                domain_uuid=d.uuid if same else str(uuid.uuid4()), image_id=image["id"],
                                bootstrap_hash=d.hash if same else "0" * 64, certificate_sha256=d.certificate if same else "1" * 64,
                                created_at=now, started_at=now, ready_at=now, leased=int(leased)))
            if leased:
                words.append(insert("leases", id=str(uuid.uuid4()), organisation_id=organisation, pool_id=d.pool, desktop_id=d.id,
                                    incarnation=1, user_id=f"user-{(d.number + 1) % self.count:03}", epoch=d.number + 1, terminal="",
                                    granted_at=now, first_connected_at=now))
        self.database.run([*words, self.database.epoch(BACKUP_EPOCH)])
        (self.state / "epoch").write_text(f"wardesk-epoch {SEEN_EPOCH:020}\n")
        node = self.folder / "node.xml"
        node.write_text("<node>" + "".join(d.xml(image["id"]) for d in self.desktops) + "</node>")
        self.configure(f"test://{node}")

    async def measure(self):
        agents = [Agent(d, self.port, None) for d in self.desktops]
        tasks = [asyncio.create_task(agent.run()) for agent in agents]
        answers = {"refused": 0, "given": 0, "wrong": 0}
        began = time.monotonic()
        self.start()
        seconds, most = None, 0
        asking = None
        while seconds is None:
            await asyncio.sleep(0.02)
            health = await asyncio.to_thread(self.health)
            if health is None:
                if time.monotonic() - began > 60:
                    raise AssertionError(f"no answer: {self.log.read_text()[-2000:]}")
                continue
            if asking is None:
                asking = asyncio.create_task(self.ask(answers))
            adoption = health.get("adoption")
            if adoption is None:
                seconds = time.monotonic() - began
            else:
                most = max(most, adoption["settled"])
                if time.monotonic() - began > 120:
                    raise AssertionError(f"still adopting: {health}")
        await asyncio.sleep(1)
        asking.cancel()
        wrong = self.check(agents)
        for task in tasks:
            task.cancel()
        return {"bench": "adopt", "value": round(seconds, 2), "unit": "s", "adopting": self.adopting(),  "goal": 30, "met": seconds <= 30 and not wrong and not answers["wrong"],
                "database": self.database.name, "desktops": self.count, "double": len(wrong) + answers["wrong"], "findings": wrong[:5],
                "attempts": sum(a.attempts for a in agents), "asked": answers, "load": round(os.getloadavg()[0], 1)}

    async def ask(self, answers):
        """Users who have a desktop, and users who have none, ask as fast as they are answered."""
        owners = {d.user: d for d in self.desktops if d.state in ("connected", "disconnected")}
        names = list(owners)[:12] + [f"user-{n:03}" for n in range(self.count, self.count + 8)]

        async def one(name):
            api = await asyncio.to_thread(self.api().sign_in, name, PASSWORD)
            while True:
                try:
                    answer = await asyncio.to_thread(api.connect, "ward")
                except ApiError as error:
                    answers["refused"] += 1
                    await asyncio.sleep(0.2 if error.status == 503 else 0.5)
                    continue
                if answer["state"] == "ready":
                    answers["given"] += 1
                    right = name in owners and answer["lease"] == owners[name].lease and \
                        answer["desktop"]["address"] == owners[name].address
                    if not right:
                        answers["wrong"] += 1
                        say(f"{name} was given {answer}")
                await asyncio.sleep(0.5)

        await asyncio.gather(*(one(name) for name in names))

    def adopting(self):
        """Seconds from the evidence to the end, by the broker's own log."""
        found = re.findall(r'system.adoptionEnded .*ms="(\d+)"', self.log.read_text())
        return round(int(found[-1]) / 1000, 2) if found else None

    def check(self, agents):
        """Reads only the database and what the agents obeyed: whoever sits in a desktop has its lease, and nobody else."""
        rows = self.database.rows("SELECT desktop_id, incarnation, user_id, id, closed_at FROM leases")
        of = {}
        for desktop, incarnation, user, lease, closed in rows:
            of.setdefault((desktop, incarnation), []).append((user, lease, closed))
        findings = []
        for d in self.desktops:
            leases = of.get((d.id, d.incarnation), [])
            if d.state in ("connected", "disconnected"):
                if [(u, le) for u, le, c in leases if c is None] != [(d.user, d.lease)]:
                    findings.append(f"{d.name} of {d.user}: {leases}")
            elif any(c is None for _, _, c in leases):
                findings.append(f"{d.name}, {d.state}: {leases}")
        for agent in agents:
            if any(user != agent.desktop.user for user in agent.prepared):
                findings.append(f"{agent.desktop.name} was prepared for {agent.prepared}, it is of {agent.desktop.user}")
        return findings


def measure(runs, desktops=500, databases=(False, True)):
    for postgres in [kind for _ in range(runs) for kind in databases]:
        trial = Trial(desktops, postgres)
        try:
            trial.prepare()
            yield asyncio.run(trial.measure())
        finally:
            trial.stop()
            trial.database.stop()
            if os.environ.get("WARDESK_KEEP") == "1":
                say(f"kept: {trial.folder}")
            else:
                shutil.rmtree(trial.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--desktops", type=int, default=500)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, a server of its own")
    parser.add_argument("--json", action="store_true", help="only the figures")
    chosen = parser.parse_args()
    import harness
    harness.silent = chosen.json
    line = next(measure(1, chosen.desktops, [chosen.postgres]))
    emit(line)
    return 0 if line["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
