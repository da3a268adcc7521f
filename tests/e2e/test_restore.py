"""Postgres is lost, with all its backups: the ledger comes back from the bucket, and goes on under another origin."""

import json
import os
import random

import pytest

from object_store import Directory
from sender import Connection, event
from stack import BIN, affidavit, run, wait_until, with_superuser

@pytest.fixture(params=["directory", "s3"])
def store(request, tmp_path):
    if request.param == "directory":
        return Directory(tmp_path / "objects")
    return request.getfixturevalue("s3_server").make_bucket(f"restore-{random.randrange(1 << 40):010x}")


@pytest.fixture
def stack(make_stack, store):
    stack = make_stack(signing={"checkpoint_interval_ms": 100})
    stack.add_worker(store)
    return stack


def mirrored_checkpoint_size(store):
    sizes = [int(store.read(version)[0].split(b"\n")[1]) for version in store.versions("log/checkpoint")]
    return max(sizes, default=0)


def guard(stack):
    return f"{stack.key_file}.checkpoint-0"


def guard_size(stack):
    with open(guard(stack), encoding="utf-8") as file:
        return int(file.read().split("\n")[1])


def lose_postgres(stack):
    for service in stack.adapters + stack.ledgers + stack.workers:
        service.stop()
    with_superuser(stack.postgres, f'DROP DATABASE "{stack.database}" WITH (FORCE)')
    stack.create_database()


def restore(stack, *arguments, check=True):
    config = stack.workers[0].config
    return affidavit("restore", "--config", config, "--key", stack.vkey, "--database-url-file",
                     os.path.join(stack.directory, "owner-url"), *arguments, check=check)


def verify(stack, bundle):
    done = run([os.path.join(BIN, "affidavit-verify"), bundle, "--key", stack.vkey])
    assert done.returncode == 0, done.stdout + done.stderr


def root_at(stack, size):
    return stack.sql("SELECT md5(string_agg(leaf_hash, '' ORDER BY leaf_index)) FROM affidavit.entries WHERE leaf_index < %s",
                     (size,))[0][0]


@pytest.mark.deadline(180)
def test_the_ledger_comes_back_from_the_bucket(stack, store, certificates, tmp_path):
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    for number in range(20):
        assert connection.post(event(f"kept-{number}")).json["status"] == "accepted"
    stack.wait_signed()
    stack.wait_mirrored()
    wait_until(lambda: mirrored_checkpoint_size(store) == 20, 20, "the newest checkpoint in the store")
    bundle = str(tmp_path / "old.bundle.json")
    stack.ctl("prove", "--message-id", "m-kept-7", "--out", bundle)
    before = root_at(stack, 20)

    stack.workers[0].stop()
    lost = [connection.post(event(f"lost-{number}")).json["leaf_index"] for number in range(3)]
    stack.wait_signed()
    wait_until(lambda: guard_size(stack) == 23, 10, "the guard")
    lose_postgres(stack)

    facts = json.loads(restore(stack, "--guard-file", guard(stack), "--output", "json").stdout)
    assert (facts["tree_size"], facts["restored_entries"], facts["restored_payloads"]) == (20, 20, 20)
    assert facts["guard_tree_size"] == 23 and "opened_origin" not in facts
    assert root_at(stack, 20) == before

    ledger, adapter = stack.ledgers[0], stack.adapters[0]
    ledger.launch()
    adapter.launch()
    wait_until(lambda: ledger.probe("/healthz")[0] == 200 and adapter.probe("/healthz")[0] == 200, 20, "them to listen")
    connection = Connection(adapter, stack.secret(), certificates.ca)
    assert connection.post(event("too-early")).status == 503, "acknowledged indexes are not given out again"
    affidavit("recover", "--config", ledger.config, "--yes")
    for service in (ledger, adapter):
        service.wait_ready()
    answer = connection.post(event("lost-0")).json
    assert answer["status"] == "accepted" and answer["leaf_index"] == 21 in lost
    wait_until(lambda: stack.sql("SELECT max(tree_size) FROM affidavit.checkpoints WHERE origin = %s", (f"{stack.origin}/2",))
               == [(22,)], 15, "a checkpoint under another origin")

    verify(stack, bundle)
    again = str(tmp_path / "new.bundle.json")
    stack.ctl("prove", "--message-id", "m-kept-7", "--out", again)
    verify(stack, again)
    stack.workers[0].start()
    stack.wait_mirrored()
    assert affidavit("fsck", "--config", ledger.config).returncode == 0
    affidavit("fsck", "--store", "--config", stack.workers[0].config, "--key", stack.vkey)


@pytest.mark.parametrize("store", ["directory"], indirect=True)
def test_without_a_guard_restore_itself_opens_the_next_incarnation(stack, store, certificates):
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    for number in range(5):
        assert connection.post(event(f"kept-{number}")).json["status"] == "accepted"
    stack.wait_signed()
    stack.wait_mirrored()
    wait_until(lambda: mirrored_checkpoint_size(store) == 5, 20, "the newest checkpoint in the store")
    lose_postgres(stack)
    os.unlink(guard(stack))
    facts = json.loads(restore(stack, "--output", "json").stdout)
    assert facts["opened_origin"] == f"{stack.origin}/2"
    for service in (stack.ledgers[0], stack.adapters[0]):
        service.start()
    answer = Connection(stack.adapters[0], stack.secret(), certificates.ca).post(event("new")).json
    assert answer["leaf_index"] == 6, "the record that announces the incarnation is 5"
    stack.wait_signed()
    assert stack.sql("SELECT max(tree_size) FROM affidavit.checkpoints WHERE origin = %s", (stack.origin,)) == [(5,)]
