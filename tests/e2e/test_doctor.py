"""`affidavit doctor` beside a whole stack: nothing is wrong with it but that a directory is not WORM, and what ends is missed."""

import json

import pytest

from object_store import Directory
from sender import Connection, event
from stack import affidavit


@pytest.fixture(scope="module")
def stack(make_stack, tmp_path_factory):
    stack = make_stack(signing={"checkpoint_interval_ms": 100})
    stack.add_worker(Directory(tmp_path_factory.mktemp("doctor") / "objects"))
    connection = Connection(stack.adapters[0], stack.secret(), stack.certificates.ca)
    assert connection.post(event("seen-by-the-doctor")).status == 200
    stack.wait_signed()
    stack.wait_mirrored()
    return stack


def not_good(config, *arguments):
    """The exit code, and each check that is neither good nor a note, with its verdict."""
    done = affidavit("doctor", "--config", config, "--output", "json", *arguments, check=False)
    checks = json.loads(done.stdout)["checks"]
    return done.returncode, {check["check"]: check["verdict"] for check in checks if check["verdict"] not in ("good", "note")}


def test_a_sound_ledger_has_no_finding(stack):
    assert not_good(stack.ledgers[0].config) == (0, {})


def test_a_sound_worker_on_a_directory_is_told_that_it_is_not_worm(stack):
    assert not_good(stack.workers[0].config) == (1, {"store.worm": "finding"})


def test_who_does_not_answer_is_named(stack):
    assert stack.workers[0].stop() == 0
    assert not_good(stack.workers[0].config, "--only", "services") == (3, {"services.worker": "unreachable"})
    stack.workers[0].start()
    assert not_good(stack.workers[0].config, "--only", "services") == (0, {})
