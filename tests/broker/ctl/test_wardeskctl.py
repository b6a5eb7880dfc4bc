#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""wardeskctl against a broker that answers what a test tells it to, over real TLS. argv[1]: the program."""
import http.server
import json
import os
import pathlib
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

PROGRAM = os.path.abspath(sys.argv.pop(1))
EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "protocols/examples"


def example(message, /, **changes):
    return {**json.loads((EXAMPLES / f"{message}.json").read_text()), **changes}


def certificate(folder, name):
    """An authority, and a certificate of it for 127.0.0.1."""
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}-ca.key",
        "-out", f"{name}-ca.pem", "-subj", f"/CN={name} authority", "-days", "2")
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
        "-out", f"{name}.csr", "-subj", "/CN=127.0.0.1")
    (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\n")
    run("x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}-ca.pem", "-CAkey", f"{name}-ca.key", "-CAcreateserial",
        "-days", "2", "-extfile", "ext", "-out", f"{name}.pem")


class Broker(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    routes, seen = {}, []

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        Broker.seen.append((self.command, self.path, json.loads(body) if body else None,
                            self.headers.get("Authorization")))
        found = Broker.routes.get(f"{self.command} {self.path}", (404, example("ErrorBody", code="notFound",
                                                                              message="There is no such thing.")))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        status, content = found
        data = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = answer

    def log_message(self, *words):
        pass


class WardeskctlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        certificate(cls.folder, "good")
        certificate(cls.folder, "other")
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broker)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cls.folder / "good.pem", cls.folder / "good.key")
        cls.server.socket = context.wrap_socket(cls.server.socket, server_side=True)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.url = f"https://127.0.0.1:{cls.server.server_address[1]}"

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        cls.temporary.cleanup()

    def setUp(self):
        Broker.routes, Broker.seen = {}, []
        self.token = self.folder / "token"
        self.token.write_text("a-token\n")
        self.token.chmod(0o600)

    def ctl(self, *words, stdin="", ca="good-ca.pem", environment=None):
        environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC",
                       "QT_QPA_PLATFORM": "offscreen", **(environment or {}),
                       **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}}
        return subprocess.run([PROGRAM, "--url", self.url, "--ca", str(self.folder / ca), "--token-file",
                               str(self.token), *words], text=True, capture_output=True, input=stdin, env=environment,
                              timeout=60, start_new_session=True)

    def good(self, *words, **more):
        result = self.ctl(*words, **more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def bad(self, code, *words, **more):
        result = self.ctl(*words, **more)
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        self.assertEqual(result.stdout, "")
        return result.stderr

    def test_sign_in_keeps_the_token_and_shows_it_to_nobody(self):
        self.token.unlink()
        Broker.routes["POST /api/v1/session"] = (200, example("SignedIn"))
        for words in (["login", "--user", "nurse"], ["sign-in", "nurse"], ["--json", "login", "--user", "nurse"]):
            out = self.good(*words, "--password-file", "-", stdin="pass word \nmore\n")
            self.assertEqual(Broker.seen[-1][2]["password"], "pass word ")
            self.assertEqual(self.token.read_text().strip(), example("SignedIn")["token"])
            self.assertEqual(stat.S_IMODE(self.token.stat().st_mode), 0o600)
            self.assertNotIn(example("SignedIn")["token"], out)

    def test_a_password_is_no_word_of_the_command(self):
        self.bad(2, "login", "--user", "nurse", "--password", "x")
        self.assertIn("--password-file", self.bad(2, "login", "--user", "nurse"))  # no terminal to ask at
        self.assertEqual(Broker.seen, [])

    def test_errors_have_the_brokers_words_and_their_exit_code(self):
        for status, code, exit_code in ((401, "wrongCredentials", 3), (403, "forbidden", 4), (404, "notFound", 5),
                                        (409, "conflict", 6), (503, "overloaded", 7), (507, "storageFull", 7),
                                        (400, "invalidArgument", 2), (500, "internal", 1)):
            Broker.routes["GET /api/v1/admin/pools"] = (status, {"code": code, "message": "In plain words."})
            self.assertEqual(self.bad(exit_code, "pool", "list"), "error: In plain words.\n")

    def test_a_word_that_is_no_command_is_named(self):
        self.assertIn("no command 'polo'", self.bad(2, "polo", "list"))
        self.assertIn("no command 'lst'", self.bad(2, "pool", "lst"))

    def test_another_authoritys_broker_gets_no_token(self):
        self.assertIn("did not prove who it is", self.bad(4, "pool", "list", ca="other-ca.pem"))
        self.assertEqual(Broker.seen, [])

    def test_an_open_token_file_is_refused(self):
        self.token.chmod(0o644)
        self.bad(4, "pool", "list")
        self.assertEqual(Broker.seen, [])

    def test_json_is_the_brokers_body(self):
        body = {"items": [example("PoolItem")], "later": True}
        Broker.routes["GET /api/v1/admin/pools"] = (200, body)
        self.assertEqual(json.loads(self.good("--json", "pool", "list")), body)
        self.assertEqual(json.loads(self.good("pool", "list", "--json")), body)
        self.assertEqual(Broker.seen[-1][3], "Bearer a-token")

    def test_every_list_is_a_table(self):
        for command, path, item in (("pool", "pools", "PoolItem"), ("image", "images", "ImageItem"),
                                    ("desktop", "desktops", "DesktopItem"), ("user", "users", "UserItem"),
                                    ("group", "groups", "UserGroupItem"),
                                    ("terminal-group", "terminal-groups", "TerminalGroupItem"),
                                    ("session", "sessions", "SessionItem"), ("audit", "audit?after=0&limit=100",
                                                                             "AuditItem")):
            Broker.routes[f"GET /api/v1/admin/{path}"] = (200, {"items": [example(item), example(item)]})
            lines = self.good(command, "list").splitlines()
            self.assertEqual(len(lines), 3, command)
            self.assertTrue(lines[0].isupper())

    def test_names_are_one_step_of_the_path(self):
        name = "a/../b?c=d#e %41 zoë"
        Broker.routes = {}
        self.bad(5, "pool", "show", name)
        self.assertEqual(Broker.seen[-1][1], "/api/v1/admin/pools/" + urllib.parse.quote(name, safe=""))

    def image_root(self, name="root"):
        root = self.folder / name
        (root / "sbin").mkdir(parents=True)
        (root / "etc").mkdir()
        (root / "sbin/wardesk-init").write_text("#!/bin/sh\n")
        (root / "etc/hostname").symlink_to("missing")
        return root

    def test_an_image_is_taken_into_the_store_and_stays_what_it_is(self):
        root, store = self.image_root(), self.folder / "store"
        Broker.routes["POST /api/v1/admin/images"] = (201, example("ImageItem"))
        self.good("image", "import", "ward", str(root), "--store", str(store), "--note", "better", "--version", "7")
        sent = Broker.seen[-1][2]
        source = pathlib.Path(sent["source"])
        self.assertEqual(source.parent, store / ".imported")
        self.assertEqual({**sent, "source": "", "contentHash": ""},
                         {"name": "ward", "version": "7", "kind": "lxc", "source": "", "state": "imported",
                          "note": "better", "contentHash": ""})
        self.assertTrue((source / "sbin/wardesk-init").samefile(root / "sbin/wardesk-init"))  # linked, not copied
        # The same files, in place, published: the same hash. A file replaced as builds do it: another one, while what
        # was imported stays.
        self.good("image", "import", "ward", str(root), "--in-place", "--publish")
        self.assertEqual(Broker.seen[-1][2]["contentHash"], sent["contentHash"])
        self.assertEqual(Broker.seen[-1][2]["source"], str(root))
        self.assertEqual(Broker.seen[-1][2]["state"], "published")
        self.assertNotIn("version", Broker.seen[-1][2])
        (root / "new").write_text("#!/bin/bash\n")
        (root / "new").rename(root / "sbin/wardesk-init")
        self.good("image", "import", "ward", str(root), "--in-place")
        self.assertNotEqual(Broker.seen[-1][2]["contentHash"], sent["contentHash"])
        item = example("ImageItem", source=str(source))
        Broker.routes["GET /api/v1/admin/images/ward%3A7"] = (200, item)
        Broker.routes[f"POST /api/v1/admin/images/{item['id']}/check"] = (200, item)
        self.assertIn("unchanged", self.good("image", "verify", "ward:7"))
        self.assertEqual(Broker.seen[-1][2], {"contentHash": sent["contentHash"]})
        # What counts: modes, targets, names; what does not: times.
        seen = {sent["contentHash"]}
        for change in (lambda: (source / "etc").chmod(0o700), lambda: (source / "etc/hostname").unlink(),
                       lambda: (source / "etc/other").write_text("")):
            change()
            self.good("image", "verify", "ward:7")
            self.assertNotIn(Broker.seen[-1][2]["contentHash"], seen)
            seen.add(Broker.seen[-1][2]["contentHash"])
        os.utime(source / "etc/other", (1, 1))
        self.good("image", "verify", "ward:7")
        self.assertIn(Broker.seen[-1][2]["contentHash"], seen)

    def test_a_changed_image_is_an_error(self):
        item = example("ImageItem", source=str(self.image_root("changed")))
        Broker.routes["GET /api/v1/admin/images"] = (200, {"items": [item, {**item, "state": "retired"}]})
        Broker.routes[f"POST /api/v1/admin/images/{item['id']}/check"] = (200, {**item, "content": "changed"})
        result = self.ctl("image", "verify", "--all")
        self.assertEqual(result.returncode, 6)
        self.assertIn("CHANGED", result.stdout)
        self.assertEqual(len(Broker.seen), 2)  # the retired one is not looked at
        self.bad(2, "image", "verify")
        Broker.routes["GET /api/v1/admin/images"] = (200, {"items": [{**item, "source": "/nowhere"}]})
        self.assertIn("is not on this machine", self.ctl("image", "verify", "--all").stderr)

    def test_an_archive_and_what_is_no_image(self):
        root, store = self.image_root("packed"), self.folder / "store"
        archive = self.folder / "ward.tar.gz"
        subprocess.run(["tar", "-czf", archive, "-C", root, "."], check=True)
        Broker.routes["POST /api/v1/admin/images"] = (201, example("ImageItem"))
        self.good("image", "import", "packed", str(archive), "--store", str(store))
        packed = Broker.seen[-1][2]
        self.good("image", "import", "packed", str(root), "--in-place")
        self.assertEqual(packed["contentHash"], Broker.seen[-1][2]["contentHash"])
        empty = self.folder / "empty"
        empty.mkdir()
        Broker.seen.clear()
        self.assertIn("no desktop's image", self.bad(2, "image", "import", "x", str(empty), "--store", str(store)))
        self.bad(5, "image", "import", "x", str(self.folder / "none"), "--store", str(store))
        (empty / "disk.raw").write_text("")
        self.assertIn("'vmlinuz' is missing", self.bad(2, "image", "import", "x", str(empty), "--in-place"))
        self.assertEqual(Broker.seen, [])
        # Refused by the broker: nothing is left behind.
        Broker.routes["POST /api/v1/admin/images"] = (409, example("ErrorBody", code="conflict", message="There is one."))
        before = sorted(path.name for path in (store / ".imported").iterdir())
        (root / "etc/more").write_text("")
        self.bad(6, "image", "import", "packed", str(root), "--store", str(store))
        self.assertEqual(sorted(path.name for path in (store / ".imported").iterdir()), before)

    def test_an_image_is_built_and_imported(self):
        store, builder = self.folder / "built", self.folder / "build"
        builder.write_text(f'#!/bin/sh\necho "building $@"\nmkdir -p {store}/ward/rootfs/sbin\n'
                           f': > {store}/ward/rootfs/sbin/wardesk-init\n[ "$1" != bad ]\n')
        builder.chmod(0o755)
        Broker.routes["POST /api/v1/admin/images"] = (201, example("ImageItem"))
        result = self.ctl("--json", "image", "build", "ward", "--force", "--builder", str(builder), "--store", str(store))
        self.assertEqual(result.returncode, 0, result.stderr)
        json.loads(result.stdout)  # what the builder says is not in it
        self.assertIn("building ward --force", result.stderr)
        sent = Broker.seen[-1][2]
        self.assertEqual((sent["name"], sent["note"]), ("ward", "recipe ward"))
        self.assertTrue(sent["source"].endswith("/rootfs"))
        self.assertIn("exit code 1", self.bad(1, "image", "build", "bad", "--builder", str(builder), "--store", str(store)))
        self.bad(5, "image", "build", "ward", "--builder", str(self.folder / "none"))

    def test_a_rollout_is_told_in_sentences(self):
        item = example("RolloutItem")
        Broker.routes["GET /api/v1/admin/pools/hospital/rollout"] = (200, item)
        shown = self.good("rollout", "show", "hospital")
        self.assertTrue(shown.startswith(item["explanation"][0] + "\n"), shown)
        self.assertIn(item["desktops"][0]["why"], shown)
        Broker.routes["POST /api/v1/admin/pools/hospital/rollout"] = (201, item)
        self.good("rollout", "start", "hospital", "gnumed:2", "--force", "--countdown", "5", "--canary", "20",
                  "--wave", "30", "--note", "why", "--at", "2096-12-24 22:00")
        self.assertEqual(Broker.seen[-1][2], {"image": "gnumed:2", "mode": "force", "startAt": 4007224800000,
                                              "countdownMinutes": 5, "canaryPercent": 20, "wavePercent": 30,
                                              "note": "why"})
        self.good("rollout", "start", "hospital", "gnumed")
        self.assertEqual(Broker.seen[-1][2], {"image": "gnumed"})
        self.bad(2, "rollout", "start", "hospital", "gnumed", "--countdown", "5")  # nobody is thrown out
        for at in ("noon", "2001-01-01 10:00", "25:00"):
            self.bad(2, "rollout", "start", "hospital", "gnumed", "--at", at)
        for words, path in ((["rollout", "stop"], "rollout/stop"), (["rollout", "resume"], "rollout/resume"),
                            (["rollout", "cancel"], "rollout/cancel"), (["pool", "rollback"], "rollback")):
            Broker.routes[f"POST /api/v1/admin/pools/hospital/{path}"] = (200, item)
            self.good(*words, "hospital", "--reason", "the ward asked")
            self.assertEqual(Broker.seen[-1][2], {"reason": "the ward asked"})
        Broker.routes["GET /api/v1/admin/rollouts?pool=hospital"] = (200, {"items": [item]})
        self.assertIn("running", self.good("rollout", "list", "--pool", "hospital"))

    def test_rollout_start_waits_and_fails_when_it_stops(self):
        item = example("RolloutItem")
        Broker.routes["POST /api/v1/admin/pools/hospital/rollout"] = (201, item)
        shown = "GET /api/v1/admin/pools/hospital/rollout"
        Broker.routes[shown] = [(200, item), (200, {**item, "state": "done"})]
        self.good("rollout", "start", "hospital", "gnumed", "--wait")
        Broker.routes[shown] = [(200, item), (200, {**item, "state": "stopped", "reason": "no kernel"})]
        self.assertIn("no kernel", self.bad(6, "rollout", "start", "hospital", "gnumed", "--wait"))

    def test_pool_create_waits_for_its_spare_desktops(self):
        pool = example("PoolItem", ready=0, spare=2, max=4, inUse=0, message="")
        Broker.routes["POST /api/v1/admin/pools"] = (201, pool)
        shown = f"GET /api/v1/admin/pools/{pool['id']}"
        Broker.routes[shown] = [(200, pool), (200, {**pool, "ready": 1, "message": "slow"}), (200, {**pool, "ready": 2})]
        result = self.ctl("pool", "create", "hospital", "--image", "gnumed", "--spare", "2", "--max", "4", "--wait",
                          "--clipboard", "true", "--memory", "2048")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.splitlines(), ["0 of 2 desktops ready", "1 of 2 desktops ready: slow"])
        self.assertEqual(Broker.seen[0][2], {"name": "hospital", "image": "gnumed", "spare": 2, "max": 4,
                                             "memoryMiB": 2048, "clipboard": True})
        Broker.routes[shown] = (200, {**pool, "message": "libvirt is away"})
        self.assertIn("libvirt is away", self.bad(7, "pool", "create", "x", "--image", "y", "--wait", "--patience", "0"))

    def test_a_new_pool_is_nobodys_unless_it_is_everybodys(self):
        Broker.routes["POST /api/v1/admin/pools"] = (201, example("PoolItem", name="hospital"))
        words = ("pool", "create", "hospital", "--image", "gnumed", "--spare", "2", "--max", "4")
        self.assertEqual(self.good(*words).splitlines()[-1],
                         "Nobody may use it yet: wardeskctl pool access add hospital --everybody, --group or --user lets people in.")
        self.assertNotIn("everybody", Broker.seen[-1][2])
        self.assertNotIn("Nobody", self.good(*words, "--everybody"))
        self.assertIs(Broker.seen[-1][2]["everybody"], True)
        self.assertEqual(json.loads(self.good(*words, "--json")), example("PoolItem", name="hospital"))

    def test_who_may_use_a_pool_is_shown(self):
        path = "GET /api/v1/admin/pools/hospital/access"
        Broker.routes[path] = (200, example("PoolAccessItem"))
        told = self.good("pool", "access", "show", "hospital")
        lines = told.splitlines()
        self.assertEqual(lines[0].split(), ["NUMBER", "WHO", "WHERE", "WHEN", "SINCE", "BY"])
        self.assertRegex(lines[1], r"^1 +group icu-nurses +terminals icu +"
                                   r"mon-fri 19:00-07:00, from 2026-12-01, until 2027-03-31 +.*00:00.* +admin$")
        self.assertRegex(lines[2], r"^2 +user zoë +everywhere +always +")
        self.assertIn("are of Europe/Berlin.\nSession limit of the pool: 20. Open sessions: 3.\n", told)
        self.assertIn("may not open it again:\n  doctor\n'wardeskctl session logoff USER'", told)
        Broker.routes[path] = (200, example("PoolAccessItem", sessionLimit=0, openSessions=0, outside=[], entitlements=[
            {"subject": "everybody", "lastDay": "2026-12-31"}]))
        told = self.good("pool", "access", "show", "hospital")
        self.assertRegex(told, r"1 +everybody +everywhere +until 2026-12-31 +- +-\n")
        self.assertIn("Session limit of the pool: none. Open sessions: 0.\n", told)
        self.assertNotIn("logoff", told)
        Broker.routes[path] = (200, example("PoolAccessItem", entitlements=[], outside=[]))
        told = self.good("pool", "access", "show", "hospital")
        self.assertTrue(told.startswith("Nobody may use this pool. wardeskctl pool access add hospital --everybody "
                                        "(or --user, --group) lets people in.\n"), told)
        self.assertNotIn("NUMBER", told)
        self.assertEqual(json.loads(self.good("pool", "access", "show", "hospital", "--json"))["entitlements"], [])

    def test_access_is_read_changed_and_written(self):
        path = "/api/v1/admin/pools/hospital/access"
        before = example("PoolAccessItem")
        Broker.routes["GET " + path] = (200, before)
        Broker.routes["POST " + path] = (200, before)
        add = ("pool", "access", "add", "hospital")
        for words, added in (
                (["--everybody"], {"subject": "everybody"}),
                (["--user", "anna"], {"subject": "user", "name": "anna"}),
                (["--group", "icu-nurses", "--terminals", "icu", "--days", "mon-fri", "--from", "19:00", "--to", "07:00",
                  "--first-day", "2026-12-01", "--last-day", "2026-12-31"],
                 {"subject": "group", "name": "icu-nurses", "terminals": "icu", "days": "mon-fri", "from": "19:00",
                  "to": "07:00", "firstDay": "2026-12-01", "lastDay": "2026-12-31"}),
                (["--everybody", "--days", "sat,sun"],
                 {"subject": "everybody", "days": "sat,sun", "from": "00:00", "to": "24:00"}),
                (["--everybody", "--from", "06:30"],
                 {"subject": "everybody", "days": "daily", "from": "06:30", "to": "24:00"}),
                (["--everybody", "--to", "20:00"],
                 {"subject": "everybody", "days": "daily", "from": "00:00", "to": "20:00"})):
            self.assertIn("group icu-nurses", self.good(*add, *words))
            self.assertEqual(Broker.seen[-2][:2], ("GET", path))
            self.assertEqual(Broker.seen[-1][:3], ("POST", path, {
                "entitlements": before["entitlements"] + [added], "version": before["version"]}))
        self.assertEqual(json.loads(self.good(*add, "--everybody", "--json")), before)
        self.good("pool", "access", "remove", "hospital", "1")
        self.assertEqual(Broker.seen[-1][2], {"entitlements": before["entitlements"][1:], "version": before["version"]})
        self.good("pool", "access", "clear", "hospital")
        self.assertEqual(Broker.seen[-1][2], {"entitlements": [], "version": before["version"]})
        for sessions in (5, 0):
            self.good("pool", "access", "limit", "hospital", str(sessions))
            self.assertEqual(Broker.seen[-1][2], {"entitlements": before["entitlements"], "sessionLimit": sessions,
                                                  "version": before["version"]})
        Broker.routes["POST " + path] = (409, example("ErrorBody", code="conflict", message="Somebody else changed it."))
        self.assertIn("Somebody else", self.bad(6, *add, "--everybody"))

    def test_access_that_makes_no_sense_is_not_sent(self):
        path = "/api/v1/admin/pools/hospital/access"
        for words in ([], ["--user", "anna", "--group", "icu"], ["--everybody", "--user", "anna"], ["--from", "06:30"]):
            self.assertIn("exactly one of --everybody, --user NAME and --group NAME",
                          self.bad(2, "pool", "access", "add", "hospital", *words))
        self.bad(2, "pool", "access", "add", "--everybody")
        self.bad(2, "pool", "access", "limit", "hospital")
        self.bad(2, "pool", "access", "limit", "hospital", "many")
        self.bad(2, "pool", "access", "check", "hospital")
        self.assertEqual(Broker.seen, [])
        Broker.routes["GET " + path] = (200, example("PoolAccessItem"))
        for number in ("0", "3"):
            self.assertIn(f"no number {number}", self.bad(5, "pool", "access", "remove", "hospital", number))
        self.bad(2, "pool", "access", "remove", "hospital", "first")
        self.assertNotIn("POST", [seen[0] for seen in Broker.seen])

    def test_access_is_checked_with_reasons_and_an_exit_code(self):
        answer = example("AccessCheck")
        path = "/api/v1/admin/pools/hospital/access/check?user="
        Broker.routes[f"GET {path}nurse&terminal=ward-3-01"] = (200, answer)
        words = ("pool", "access", "check", "hospital", "nurse", "--terminal", "ward-3-01")
        result = self.ctl(*words)
        self.assertEqual(result.returncode, 4)
        self.assertEqual(result.stdout, f"nurse at ward-3-01: {answer['message']}\n  {answer['because'][0]}\n")
        self.assertEqual(result.stderr, "error: nurse may not use hospital now at ward-3-01\n")
        result = self.ctl(*words, "--json")
        self.assertEqual((result.returncode, json.loads(result.stdout)), (4, answer))
        allowed = {**answer, "allowed": True, "terminal": "", "message": "allowed", "because": []}
        Broker.routes[f"GET {path}nurse"] = (200, allowed)
        self.assertEqual(self.good("pool", "access", "check", "hospital", "nurse"),
                         "nurse at a terminal without a name: allowed\n")
        self.assertEqual(json.loads(self.good("--json", "pool", "access", "check", "hospital", "nurse")), allowed)
        self.bad(5, "pool", "access", "check", "hospital", "zoë & co", "--terminal", "a=b")
        self.assertEqual(Broker.seen[-1][1], path + "zo%C3%AB%20%26%20co&terminal=a%3Db")

    def test_groups_of_users(self):
        path = "/api/v1/admin/groups"
        item = example("UserGroupItem")
        Broker.routes["GET " + path] = (200, {"items": [{**item, "id": "g-1", "name": "ward"}, item]})
        self.assertRegex(self.good("group", "list"), r"icu-nurses +2 +" + item["id"])
        for name in ("icu-nurses", item["id"]):
            told = self.good("group", "show", name)
            self.assertRegex(told, r"GROUP +icu-nurses\n")
            self.assertRegex(told, r"member +nurse\nmember +zoë\n")
        self.assertEqual(json.loads(self.good("group", "show", "icu-nurses", "--json")), item)
        self.assertIn("no group 'icu'", self.bad(5, "group", "show", "icu"))
        Broker.routes["POST " + path] = (201, item)
        self.good("group", "create", "icu-nurses")
        self.assertEqual(Broker.seen[-1][2], {"name": "icu-nurses"})
        for words in (["--member", "nurse", "zoë"], ["--member", "nurse", "--member", "zoë"]):
            self.assertIn("zoë", self.good("group", "create", "icu-nurses", *words))
            self.assertEqual(Broker.seen[-1][2], {"name": "icu-nurses", "members": ["nurse", "zoë"]})
        Broker.routes[f"PATCH {path}/icu-nurses"] = (200, item)
        self.good("group", "add", "icu-nurses", "nurse", "zoë")
        self.assertEqual(Broker.seen[-1][2], {"add": ["nurse", "zoë"]})
        self.good("group", "remove", "icu-nurses", "doctor")
        self.assertEqual(Broker.seen[-1][2], {"remove": ["doctor"]})
        Broker.routes[f"DELETE {path}/icu-nurses"] = (204, None)
        self.assertEqual(self.good("group", "delete", "icu-nurses"), "Deleted icu-nurses.\n")
        Broker.routes[f"DELETE {path}/icu-nurses"] = (409, example("ErrorBody", code="conflict", message="hospital names it."))
        self.assertIn("hospital names it.", self.bad(6, "group", "delete", "icu-nurses"))
        Broker.seen.clear()
        for words in (["create"], ["add", "icu-nurses"], ["remove", "icu-nurses"], ["show"], ["delete"]):
            self.bad(2, "group", *words)
        self.assertEqual(Broker.seen, [])

    def test_groups_of_terminals(self):
        path = "/api/v1/admin/terminal-groups"
        item = example("TerminalGroupItem")
        Broker.routes["GET " + path] = (200, {"items": [item]})
        self.assertRegex(self.good("terminal-group", "list"), r"icu +icu-\* bed-0\? +" + item["id"])
        Broker.routes["POST " + path] = (201, item)
        for words in (["--match", "icu-*", "bed-0?"], ["--match", "icu-*", "--match", "bed-0?"]):
            self.assertIn("bed-0?", self.good("terminal-group", "create", "icu", *words))
            self.assertEqual(Broker.seen[-1][2], {"name": "icu", "patterns": ["icu-*", "bed-0?"]})
        Broker.routes[f"PATCH {path}/icu"] = (200, item)
        self.good("terminal-group", "set", "icu", "--match", "icu-*")
        self.assertEqual(Broker.seen[-1][2], {"patterns": ["icu-*"]})
        Broker.routes[f"DELETE {path}/icu"] = (204, None)
        self.assertEqual(self.good("terminal-group", "delete", "icu"), "Deleted icu.\n")
        Broker.seen.clear()
        for words in (["create", "icu"], ["create", "--match", "icu-*"], ["set", "icu"], ["delete"]):
            self.bad(2, "terminal-group", *words)
        self.assertEqual(Broker.seen, [])
        self.assertIn("mistakes, not attacks", self.good("terminal-group", "--help"))
        self.assertIn("mistakes, not attacks", self.good("terminal-group", "create", "--help"))

    def test_limits_of_sessions(self):
        path = "/api/v1/admin/limits"
        Broker.routes["GET " + path] = (200, example("LimitsItem"))
        self.assertIn("in all pools together: 2.", self.good("limits", "show"))
        self.assertEqual(json.loads(self.good("limits", "show", "--json")), example("LimitsItem"))
        Broker.routes["PATCH " + path] = (200, {"sessionsPerUser": 0})
        self.assertIn("in all pools together: no limit.", self.good("limits", "set", "--sessions-per-user", "0"))
        self.assertEqual(Broker.seen[-1][2], {"sessionsPerUser": 0})
        self.bad(2, "limits", "set")
        self.bad(2, "limits", "set", "--sessions-per-user", "few")

    def test_timers_are_typed_as_people_say_them(self):
        pool = example("PoolItem")
        Broker.routes["PATCH /api/v1/admin/pools/hospital"] = (200, pool)
        shown = self.good("pool", "set", "hospital", "--lock-after", "90s", "--disconnect-after", "never", "--log-off-after", "16h",
                          "--recycle-after", "1h30min")
        self.assertEqual(Broker.seen[-1][2], {"lockAfter": 90, "disconnectAfter": 0, "logOffAfter": 57600, "recycleAfter": 5400})
        self.assertRegex(shown, r"lock after +5 min\n")
        self.assertRegex(shown, r"log off after +16 h\n")
        self.assertIn("a time like 90s, 5min, 16h, 2d or never", self.bad(2, "pool", "set", "hospital", "--lock-after", "soon"))

    def test_maintenance_is_told_with_its_end(self):
        path = "POST /api/v1/admin/pools/hospital/maintenance"
        Broker.routes[path] = (200, example("PoolItem", maintenance=example("MaintenanceItem"), inUse=1))
        told = self.good("pool", "maintenance", "hospital", "on", "--reason", "new disks", "--until", "14:00")
        self.assertEqual(Broker.seen[-1][2], {"on": True, "reason": "new disks", "until": "14:00"})
        self.assertIn("1 session goes on. End it with 'wardeskctl pool maintenance hospital off'.", told)
        self.assertIn("--reason is missing", self.bad(2, "pool", "maintenance", "hospital", "on"))
        self.bad(2, "pool", "maintenance", "hospital", "perhaps")
        Broker.routes[path] = (200, {k: v for k, v in example("PoolItem").items() if k != "maintenance"})
        self.assertIn("gives out desktops again", self.good("pool", "maintenance", "hospital", "off"))
        self.assertEqual(Broker.seen[-1][2], {"on": False})

    def test_a_pool_is_explained_in_sentences(self):
        Broker.routes["GET /api/v1/admin/pools/hospital/explanation"] = (200, example("PoolExplanation"))
        told = self.good("pool", "explain", "hospital").splitlines()
        self.assertEqual(told[0], "'Ward' works as it should.")
        self.assertIn("Now:", told)
        self.assertEqual(told[told.index("What to do:") + 1], "  Nothing.")
        self.assertIn("Times are of Europe/Berlin.", told)
        self.assertEqual(json.loads(self.good("--json", "pool", "explain", "hospital")), example("PoolExplanation"))

    def test_evidence_is_shown_and_a_release_says_why(self):
        item = example("DesktopItem")
        Broker.routes["GET /api/v1/admin/desktops/ward-03"] = (200, item)
        Broker.routes["POST /api/v1/admin/desktops/ward-03/release"] = (200, item)
        told = self.good("desktop", "show", "ward-03")
        self.assertIn("proved: nothing of an earlier user in 3 places", told)
        self.assertIn("quarantine by broker: It serves another lease", told)
        self.bad(2, "desktop", "release", "ward-03")
        self.good("desktop", "release", "ward-03", "--reason", "a loose fan")
        self.assertEqual(Broker.seen[-1][2], {"reason": "a loose fan"})

    def test_calendar_is_read_changed_and_written(self):
        path = "/api/v1/admin/pools/hospital/calendar"
        Broker.routes["GET " + path] = (200, example("CalendarItem"))
        Broker.routes["POST " + path] = (200, example("CalendarItem"))
        shown = self.good("pool", "calendar", "add", "hospital", "--days", "sat", "--from", "22:00", "--to", "06:00", "--spare", "3")
        self.assertIn("Christmas", shown)
        sent = Broker.seen[-1][2]
        self.assertEqual(sent["version"], example("CalendarItem")["version"])
        self.assertEqual([w["days"] for w in sent["windows"]], ["mon-fri", "sat"])
        self.assertEqual(sent["windows"][1]["spare"], 3)
        self.assertEqual(len(sent["holidays"]), 1)
        self.good("pool", "calendar", "remove", "hospital", "1")
        self.assertEqual(Broker.seen[-1][2]["windows"], [])
        self.assertIn("no window 2", self.bad(5, "pool", "calendar", "remove", "hospital", "2"))
        self.good("pool", "calendar", "holiday", "hospital", "2026-12-26", "Boxing Day")
        self.assertEqual([h["day"] for h in Broker.seen[-1][2]["holidays"]], ["2026-12-25", "2026-12-26"])
        self.good("pool", "calendar", "holiday", "hospital", "2026-12-25", "--remove")
        self.assertEqual(Broker.seen[-1][2]["holidays"], [])
        self.good("pool", "calendar", "clear", "hospital")
        self.assertEqual((Broker.seen[-1][2]["windows"], Broker.seen[-1][2]["holidays"]), ([], []))

    def test_roster_and_forecast(self):
        Broker.routes["POST /api/v1/admin/pools/hospital/roster"] = (200, example("RosterItem"))
        file = self.folder / "roster.csv"
        file.write_text("Ward 3,2026-11-26 07:00,12\n")
        self.assertIn("63 shifts of 3 wards, 750 heads", self.good("pool", "roster", "import", "hospital", str(file)))
        self.assertEqual(Broker.seen[-1][2], {"text": "Ward 3,2026-11-26 07:00,12\n"})
        self.assertIn("cannot be read", self.bad(2, "pool", "roster", "import", "hospital", "/does/not/exist"))
        Broker.routes["GET /api/v1/admin/pools/hospital/forecast"] = (200, example("PoolForecast"))
        self.assertIn("80 begin", self.good("pool", "forecast", "hospital"))
        self.assertEqual(json.loads(self.good("pool", "forecast", "hospital", "--json")), example("PoolForecast"))

    def test_pool_set_sends_what_is_named(self):
        Broker.routes["PATCH /api/v1/admin/pools/hospital"] = (200, example("PoolItem"))
        self.good("pool", "set", "hospital", "--spare", "0", "--enabled", "false")
        self.assertEqual(Broker.seen[-1][2], {"spare": 0, "enabled": False})
        self.bad(2, "pool", "set", "hospital")

    def test_what_has_no_answer_is_confirmed(self):
        Broker.routes["DELETE /api/v1/admin/pools/hospital"] = (204, None)
        self.assertEqual(self.good("pool", "delete", "hospital"), "Deleted hospital.\n")
        self.assertEqual(self.good("--json", "pool", "delete", "hospital"), "")

    def test_recycle_waits_for_the_next_incarnation(self):
        old = example("DesktopItem", incarnation=7, status="connected")
        Broker.routes["GET /api/v1/admin/desktops/hospital-01"] = (200, old)
        path = f"/api/v1/admin/desktops/{old['id']}"
        Broker.routes[f"POST {path}/recycle"] = (200, {**old, "status": "recycling"})
        Broker.routes[f"GET {path}"] = [(200, {**old, "status": "recycling", "message": "Being wiped."}),
                                        (200, {**old, "incarnation": 8, "status": "preparing", "message": "Starting."}),
                                        (200, {**old, "incarnation": 8, "status": "ready"})]
        result = self.ctl("desktop", "recycle", "hospital-01", "--wait")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.splitlines(), ["recycling: Being wiped.", "preparing: Starting."])

    def test_sessions_are_found_by_user(self):
        one = example("SessionItem", lease="l-1", user="nurse", desktop="d-1")
        Broker.routes["GET /api/v1/admin/sessions"] = (200, {"items": [one]})
        Broker.routes["POST /api/v1/admin/sessions/l-1/logoff"] = (204, None)
        for name in ("nurse", "d-1", "l-1"):
            self.good("session", "logoff", name)
        self.bad(5, "session", "logoff", "doctor")
        Broker.routes["GET /api/v1/admin/sessions"] = (200, {"items": [one, {**one, "lease": "l-2", "desktop": "d-2"}]})
        self.bad(6, "session", "logoff", "nurse")

    def test_users_are_added_with_a_password_from_a_file(self):
        Broker.routes["POST /api/v1/admin/users"] = (201, example("UserItem"))
        self.good("user", "add", "zoë", "--admin", "--display-name", "Zoë", "--password-file", "-", stdin="secret\n")
        self.assertEqual(Broker.seen[-1][2], {"name": "zoë", "displayName": "Zoë", "password": "secret", "admin": True})
        Broker.routes["POST /api/v1/admin/users/zo%C3%AB/password"] = (204, None)
        self.good("user", "passwd", "zoë", "--password-file", "-", stdin="secret2\n")
        self.assertEqual(Broker.seen[-1][2], {"password": "secret2"})

    def test_users_are_switched_off_and_on(self):
        Broker.routes["PATCH /api/v1/admin/users/nurse"] = (200, example("UserItem", name="nurse", disabled=True))
        self.assertIn("nurse", self.good("user", "disable", "nurse"))
        self.assertEqual(Broker.seen[-1][2], {"disabled": True})
        self.good("user", "disable", "nurse", "--end-sessions")
        self.assertEqual(Broker.seen[-1][2], {"disabled": True, "endSessions": True})
        self.good("user", "enable", "nurse")
        self.assertEqual(Broker.seen[-1][2], {"disabled": False})

    def test_a_host_is_removed_or_written_off(self):
        Broker.routes["DELETE /api/v1/admin/hosts/north"] = (204, None)
        self.assertIn("broker.toml", self.good("host", "remove", "north"))
        Broker.routes["POST /api/v1/admin/hosts/north/write-off"] = (200, example("HostLoss"))
        told = self.good("host", "remove", "north", "--lost")
        self.assertIn("With it went 2 desktops and 1 session, of:\n  nurse\n", told)
        self.assertIn("wipe it", told)
        self.assertEqual(json.loads(self.good("host", "remove", "north", "--lost", "--json")), example("HostLoss"))
        Broker.routes["POST /api/v1/admin/hosts/north/write-off"] = (409, {"code": "conflict", "message": "libvirt on it answers"})
        self.assertIn("libvirt on it answers", self.bad(6, "host", "remove", "north", "--lost"))

    def test_a_broken_audit_is_an_error(self):
        path = "GET /api/v1/admin/audit/verification"
        Broker.routes[path] = (200, {"whole": True, "firstBroken": 0})
        self.good("audit", "list", "--verify")
        Broker.routes[path] = (200, {"whole": False, "firstBroken": 12})
        self.assertIn("record 12", self.bad(1, "audit", "list", "--verify"))

    def test_health_needs_no_sign_in_and_tells_monitoring(self):
        self.token.unlink()
        Broker.routes["GET /api/v1/health"] = (200, example("Health", status="good"))
        self.assertIn("good", self.good("health"))
        Broker.routes["GET /api/v1/health"] = (200, example("Health"))
        self.assertEqual(self.ctl("health").returncode, 7)

    def test_no_answer_is_told_in_words(self):
        Broker.routes["GET /api/v1/admin/pools"] = (502, None)
        self.assertIn("HTTP status 502", self.bad(1, "pool", "list"))
        Broker.routes["GET /api/v1/admin/pools"] = (200, {"item": []})
        self.assertIn("not understood", self.bad(1, "pool", "list"))

    def test_every_command_has_help(self):
        groups = {"pool": ("list", "show", "create", "set", "delete", "explain", "maintenance"), "image": ("list", "add"),
                  "desktop": ("list", "show", "recycle", "quarantine", "release"), "user": ("list", "add", "passwd"),
                  "host": ("list", "show", "add", "set", "drain", "resume", "remove"), "session": ("list", "disconnect", "logoff"), "audit": ("list",), "login": (), "logout": (),
                  "health": (), "group": ("list", "show", "create", "add", "remove", "delete"),
                  "terminal-group": ("list", "create", "set", "delete"), "limits": ("show", "set")}
        manual = (pathlib.Path(__file__).resolve().parents[3] / "broker/ctl/wardeskctl.1").read_text().replace("\\-", "-")
        for group, commands in groups.items():
            self.assertIn("Usage:", self.good(group, "--help"))
            for command in commands:
                self.assertIn("Usage:", self.good(group, command, "--help"))
                self.assertIn(f"{group} {command}", manual)
        for command in ("show", "add", "remove", "clear", "limit", "check"):
            self.assertIn("Usage:", self.good("pool", "access", command, "--help"))
            self.assertIn(f"pool access {command}", manual)


if __name__ == "__main__":
    unittest.main()
