"""Starting, stopping, reloading, and what operators see."""

import os
import signal
import ssl
import socket
import subprocess
import threading

import pytest

from conftest import create_roles
from log_lock import HeldLog
from sender import Connection, event
from stack import BIN, Postgres, Stack, affidavit, run, wait_until

@pytest.fixture(scope="module")
def stack(make_stack):
    return make_stack()


@pytest.fixture(autouse=True)
def restored(stack):
    """Each test finds the stack as it was, whatever the one before left dead."""
    yield
    for service in stack.ledgers + stack.adapters:
        if service.process.poll() is not None:
            service.start()


@pytest.fixture
def connection(stack, certificates):
    return Connection(stack.adapters[0], stack.secret(), certificates.ca)


def in_background(function):
    box = []
    thread = threading.Thread(target=lambda: box.append(function()), daemon=True)
    thread.start()

    def join():
        thread.join(30)
        assert box, "no answer"
        return box[0]
    return join


def test_a_restart_continues_where_it_stopped(stack, certificates, connection):
    before = connection.post(event("restart-1")).json
    connection.close()
    assert stack.stop() == [0, 0]
    stack.start()
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    assert connection.post(event("restart-2")).json["leaf_index"] == before["leaf_index"] + 1
    again = connection.post(event("restart-1")).json
    assert again == {**before, "status": "duplicate"}


@pytest.mark.parametrize("name", ["adapter", "ledger"])
def test_sigterm_finishes_what_is_in_flight(stack, connection, name):
    service = stack.adapters[0] if name == "adapter" else stack.ledgers[0]
    with HeldLog(stack) as lock:
        answer = in_background(lambda: connection.post(event("drained-by-" + name)))
        lock.wait_for_waiters(1)
        service.signal(signal.SIGTERM)
        wait_until(lambda: service.probe("/readyz")[0] != 200, 10, "the drain to show")
    assert answer().json["status"] == "accepted"
    assert service.wait() == 0
    service.start()
    stack.adapters[0].wait_ready()


def test_sigterm_under_load_loses_nothing(stack, certificates):
    adapter, answered = stack.adapters[0], []

    def send(number):
        connection = Connection(adapter, stack.secret(), certificates.ca)
        for count in range(100_000):
            event_id = f"drain-{number}-{count}"
            try:
                answer = connection.post(event(event_id))
            except (OSError, ssl.SSLError, ConnectionError, EOFError) as _gone:
                return
            except Exception as gone:
                assert "RemoteDisconnected" in type(gone).__name__ or "BadStatusLine" in type(gone).__name__
                return
            assert answer.status in (200, 503), answer
            if answer.status == 200:
                answered.append(event_id)

    threads = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(16)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(answered) > 200, 30, "some traffic")
    assert adapter.stop() == 0
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a connection was left open"
    stored = {row[0] for row in stack.sql("SELECT event_id FROM affidavit.entries WHERE event_id LIKE 'drain-%'")}
    assert set(answered) <= stored
    adapter.start()


def serial_number(adapter, ca):
    context = ssl.create_default_context(cafile=ca)
    with socket.create_connection(("127.0.0.1", adapter.port), 10) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            return secure.getpeercert()["serialNumber"]


def test_sighup_loads_a_new_certificate(stack, certificates, connection):
    adapter = stack.adapters[0]
    old = serial_number(adapter, certificates.ca)
    assert connection.post(event("before-reload")).status == 200
    certificates.renew()
    adapter.signal(signal.SIGHUP)
    new = wait_until(lambda: (serial_number(adapter, certificates.ca) != old) and serial_number(adapter, certificates.ca), 10,
                     "the new certificate")
    assert connection.post(event("after-reload")).status == 200, "an open connection goes on"

    with open(certificates.certificate, "rb") as file:
        good = file.read()
    try:
        with open(certificates.certificate, "wb") as file:
            file.write(b"not a certificate\n")
        adapter.signal(signal.SIGHUP)
        wait_until(lambda: any(line["level"] in ("warning", "error") and "certificate" in line["message"]
                               for line in adapter.log_lines()), 10, "the refusal in the log")
    finally:
        with open(certificates.certificate, "wb") as file:
            file.write(good)
    assert serial_number(adapter, certificates.ca) == new, "a certificate that cannot be read changes nothing"


def test_probes_and_metrics(stack, connection):
    connection.post(event("metrics"))
    for service in stack.ledgers + stack.adapters:
        assert service.probe("/healthz")[0] == 200
        assert service.probe("/readyz")[0] == 200
        assert service.probe("/other")[0] == 404
        assert service.metric("affidavit_build_info") == 1
    adapter, ledger = stack.adapters[0], stack.ledgers[0]
    assert adapter.metric("affidavit_adapter_requests_total", source="genesys", answer="accepted") >= 1
    assert adapter.metric("affidavit_adapter_last_authentic_event_timestamp_seconds", source="genesys") > 1.7e9
    for name in ("request_seconds_count", "batch_size_count", "append_call_seconds_count"):
        assert adapter.metric("affidavit_adapter_" + name) >= 1, name
    for name in ("batch_size_count", "commit_seconds_count", "append_seconds_count", "lock_held_seconds_count"):
        assert ledger.metric("affidavit_ledger_" + name) >= 1, name
    assert ledger.metric("affidavit_ledger_entries_total", kind="envelope", source="genesys") >= 1
    assert ledger.metric("affidavit_ledger_last_receive_timestamp_seconds", source="genesys") > 1.7e9
    names = adapter.probe("/metrics")[1] + ledger.probe("/metrics")[1]
    for name in ("affidavit_adapter_queue_depth", "affidavit_adapter_in_flight_bytes", "affidavit_adapter_connections",
                 "affidavit_ledger_queue_depth", "affidavit_ledger_queue_bytes", "affidavit_ledger_tree_size"):
        assert name in names


@pytest.mark.parametrize("name", ["ledger", "adapter"])
def test_logs_are_json_with_request_ids_and_hold_nothing_of_the_payload(stack, connection, name):
    marker = "Marker-of-the-payload"
    connection.post(event("logged", text=marker, **{marker: 1}))
    connection.post(event("logged", text=marker + " again"))
    connection.post(b'{"id": "' + marker.encode() + b'\\u0001"}')
    service = (stack.ledgers if name == "ledger" else stack.adapters)[0]
    text = service.log_text()
    assert marker not in text
    assert stack.secret().decode() not in text
    lines = [line for line in text.splitlines() if line]
    assert len(service.log_lines()) == len(lines), "one JSON object a line"
    for line in service.log_lines():
        assert {"time", "level", "message", "service"} <= line.keys()
    alerts = [line for line in stack.ledgers[0].log_lines() if line.get("alert") == "conflict"]
    assert alerts and all("request_id" in line for line in alerts)


def test_the_ledger_is_not_ready_without_postgres_and_recovers(stack, certificates, postgres):
    ledger, adapter = stack.ledgers[0], stack.adapters[0]
    postgres.kill()
    wait_until(lambda: ledger.probe("/readyz")[0] == 503, 15, "the ledger to notice")
    assert ledger.probe("/healthz")[0] == 200
    postgres.start()
    ledger.wait_ready()
    adapter.wait_ready()
    connection = Connection(adapter, stack.secret(), certificates.ca)
    assert connection.post(event("after-postgres")).json["status"] == "accepted"


@pytest.mark.parametrize("setting", ["fsync=off", "full_page_writes=off"])
def test_the_ledger_refuses_a_postgres_that_does_not_flush(directory, certificates, setting):
    cluster = Postgres(os.path.join(directory, "unsafe"))
    cluster.start()
    try:
        create_roles(cluster)
        unsafe = Stack(os.path.join(directory, "unsafe-stack"), cluster, certificates).create_database()
        cluster.stop()
        cluster.settings = (setting,)
        cluster.start()
        ledger = unsafe.ledgers[0]
        ledger.launch()
        assert ledger.wait() == 1
        assert setting.split("=")[0] in ledger.log_text()
    finally:
        cluster.remove()


def test_a_ledger_refuses_a_database_that_is_not_migrated(make_stack):
    stack = make_stack(start=False)
    stack.sql("DROP SCHEMA affidavit CASCADE; DROP SCHEMA affidavit_state CASCADE")
    stack.ledgers[0].launch()
    assert stack.ledgers[0].wait() == 1
    assert "affidavit migrate" in stack.ledgers[0].log_text()


def test_a_key_id_with_another_secret_stops_the_adapter(stack):
    adapter = stack.adapters[0]
    with open(stack.secret_file(), "rb") as file:
        before = file.read()
    assert adapter.stop() == 0
    try:
        os.unlink(stack.secret_file())
        affidavit("keygen", "--webhook-secret", "--out", stack.secret_file())
        adapter.launch()
        assert adapter.wait() == 1
        assert "e2e" in adapter.log_text() and stack.secret().decode() not in adapter.log_text()
    finally:
        with open(stack.secret_file(), "wb") as file:
            file.write(before)
    adapter.start()


@pytest.mark.parametrize("program", ["affidavit-ledger", "affidavit-adapter"])
def test_a_faulty_configuration_is_a_usage_error_that_names_the_line(program, tmp_path):
    config = tmp_path / "affidavit.toml"
    config.write_text('[ledger]\nlisten = "127.0.0.1:1"\nlitsen = "127.0.0.1:2"\n')
    done = run([os.path.join(BIN, program), "--config", str(config)])
    assert done.returncode == 2
    assert b"litsen" in done.stderr and b"3" in done.stderr
    assert subprocess.run([os.path.join(BIN, program), "--config", str(tmp_path / "none.toml")], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=20).returncode == 2
