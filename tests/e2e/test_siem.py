"""What a SIEM hears of besides receipts: refused signatures, oversize events and conflicts, from the adapter through the ledger and
the worker to a sink, each within seconds and without a byte of what was posted."""

import json
import os

import pytest

from sender import Connection, event
from stack import SOURCE, wait_until


@pytest.fixture(scope="module")
def stack(make_stack, tmp_path_factory):
    stack = make_stack(sources=[SOURCE], adapter={"body_bytes_max": 4096})
    stack.receipts = str(tmp_path_factory.mktemp("siem") / "receipts.jsonl")
    stack.add_worker(siem=[{"name": "lake", "kind": "json-lines", "target": stack.receipts, "format": "ocsf"}])
    return stack


def security_events(stack):
    """(name, details) of every security event that the sink has got."""
    if not os.path.exists(stack.receipts):
        return []
    with open(stack.receipts, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    return [(line["message"], line["unmapped"]) for line in lines if line["class_uid"] == 2004]


def wait_event(stack, name):
    def found():
        return next((details for known, details in security_events(stack) if known == name), None)
    return wait_until(found, 20, f"a security event {name}")


def test_refused_signatures_reach_the_siem(stack, certificates):
    wrong = Connection(stack.adapters[0], b"another secret", certificates.ca)
    assert wrong.post(event("forged", body="private")).status == 401
    details = wait_event(stack, "unauthorized")
    assert details["source"] == "genesys" and details["adapter_id"] == "e2e-0", details
    assert "reason" in details and "request_id" in details


def test_a_conflict_and_lost_evidence_reach_the_siem(stack, certificates):
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    assert connection.post(event("twice", body="one")).json["status"] == "accepted"
    assert connection.post(event("twice", body="two")).json["status"] == "conflict"
    assert wait_event(stack, "conflict")["source"] == "genesys"
    assert Connection(stack.adapters[0], stack.secret(), certificates.ca).post(event("large", body="x" * 5000)).status == 413
    assert wait_event(stack, "oversize_event")["adapter_id"] == "e2e-0"


def test_what_was_posted_is_in_no_security_event(stack):
    with open(stack.receipts, encoding="utf-8") as file:
        assert "private" not in file.read()


def test_events_wait_for_a_ledger_that_is_away(stack, certificates):
    before = len(security_events(stack))
    stack.ledgers[0].kill()
    assert Connection(stack.adapters[0], b"another secret", certificates.ca).post(event("late")).status == 401
    stack.ledgers[0].start()
    wait_until(lambda: "unauthorized" in [name for name, _ in security_events(stack)[before:]], 20, "the event of the outage")
