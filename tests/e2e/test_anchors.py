"""The log's anchors outside: a witness that cosigns it and an authority that dates it, and what their absence costs."""

import os

import pytest

from sender import Connection, event
from stack import BIN, run, wait_until

ANCHOR_SECONDS = 30


@pytest.fixture(scope="module")
def stack(make_stack):
    return make_stack(pairs=2, anchors=True, signing={"checkpoint_interval_ms": 200, "anchor_interval_seconds": 1})


@pytest.fixture
def connection(stack, certificates):
    stack.anchors.tell("witness conform")
    stack.anchors.tell("timestamper conform")
    return Connection(stack.adapters[0], stack.secret(), certificates.ca)


def anchored_sizes(stack, table):
    return stack.sql(f"SELECT coalesce(max(tree_size), 0) FROM affidavit.{table}")[0][0]


def wait_anchored(stack, table, tree_size):
    wait_until(lambda: anchored_sizes(stack, table) >= tree_size, ANCHOR_SECONDS, f"{table} at size {tree_size}")


def post(connection, name):
    answer = connection.post(event(name))
    assert answer.status == 200
    return answer.json["leaf_index"] + 1


def test_both_anchors_follow_the_log(stack, connection):
    for number in range(3):
        tree_size = post(connection, f"anchored-{number}")
        wait_anchored(stack, "cosignatures", tree_size)
        wait_anchored(stack, "timestamps", tree_size)
    assert stack.sql("SELECT DISTINCT witness FROM affidavit.cosignatures") == [(stack.anchors.witness_vkey,)]
    assert stack.sql("SELECT DISTINCT authority FROM affidavit.timestamps") == [("test-tsa",)]


def test_a_bundle_carries_what_outsiders_said_and_verifies_offline(stack, connection, tmp_path):
    tree_size = post(connection, "anchored-bundle")
    wait_anchored(stack, "cosignatures", tree_size)
    wait_anchored(stack, "timestamps", tree_size)
    bundle = str(tmp_path / "bundle.json")
    stack.ctl("prove", "--event-id", "anchored-bundle", "--out", bundle)

    def verify(witness, authority):
        done = run([os.path.join(BIN, "affidavit-verify"), bundle, "--key", stack.vkey, "--witness", witness,
                    "--tsa-ca", authority])
        return done.returncode, done.stdout.decode()
    code, text = verify(stack.anchors.witness_vkey, stack.anchors.timestamper_ca_file)
    assert code == 0 and text.endswith("\nVERIFIED\n"), text
    assert "witness.example.org" in text, text
    code, text = verify(stack.vkey, stack.anchors.timestamper_ca_file)  # the log's own key is no witness's
    assert code != 0, text
    code, text = verify(stack.anchors.witness_vkey, stack.certificates.ca)  # that authority has signed nothing
    assert code != 0, text


def test_outsiders_that_fail_hold_nothing_up(stack, connection):
    before = anchored_sizes(stack, "cosignatures")
    for command in ("witness refuse", "timestamper refuse"):
        stack.anchors.tell(command)
    tree_size = post(connection, "while they refuse")
    wait_until(lambda: stack.sql("SELECT max(tree_size) FROM affidavit.checkpoints")[0][0] >= tree_size, ANCHOR_SECONDS,
               "a checkpoint")
    for target in ("witness/witness.example.org", "timestamper/test-tsa"):
        wait_until(lambda t=target: sum(ledger.metric("affidavit_ledger_anchor_requests_total", target=t,
                                                      result="unavailable") for ledger in stack.ledgers) >= 2,
                   ANCHOR_SECONDS, f"{target} to be asked again")
    assert anchored_sizes(stack, "cosignatures") == before
    for command in ("witness conform", "timestamper conform"):
        stack.anchors.tell(command)
    wait_anchored(stack, "cosignatures", tree_size)
    wait_anchored(stack, "timestamps", tree_size)


def test_wrong_cosignature_is_not_kept(stack, connection):
    before = anchored_sizes(stack, "cosignatures")
    stack.anchors.tell("witness wrong")
    tree_size = post(connection, "wrongly cosigned")
    wait_until(lambda: sum(ledger.metric("affidavit_ledger_anchor_requests_total", target="witness/witness.example.org",
                                         result="invalid") for ledger in stack.ledgers) >= 1,
               ANCHOR_SECONDS, "the wrong cosignature to be seen")
    assert anchored_sizes(stack, "cosignatures") == before
    stack.anchors.tell("witness conform")
    wait_anchored(stack, "cosignatures", tree_size)


def test_another_ledger_takes_over(stack, connection):
    """Whichever of the two anchors is killed; the other goes on from where the witness is."""
    anchoring = [ledger for ledger in stack.ledgers if "anchoring checkpoints" in ledger.log_text()][-1]
    anchoring.kill()
    living = next(number for number, ledger in enumerate(stack.ledgers) if ledger is not anchoring)
    other = Connection(stack.adapters[living], stack.secret(), stack.certificates.ca)
    try:
        tree_size = post(other, "after the takeover")
        wait_anchored(stack, "cosignatures", tree_size)
        wait_anchored(stack, "timestamps", tree_size)
    finally:
        anchoring.start()
