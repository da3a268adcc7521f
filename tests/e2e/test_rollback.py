"""A database that was restored from an older dump: refused, said, recovered, and the log goes on. With pg_dump and pg_restore, as
an operator does it, under services that never stop."""

import json
import os
import random

import pytest

from sender import Connection, event
from stack import affidavit, run, wait_until, with_superuser

PG_BIN = os.environ.get("PG_CLUSTER_BIN", "/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def stack(make_stack):
    return make_stack(pairs=2, signing={"checkpoint_interval_ms": 100})


@pytest.fixture
def connection(stack, certificates):
    return Connection(stack.adapters[0], stack.secret(), certificates.ca)


def status(stack, ledger=0):
    return json.loads(stack.ctl("status", "--output", "json", ledger=ledger).stdout)


def wait_signed(stack, tree_size):
    """Until the newest checkpoint covers it and both guards are it."""
    def signed():
        newest = stack.sql("SELECT signed_note FROM affidavit.checkpoints c JOIN affidavit.origins o USING (origin) "
                           "WHERE tree_size >= %s ORDER BY o.number DESC, tree_size DESC LIMIT 1", (tree_size,))
        return newest and all(os.path.exists(guard(stack, number)) and read(guard(stack, number)) == bytes(newest[0][0])
                              for number in range(2))
    wait_until(signed, 15, f"a checkpoint over {tree_size} entries")


def guard(stack, number):
    return f"{stack.key_file}.checkpoint-{number}"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def dump(stack, path):
    done = run([os.path.join(PG_BIN, "pg_dump"), "-Fc", "-f", path, stack.postgres.url("postgres", stack.database)])
    assert done.returncode == 0, done.stderr


def restore(stack, path):
    """The database is dropped and made again from the dump: connections break, ledgers stay."""
    with_superuser(stack.postgres, f'DROP DATABASE "{stack.database}" WITH (FORCE)',
                   f'CREATE DATABASE "{stack.database}" OWNER affidavit_owner')
    done = run([os.path.join(PG_BIN, "pg_restore"), "-d", stack.postgres.url("postgres", stack.database), path])
    assert done.returncode == 0, done.stderr


def entry_count(stack):
    return stack.sql("SELECT count(*) FROM affidavit.entries")[0][0]


@pytest.mark.deadline(180)
def test_an_older_dump_is_refused_recovered_and_the_log_goes_on(stack, connection, certificates, tmp_path):
    os.chmod(tmp_path, 0o755)
    for number in range(5):
        assert connection.post(event(f"kept-{number}")).json["status"] == "accepted"
    wait_signed(stack, 5)
    path = str(tmp_path / f"dump-{random.randrange(1 << 30)}")
    dump(stack, path)
    for number in range(4):
        assert connection.post(event(f"lost-{number}")).json["status"] == "accepted"
    wait_signed(stack, 9)
    lost_note = read(guard(stack, 0)).decode()
    restore(stack, path)

    ledger, adapter = stack.ledgers[0], stack.adapters[0]
    for number in range(2):
        wait_until(lambda: status(stack, number)["log"]["rolled_back"], 30, f"ledger {number} to notice")
    assert entry_count(stack) == 5
    answer = connection.post(event("refused"))
    assert answer.status == 503 and "retry-after" in answer.headers, "the sender keeps it, and tries again"
    assert entry_count(stack) == 5
    wait_until(lambda: ledger.probe("/readyz")[0] == 503 and adapter.probe("/readyz")[0] == 503, 15, "nobody to be ready")
    assert "affidavit recover" in ledger.log_text()
    assert ledger.metric("affidavit_alerts_total", alert="log_rolled_back") >= 1
    assert "affidavit recover" in stack.ctl("status").stdout.decode()
    assert stack.ctl("get", "kept-3").returncode == 0, "reads go on"

    said = affidavit("recover", "--config", ledger.config, check=False)
    assert said.returncode == 1 and b"leaf_index 5 to 8, 4 entries" in said.stdout, said.stdout + said.stderr
    assert entry_count(stack) == 5
    done = affidavit("recover", "--config", ledger.config, "--yes")
    assert f"{stack.origin}/2".encode() in done.stdout

    for service in stack.ledgers + stack.adapters:
        service.wait_ready()
    for number in range(2):
        other = Connection(stack.adapters[number], stack.secret(), certificates.ca)
        assert other.post(event(f"after-{number}")).json["status"] == "accepted"
    # What the platform sends again is new to this log, and kept again.
    assert connection.post(event("lost-0")).json["status"] == "accepted"
    wait_signed(stack, 9)
    record = json.loads(stack.sql("SELECT convert_from(p.raw, 'UTF8') FROM affidavit.entries e "
                                  "JOIN affidavit.payloads p USING (payload_id) WHERE leaf_index = 5")[0][0])
    assert record["old_origin"] == stack.origin and record["last_checkpoint"] == lost_note
    assert (record["first_lost_leaf_index"], record["last_lost_leaf_index"]) == (5, 8)
    assert status(stack)["log"]["origin"] == f"{stack.origin}/2"
    assert affidavit("recover", "--config", ledger.config).returncode == 0


def test_a_deleted_newest_entry_closes_the_gate(stack, connection):
    size = entry_count(stack)
    assert connection.post(event("newest")).json["status"] == "accepted"
    wait_signed(stack, size + 1)
    stack.sql("ALTER TABLE affidavit.entries DISABLE TRIGGER append_only;"
              f"DELETE FROM affidavit.entries WHERE leaf_index = {size};"
              "ALTER TABLE affidavit.entries ENABLE ALWAYS TRIGGER append_only")
    assert connection.post(event("after-it")).status == 503
    wait_until(lambda: status(stack)["log"]["rolled_back"], 10, "the ledger to notice")
    assert f"a checkpoint of {size + 1} was signed" in status(stack)["log"]["refusing_appends"]
