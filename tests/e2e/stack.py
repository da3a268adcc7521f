"""Private stacks for the end-to-end tests: a Postgres cluster, and ledgers and adapters on one database of it.

Everything lies in one temporary directory, listens on 127.0.0.1 or Unix sockets, and is ended by pid. Ports are chosen below
the kernel's ephemeral range, so that no outgoing connection takes one while a killed service is away.
"""

import json
import os
import random
import shlex
import signal
import socket
import subprocess
import time
import urllib.request
from urllib.error import HTTPError

import psycopg2

from anchors import Anchors

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BIN = os.path.abspath(os.environ.get("AFFIDAVIT_BIN") or os.path.join(ROOT, "build", "release", "bin"))
START_SECONDS, STOP_SECONDS = 30, 40


class Timeout(AssertionError):
    pass


def wait_until(condition, seconds, what):
    """Returns the first true value of `condition()`; Timeout names what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"waited {seconds} s for {what}, in vain")
        time.sleep(0.02)


def free_port():
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def run(command, **options):
    options.setdefault("timeout", 60)
    return subprocess.run(command, stdin=options.pop("stdin", subprocess.DEVNULL), capture_output=True, **options)


def affidavit(*arguments, timeout=60, check=True):
    done = run([os.path.join(BIN, "affidavit"), *arguments], timeout=timeout)
    if check:
        assert done.returncode == 0, f"affidavit {shlex.join(arguments)}: {done.returncode}\n{done.stderr.decode()}"
    return done


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Postgres:
    """One private cluster, through the same functions as scripts/demo uses."""

    def __init__(self, directory, *settings):
        self.directory, self.settings, self.urls = str(directory), settings, {}

    def _call(self, function, *arguments, timeout=120):
        library = os.path.join(ROOT, "scripts", "lib", "postgres.sh")
        # Files, not pipes: the postmaster inherits them and would keep a pipe open for ever.
        with open(self.directory + ".out", "w+b") as output:
            script = f". {shlex.quote(library)} && {function} \"$@\""
            done = subprocess.run(["bash", "-c", script, "bash", self.directory, *arguments],
                                  stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=timeout)
            output.seek(0)
            text = output.read().decode()
        assert done.returncode == 0, f"{function}: {text}"
        return text.strip()

    def start(self):
        self._call("pg_cluster_start", *self.settings)

    def stop(self):
        self._call("pg_cluster_stop")

    def remove(self):
        self._call("pg_cluster_remove")
        os.unlink(self.directory + ".out")

    def kill(self):
        pid = int(self._call("pg_cluster_pid"))
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_running(pid), 10, "Postgres to be gone")

    def url(self, role="postgres", database="postgres"):
        key = (role, database)
        if key not in self.urls:
            self.urls[key] = self._call("pg_cluster_url", role, database)
        return self.urls[key]


class Service:
    """A ledger or an adapter: start, stop (SIGTERM, exit code), kill -9, its log lines, its private port."""

    def __init__(self, name, command, log_path, metrics_port):
        self.name, self.command, self.log_path, self.metrics_port = name, command, str(log_path), metrics_port
        self.process = None

    def launch(self):
        with open(self.log_path, "ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def start(self):
        self.launch()
        self.wait_ready()
        return self

    def wait_ready(self, seconds=START_SECONDS):
        def ready():
            code = self.process.poll()
            assert code is None, f"{self.name} ended with {code}:\n{self.log_text()[-2000:]}"
            return self.probe("/readyz")[0] == 200
        wait_until(ready, seconds, f"{self.name} to be ready")

    def probe(self, path):
        """(status, body) of the private port; (0, "") when nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name, **labels):
        """Sum over all series of `name` that have the labels."""
        total = 0.0
        for line in self.probe("/metrics")[1].splitlines():
            series, _, value = line.rpartition(" ")
            if series.split("{")[0] == name and all(f'{key}="{text}"' in series for key, text in labels.items()):
                total += float(value)
        return total

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            log.seek(self.log_start)
            return log.read()

    def log_lines(self):
        return [json.loads(line) for line in self.log_text().splitlines() if line.startswith("{")]

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=STOP_SECONDS):
        return self.process.wait(seconds)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return None
        self.signal(signal.SIGTERM)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


SOURCE = {"name": "genesys", "route": "/genesys/telemetry", "profile": "default", "scheme": "hmac-sha256-hex"}


def toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return json.dumps(value)


def toml_table(header, values):
    plain = {key: value for key, value in values.items() if not isinstance(value, (dict,))}
    lines = [header] + [f"{key} = {toml_value(value)}" for key, value in plain.items()]
    for key, value in values.items():
        if isinstance(value, dict):
            lines += ["", toml_table(f"{header.replace('[[', '[').replace(']]', ']')[:-1]}.{key}]", value)]
    return "\n".join(lines)


class Stack:
    """Some ledgers and as many adapters (adapter i talks to ledger i) on one new database; `anchors`: with a witness and a
    time-stamping authority outside."""

    def __init__(self, directory, postgres, certificates, pairs=1, sources=None, ledger=None, adapter=None, signing=None,
                 facts=None, anchors=False):
        self.directory, self.postgres, self.certificates = directory, postgres, certificates
        os.makedirs(directory, exist_ok=True)
        self.database = f"affidavit_{random.randrange(1 << 40):010x}"
        self.owner_url = postgres.url("affidavit_owner", self.database)
        self.ledger_url = postgres.url("affidavit_ledger", self.database)
        self.worker_url = postgres.url("affidavit_worker", self.database)
        self.ledger_options, self.adapter_options = ledger or {}, adapter or {}
        self.signing_options = signing or {}
        self.facts_options = {"subject_key_file": self._make_subject_key(), **(facts or {})}
        self.origin, self.key_file = f"e2e.invalid/{self.database}", os.path.join(directory, f"{self.database}.key")
        self.vkey = json.loads(affidavit("keygen", "--name", self.origin, "--out", self.key_file, "--output",
                                         "json").stdout)["vkey"]
        self.anchors = Anchors(BIN, [self.vkey]) if anchors else None
        self.sources = []
        for source in sources or [SOURCE]:
            self.add_source(source)
        self.ledgers, self.adapters, self.workers = [], [], []
        for number in range(pairs):
            self._add_pair(number)

    def add_source(self, source):
        secret = os.path.join(self.directory, f"secret-{source['name']}")
        if not os.path.exists(secret):
            form = ["--standard-webhooks"] if source.get("scheme") == "standard-webhooks" else []
            affidavit("keygen", "--webhook-secret", *form, "--out", secret)
        self.sources.append(dict(source))

    def secret_file(self, source="genesys"):
        return os.path.join(self.directory, f"secret-{source}")

    def secret(self, source="genesys"):
        with open(self.secret_file(source), "rb") as file:
            return file.read().rstrip(b"\r\n")

    def create_database(self):
        with_superuser(self.postgres, f'CREATE DATABASE "{self.database}" OWNER affidavit_owner')
        affidavit("migrate", "--database-url-file", self._write("owner-url", self.owner_url))
        return self

    def _write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _make_subject_key(self):
        path = os.path.join(self.directory, "subject.key")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("the end-to-end tests' key\n")
        return path

    def _source_tables(self):
        tables = []
        for source in self.sources:
            tables.append(toml_table("[[sources]]", source))
            tables.append(toml_table("[[sources.secrets]]", {"id": "e2e", "file": self.secret_file(source["name"])}))
        return tables

    def _add_pair(self, number):
        # One over TCP, the next over a Unix socket: both are supported.
        target = f"127.0.0.1:{free_port()}" if number % 2 == 0 else f"unix:{self.directory}/ledger-{number}.sock"
        port, ledger_metrics, adapter_metrics = free_port(), free_port(), free_port()
        config = os.path.join(self.directory, f"affidavit-{number}.toml")
        log = os.path.join(self.directory, "{}-" + f"{number}.log")
        ledger = Service(f"ledger-{number}", [os.path.join(BIN, "affidavit-ledger"), "--config", config],
                         log.format("ledger"), ledger_metrics)
        adapter = Service(f"adapter-{number}", [os.path.join(BIN, "affidavit-adapter"), "--config", config],
                          log.format("adapter"), adapter_metrics)
        ledger.target, ledger.config, adapter.port, adapter.config = target, config, port, config
        adapter.url = f"https://127.0.0.1:{port}"
        self.ledgers.append(ledger)
        self.adapters.append(adapter)
        self.write_config(number)

    def write_config(self, number=0):
        ledger, adapter = self.ledgers[number], self.adapters[number]
        tables = [
            toml_table("[database]", {"url": self.ledger_url}),
            toml_table("[ledger]", {"listen": ledger.target, "metrics_listen": f"127.0.0.1:{ledger.metrics_port}",
                                    **self.ledger_options}),
            toml_table("[signing]", {"origin": self.origin, "key_files": [self.key_file],
                                     "guard_file": f"{self.key_file}.checkpoint-{number}",
                                     "heartbeat_seconds": 86_400, **self.signing_options}),
            toml_table("[adapter]", {"id": f"e2e-{number}", "listen": [f"127.0.0.1:{adapter.port}"],
                                     "metrics_listen": f"127.0.0.1:{adapter.metrics_port}",
                                     "tls_certificate_file": self.certificates.certificate,
                                     "tls_key_file": self.certificates.key,
                                     "ledger_target": ledger.target, **self.adapter_options}),
            toml_table("[facts]", self.facts_options),
        ]
        if self.anchors:
            tables += [toml_table(header, values) for header, values in self.anchors.tables()]
        tables += self._source_tables()
        self._write(os.path.basename(ledger.config), "\n\n".join(tables) + "\n")

    def add_worker(self, store=None, mirror=None, siem=(), facts=None, timeouts=None, start=True, **options):
        """A worker that mirrors to `store` (object_store.py), ships to the sinks of `siem`, each the values of a [[siem]], folds
        facts, and marks silent failures only if `timeouts` says how. Quick by default: what waits in production for seconds waits
        here for milliseconds."""
        number, metrics_port = len(self.workers), free_port()
        tables = [
            toml_table("[database]", {"url": self.worker_url}),
            toml_table("[worker]", {"id": f"e2e-{number}", "metrics_listen": f"127.0.0.1:{metrics_port}",
                                    "ledger_target": self.ledgers[0].target, **options}),
            toml_table("[mirror]", {"poll_interval_ms": 50, "log_interval_seconds": 1, "sweep_interval_seconds": 1,
                                    **(mirror or {})}),
            toml_table("[facts]", {"poll_interval_ms": 50, **self.facts_options, **(facts or {})}),
            toml_table("[timeouts]", {"enabled": timeouts is not None, "adapter_grace_seconds": 2, "poll_interval_ms": 50,
                                      **(timeouts or {})}),
        ]
        if store:
            tables.append(toml_table("[object_store]", store.settings(self.directory)))
        tables += [toml_table("[[siem]]", sink) for sink in siem]
        if any("details" in source for source in self.sources):
            tables += self._source_tables()  # what the projector reads of payloads; whoever asks for nothing needs none
        config = self._write(f"worker-{number}.toml", "\n\n".join(tables) + "\n")
        worker = Service(f"worker-{number}", [os.path.join(BIN, "affidavit-worker"), "--config", config],
                         os.path.join(self.directory, f"worker-{number}.log"), metrics_port)
        worker.config = config
        self.workers.append(worker)
        return worker.start() if start else worker

    def start(self):
        for service in self.ledgers + self.adapters + self.workers:
            service.start()
        return self

    def stop(self):
        """Ends all, adapters first; returns the exit codes of what still ran."""
        return [service.stop() for service in self.adapters + self.ledgers + self.workers]

    def kill(self):
        for service in self.adapters + self.ledgers + self.workers:
            service.kill()
        if self.anchors:
            self.anchors.stop()

    def sql(self, statement, parameters=(), role="postgres"):
        url = self.postgres.url(role, self.database)
        connection = psycopg2.connect(url, connect_timeout=10)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, parameters or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def wait_signed(self):
        """Until a checkpoint covers every entry: the background adds nothing more by itself."""
        wait_until(lambda: self.sql("SELECT (SELECT count(*) FROM affidavit.entries) = "
                                    "(SELECT coalesce(max(tree_size), 0) FROM affidavit.checkpoints)")[0][0],
                   15, "a checkpoint over all entries")

    def wait_mirrored(self, seconds=30):
        """Until every entry has its receipt."""
        wait_until(lambda: self.sql("SELECT (SELECT count(*) FROM affidavit.entries) = "
                                    "(SELECT count(*) FROM affidavit.mirror_receipts)")[0][0],
                   seconds, "a receipt for every entry")

    def wait_folded(self, seconds=30):
        """Until the projections have every entry."""
        wait_until(lambda: self.sql("SELECT (SELECT count(*) FROM affidavit.entries) = (SELECT next_leaf_index FROM "
                                    "affidavit_state.cursors WHERE name = 'facts')")[0][0], seconds, "the projections")

    def ctl(self, *arguments, ledger=0, **options):
        return affidavit(*arguments, "--target", self.ledgers[ledger].target, **options)


def with_superuser(postgres, *statements):
    connection = psycopg2.connect(postgres.url(), connect_timeout=10)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()
