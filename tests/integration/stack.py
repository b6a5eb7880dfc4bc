# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""A whole Wardesk on this machine, for tests and benches: real libvirt, real desktops, the real broker and client.

Everything lives in one temporary folder and on one libvirt network of its own; stop() leaves no domain, process or mount.
"""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WARDESK_BUILD", ROOT / "build" / "release"))
BIN = BUILD / "bin"
STATE = pathlib.Path(os.environ.get("WARDESK_STATE", "/var/lib/wardesk"))
NETWORK = os.environ.get("WARDESK_NETWORK", "wardesk")
SUBNET = os.environ.get("WARDESK_PREFIX", "10.213.0")
URI = os.environ.get("LIBVIRT_URI", "lxc:///system")
QEMU_URI = os.environ.get("WARDESK_QEMU_URI", "qemu:///system")
STORAGE = os.environ.get("WARDESK_STORAGE", "wardesk")
VOLUMES = pathlib.Path(os.environ.get("WARDESK_VOLUMES", STATE / "volumes"))
ADMIN_PASSWORD = "admin-" + secrets.token_hex(8)


class ApiError(Exception):
    """An answer of the broker that is not 2xx."""

    def __init__(self, status, body, headers):
        super().__init__(f"{status}: {body}")
        self.status, self.body, self.headers = status, body, headers
        self.code = body.get("code") if isinstance(body, dict) else None
        self.message = body.get("message", "") if isinstance(body, dict) else str(body)


def wait_until(condition, seconds, what):
    """Polls until condition() is true (returns its value) or fails naming what was waited for; a function is asked when it fails."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.05)


def run(*words, check=True, text=True, **more):
    return subprocess.run([str(word) for word in words], check=check, text=text, capture_output=True, **more)


def virsh(*words, check=True, uri=URI):
    return run("virsh", "-q", "-c", uri, *words, check=check).stdout


class Api:
    """One signed-in person (or nobody) at the broker's JSON API."""

    def __init__(self, url, ca, token=None):
        self.url, self.token = url, token
        self.context = ssl.create_default_context(cafile=str(ca))

    def call(self, method, path, body=None, headers=None, timeout=30):
        data = None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=dict(headers or {}))
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self.context) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                text = json.loads(text)
            except ValueError:
                text = text.decode(errors="replace")
            raise ApiError(error.code, text, error.headers) from None

    def sign_in(self, user, password, **more):
        answer = self.call("POST", "/api/v1/session", {"user": user, "password": password, **more})
        return Api.with_token(self, answer["token"])

    @staticmethod
    def with_token(other, token):
        api = Api.__new__(Api)
        api.url, api.context, api.token = other.url, other.context, token
        return api

    def connect(self, pool, key=None):
        return self.call("POST", "/api/v1/me/connections", {"pool": pool},
                         {"Idempotency-Key": key or secrets.token_hex(16)})

    def connect_ready(self, pool, seconds=60, key=None):
        """Asks until a desktop is ready, with one key, as the client does."""
        key = key or secrets.token_hex(16)

        def ready():
            try:
                answer = self.connect(pool, key)
            except ApiError as error:
                if error.status == 503 and error.headers.get("Retry-After"):
                    return None  # a broker that has just started looks at what runs first (R11)
                raise
            return answer if answer["state"] == "ready" else None

        return wait_until(ready, seconds, "a ready desktop for the connection")

    def redeem(self, ticket):
        return self.call("POST", "/api/v1/tickets/redeem", {"ticket": ticket})


class Stack:
    """The data centre: broker, libvirt, pools. Use as a context manager."""

    def __init__(self, image="plain", kind="lxc", listen_port=None, first=100, last=199, name="it"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wardesk-test-"))
        os.chmod(self.folder, 0o711)
        self.name = name
        self.image, self.kind = image, kind
        # A virtual machine may be emulated: what a container does in 1 s it then does in 5 to 10, and few processors do it.
        self.patience = 6 if kind == "qemu" else 1
        self.port = listen_port or free_port()
        self.first, self.last = f"{SUBNET}.{first}", f"{SUBNET}.{last}"
        self.site = name + "-" + secrets.token_hex(4)
        self.broker = None
        self.clients = []
        self.log = self.folder / "broker.log"
        self.state = self.folder / "state"

    # -- life
    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.config = self.folder / "broker.toml"
        self.config.write_text(f"""
[broker]
listen = ["127.0.0.1:{self.port}", "{SUBNET}.1:{self.port}"]
state = "{self.state}"
site = "{self.site}"

[hypervisor]
uri = "{URI}"
network = "{NETWORK}"
prefix = 24
first_address = "{self.first}"
last_address = "{self.last}"
agent_address = "{SUBNET}.1:{self.agent_port()}"
kept_folder = "{self.folder}/kept"
{self.machines()}
{self.more_settings()}""")
        password = self.folder / "admin.password"
        password.write_text(ADMIN_PASSWORD)
        password.chmod(0o600)
        self.state.mkdir(exist_ok=True)
        added = subprocess.run([BIN / "wardesk-broker", "--config", self.config, "user", "add", "admin", "--admin",
                                "--password-file", password], text=True, capture_output=True)
        if added.returncode:
            raise AssertionError(f"the first administrator could not be made: {added.stderr}")
        self.start_broker()
        self.admin = Api(self.url, self.ca).sign_in("admin", ADMIN_PASSWORD)
        self.admin.call("POST", "/api/v1/admin/images",
                        {"name": self.image, "version": "1", "kind": self.kind, "source": self.source()})

    def source(self):
        if self.image == "open":
            from opendisk import open_disk
            return str(open_disk())
        images = STATE / "images"
        return str(images / (self.image + "-disk") if self.kind == "qemu" else images / self.image / "rootfs")

    def machines(self):
        """Settings of the host for virtual machines."""
        if self.kind != "qemu":
            return ""
        # Under emulation on a busy machine; what is measured is measured by the tests themselves.
        return f'qemu_uri = "{QEMU_URI}"\nqemu_storage = "{STORAGE}"\n\n[limits]\nready_within_seconds = 600\n'

    @property
    def host(self):
        """Where this stack's desktops are at libvirt."""
        return QEMU_URI if self.kind == "qemu" else URI

    def address_of(self, domain):
        return next(d["address"] for d in self.desktops() if d["domain"] == domain)

    def inside(self, domain, command, **more):
        """A shell command as root, or as `user`, inside a desktop; one that is a virtual machine must be of the image `open`."""
        if self.kind != "qemu":
            return inside(domain, command, **more)
        from machine import inside_machine
        return inside_machine(self.address_of(domain), command, **more)

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def agent_port(self):
        """Where the desktops' agents find the broker."""
        return self.port

    def more_settings(self):
        """Sections that the configuration has besides the usual ones."""
        return ""

    @property
    def ca(self):
        return self.state / "ca.pem"

    def start_broker(self, wait=True, environment=None):
        with open(self.log, "ab") as log:
            self.broker = subprocess.Popen([BIN / "wardesk-broker", "--config", self.config], stdout=log, stderr=log,
                                           env={**os.environ, **(environment or {})})
        if wait:
            wait_until(self.answers, 20, lambda: f"the broker's answer (see {self.log}: {self.tail()})")

    def answers(self):
        if self.broker.poll() is not None:
            raise AssertionError(f"the broker ended with {self.broker.returncode}: {self.tail()}")
        try:
            Api(self.url, self.ca).call("GET", "/api/v1/health", timeout=5)
            return True
        except (OSError, ssl.SSLError, FileNotFoundError):
            return False

    def tail(self, lines=12):
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def kill_broker(self):
        self.broker.kill()
        self.broker.wait()

    def stop(self):
        for client in self.clients:
            client.stop()
        if self.broker and self.broker.poll() is None:
            self.broker.terminate()
            try:
                self.broker.wait(20)
            except subprocess.TimeoutExpired:
                self.broker.kill()
                self.broker.wait()
        for uuid in self.domains():
            virsh("destroy", uuid, check=False)
        for uuid in self.domains(QEMU_URI, "--all") if self.kind == "qemu" else []:
            virsh("destroy", uuid, check=False, uri=QEMU_URI)
            virsh("undefine", "--managed-save", uuid, check=False, uri=QEMU_URI)  # one that was suspended
            virsh("vol-delete", f"wardesk-{uuid}.qcow2", "--pool", STORAGE, check=False, uri=QEMU_URI)
        if os.environ.get("WARDESK_KEEP") != "1":
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- what runs
    def domains(self, uri=URI, *which):
        """UUIDs of the running domains of this very site."""
        mine = []
        for uuid in virsh("list", *which, "--uuid", check=False, uri=uri).split():
            if self.site in virsh("dumpxml", uuid, check=False, uri=uri):
                mine.append(uuid)
        return mine

    def pool(self, name, spare=1, maximum=2, wait=True, **more):
        # Tests hold connections for long without a key: no timer but those that a test is about.
        timers = {"lockAfter": 0, "disconnectAfter": 0, "logOffAfter": 0}
        item = self.admin.call("POST", "/api/v1/admin/pools",
                               {"name": name, "image": self.image, "spare": spare, "max": maximum, "everybody": True, **timers, **more})
        if wait:
            self.wait_ready(item["id"], min(spare, maximum))
        return item["id"]

    def pool_item(self, pool):
        return self.admin.call("GET", f"/api/v1/admin/pools/{pool}")

    def wait_ready(self, pool, count, seconds=90):
        return wait_until(lambda: self.pool_item(pool)["ready"] >= count, seconds,
                          lambda: f"{count} ready desktops in the pool: {self.pool_item(pool)}\n{self.tail()}")

    def desktops(self, pool=None):
        query = f"?pool={pool}" if pool else ""
        return self.admin.call("GET", "/api/v1/admin/desktops" + query)["items"]

    def desktop_of(self, user):
        return next((d for d in self.desktops() if d.get("user") == user), None)

    def user(self, name, password=None):
        password = password or "pw-" + secrets.token_hex(6)
        self.admin.call("POST", "/api/v1/admin/users", {"name": name, "password": password})
        return password

    def person(self, name):
        return self.sign_in(name, self.user(name))

    def sign_in(self, name, password):
        return Api(self.url, self.ca).sign_in(name, password)

    def sign_in_ctl(self):
        """wardeskctl as the administrator, from then on."""
        password = self.folder / "ctl.password"
        password.write_text(ADMIN_PASSWORD)
        self.run_ctl("login", "--user", "admin", "--password-file", password).check_returncode()

    def run_ctl(self, *words):
        return run(BIN / "wardeskctl", "--url", self.url, "--ca", self.ca, "--token-file", self.folder / "ctl.token", *words,
                   check=False, stdin=subprocess.DEVNULL, timeout=90)

    def client(self, *words, **more):
        client = Client(self, *words, **more)
        self.clients.append(client)
        return client


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def init_pid(domain):
    """Host process id of a container's init: libvirt_lxc is the domain's id, the init its child."""
    controller = virsh("domid", domain).strip()
    return run("pgrep", "-P", controller).stdout.split()[0]


def entering(pid):
    """The words that enter all namespaces of a desktop's process, as its root."""
    words = ["nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "-r", "-w"]
    if os.readlink(f"/proc/{pid}/ns/user") != os.readlink("/proc/self/ns/user"):
        words += ["-U", "-S", "0", "-G", "0"]
    return words + ["--"]


def inside(domain, command, user=None, check=True, timeout=30, display=None):
    """Runs a shell command inside a desktop, with the root file system and namespaces of its agent."""
    words = entering(agent_pid(domain))
    script = command
    if display:
        script = f"export DISPLAY={display} XAUTHORITY=$(ls /home/clinician/.Xauthority 2>/dev/null); {command}"
    words += ["runuser", "-u", user, "--", "sh", "-c", script] if user else ["sh", "-c", script]
    return subprocess.run(words, text=True, capture_output=True, check=check, timeout=timeout)


def agent_pid(domain):
    """A process of the desktop that has entered the overlay root: the agent, a descendant of init."""
    todo = [init_pid(domain)]
    while todo:
        pid = todo.pop()
        with contextlib.suppress(OSError):
            if "wardesk-agent" in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
                return pid
        todo += run("pgrep", "-P", pid, check=False).stdout.split()
    raise AssertionError(f"no agent runs in {domain}")


class Display:
    """An Xvfb of our own."""

    def __init__(self, size="1280x800"):
        self.read, write = os.pipe()
        self.process = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", size + "x24", "-noreset", "-nolisten", "tcp"],
                                        pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        number = b""
        while not number.endswith(b"\n"):  # digits and newline come by two writes; the server dies when the second fails
            part = os.read(self.read, 16)
            if not part:
                raise AssertionError(f"Xvfb ended with {self.process.wait()}")
            number += part
        self.name = ":" + number.decode().strip()
        os.close(self.read)

    def grab(self, file):
        run("import", "-display", self.name, "-window", "root", file)

    def xdotool(self, *words):
        return run("xdotool", *words, env={**os.environ, "DISPLAY": self.name}).stdout

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Client:
    """The real thin client under an Xvfb of its own, driven by keyboard and by its control socket."""

    def __init__(self, stack, *words, size="1280x800", display=None, prefix=()):
        self.stack = stack
        self.own_display = display is None
        self.display = display or Display(size)
        self.control = stack.folder / f"client-{secrets.token_hex(4)}.sock"
        self.timings = stack.folder / f"timings-{secrets.token_hex(4)}.jsonl"
        self.log = stack.folder / f"client-{secrets.token_hex(4)}.log"
        home = stack.folder / f"home-{secrets.token_hex(4)}"
        home.mkdir()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*prefix, BIN / "wardesk", "--broker", stack.url, "--ca", stack.ca, "--control", self.control, "--timings", self.timings,
                 "--windowed", size, *words],
                stdout=log, stderr=log,
                env={**os.environ, "DISPLAY": self.display.name, "HOME": str(home), "QT_QPA_PLATFORM": "xcb"})

    def do(self, what, **more):
        """Sends one command to the control socket and returns the answer."""
        wait_until(self.control.exists, 15, lambda: f"the client's control socket ({self.log.read_text(errors='replace')})")
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(30)
            line.connect(str(self.control))
            line.sendall((json.dumps({"do": what, **more}) + "\n").encode())
            answer = b""
            while not answer.endswith(b"\n"):
                part = line.recv(65536)
                if not part:
                    break
                answer += part
        return json.loads(answer) if answer else {}

    def state(self):
        return self.do("state").get("state")

    def marks(self):
        """{event: monotonic milliseconds} of --timings, the newest of each."""
        marks = {}
        with contextlib.suppress(OSError):
            for line in self.timings.read_text().splitlines():
                entry = json.loads(line)
                marks[entry["event"]] = entry["ms"]
        return marks

    def wait_mark(self, event, seconds=30, after=-1):
        return wait_until(lambda: (lambda m: m if m.get(event, -1) > after else None)(self.marks()), seconds,
                          lambda: f"'{event}' in the client's timings ({self.marks()}; {self.log.read_text(errors='replace')[-800:]})")

    def grab(self, file):
        return self.do("grab", file=str(file))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.own_display:
            self.display.stop()


def signal_process(pid, number=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(pid), number)


def in_parallel(functions):
    """Runs all at once; returns [(value, error)] in order."""
    results = [None] * len(functions)

    def call(index, function):
        try:
            results[index] = (function(), None)
        except Exception as error:  # the caller looks at it
            results[index] = (None, error)

    threads = [threading.Thread(target=call, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
