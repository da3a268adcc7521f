"""Legal holds and longer retention, from the command line to the locks of a store: what was copied before, what comes later,
and what the worker was killed over. Read by clients that are not ours (object_store.py)."""

import datetime
import json
import random

import pytest

from object_store import Directory
from sender import Connection, event
from stack import SOURCE, wait_until

pytestmark = pytest.mark.heavy  # kills and waits


@pytest.fixture(scope="module", params=["directory", "s3"])
def store(request, tmp_path_factory):
    if request.param == "directory":
        return Directory(tmp_path_factory.mktemp("governance") / "objects")
    return request.getfixturevalue("s3_server").make_bucket(f"governance-{random.randrange(1 << 40):010x}")


@pytest.fixture(scope="module")
def stack(make_stack, store):
    stack = make_stack(sources=[SOURCE])
    stack.add_worker(store)
    return stack


def post(stack, certificates, event_id, **changes):
    answer = Connection(stack.adapters[0], stack.secret(), certificates.ca).post(event(event_id, **changes))
    assert answer.status == 200, answer


def lock_of(store, event_id):
    """(retain_until, legal hold) of the one copy of an event."""
    copies = [version for version in store.versions("audit/") if version.key.endswith(f"/{event_id}.json")]
    assert len(copies) == 1, copies
    return store.read(copies[0])[1:3]


def is_held(store, event_id):
    return lock_of(store, event_id)[1]


def wait_done(stack):
    """Until the worker has brought every object up to every act."""
    wait_until(lambda: stack.sql("SELECT (SELECT next_act_leaf_index FROM affidavit_state.protection_tail) > "
                                 "(SELECT max(leaf_index) FROM affidavit.entries WHERE kind = 'governance') AND "
                                 "NOT EXISTS (SELECT FROM affidavit_state.protection_jobs WHERE end_time IS NULL) AND "
                                 "(SELECT next_receipt_id FROM affidavit_state.protection_tail) = "
                                 "(SELECT count(*) FROM affidavit.mirror_receipts)")[0][0], 30, "the protection job")


def test_a_hold_binds_what_was_there_and_what_comes(stack, store, certificates):
    post(stack, certificates, "before", id="msg-1")
    post(stack, certificates, "other", id="msg-2")
    stack.wait_mirrored()
    stack.ctl("hold", "create", "--case", "4711", "--actor", "ada", "--message", "msg-1", "--hold-id", "H-1")
    stack.ctl("hold", "create", "--case", "4712", "--actor", "ada", "--since", "2026-01-01T00:00:00Z", "--source", "genesys",
              "--hold-id", "H-2")
    post(stack, certificates, "after", id="msg-1")
    stack.wait_mirrored()
    wait_done(stack)
    assert all(is_held(store, event_id) for event_id in ("before", "after", "other"))
    holds = [json.loads(line) for line in stack.ctl("hold", "list", "--output", "json").stdout.splitlines()]
    assert [hold["hold_id"] for hold in holds] == ["H-1", "H-2"]
    assert all("end_time" in hold["progress"] for hold in holds)

    stack.ctl("hold", "release", "H-2", "--actor", "bob", "--reason", "settled")
    wait_done(stack)
    assert is_held(store, "before") and is_held(store, "after"), "H-1 still binds them"
    assert not is_held(store, "other")
    stack.ctl("hold", "release", "H-1", "--actor", "bob")
    wait_done(stack)
    assert not is_held(store, "before") and not is_held(store, "after")


def test_a_longer_policy_lengthens_locks_though_the_worker_is_killed(stack, store, certificates):
    for number in range(30):
        post(stack, certificates, f"sms-{number}")
    post(stack, certificates, "mail", channel="EMAIL")
    stack.wait_mirrored()
    before, _ = lock_of(store, "sms-0")
    refused = stack.ctl("retention", "set", "--regime", "house-rule", "--years", "40", "--actor", "ada", "--yes", check=False)
    assert refused.returncode == 2 and b"can never be shortened" in refused.stderr
    stack.ctl("retention", "set", "--regime", "house-rule", "--years", "9", "--channel", "SMS", "--actor", "ada", "--yes")
    for _ in range(3):
        stack.workers[0].kill()
        stack.workers[0].start()
    wait_done(stack)
    for number in range(30):
        until, _ = lock_of(store, f"sms-{number}")
        assert datetime.timedelta(days=728) < until - before < datetime.timedelta(days=735), (number, until)
    assert lock_of(store, "mail")[0] - before < datetime.timedelta(days=2)
    shorter = stack.ctl("retention", "set", "--regime", "house-rule", "--years", "8", "--channel", "SMS", "--actor", "ada",
                        "--yes", check=False)
    assert shorter.returncode == 1 and b"RETENTION_ONLY_LENGTHENED" in shorter.stderr
    post(stack, certificates, "later")
    stack.wait_mirrored()
    assert lock_of(store, "later")[0] - before > datetime.timedelta(days=728)
    assert stack.sql("SELECT retention_class FROM affidavit.entries WHERE event_id = 'later'") == [("house-rule",)]


def test_nothing_is_disposed_of_before_its_time(stack):
    """A ledger that is younger than every retention has nothing to dispose of, and says so; other roles may not even ask."""
    config = stack.workers[0].config
    url = stack._write("dispose-url", stack.postgres.url("affidavit_dispose", stack.database))
    entries = stack.sql("SELECT count(*) FROM affidavit.payloads")[0][0]
    done = stack.ctl("retention", "dispose", "--config", config, "--database-url-file", url, "--dry-run")
    assert done.stdout.startswith(b"nothing is over before "), done.stdout
    done = stack.ctl("retention", "dispose", "--config", config, "--database-url-file", url, "--actor", "ada", "--yes")
    assert done.stdout.startswith(b"nothing is over before "), done.stdout
    done = stack.ctl("retention", "dispose", "--config", config, "--database-url-file", url, "--dry-run", "--before",
                     "2999-01-01T00:00:00Z", check=False)
    assert done.returncode == 2, done
    assert stack.sql("SELECT count(*) FROM affidavit.payloads")[0][0] == entries
