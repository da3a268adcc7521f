"""Any entry's leaf can be rebuilt from the posted bytes by the documented rules alone, and its columns equal its members.

The rules are read by tests/unit/core/leaf_reader.py, which shares nothing with the C++ code.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import sys

import pytest

from sender import Connection, event
from stack import BIN, ROOT, run

sys.path.insert(0, os.path.join(ROOT, "tests", "unit", "core"))
import leaf_reader  # noqa: E402

TEXTS = ["kind", "source", "event_id", "event_type", "schema_version", "channel", "direction", "message_id", "correlation_id",
         "adapter_id", "retention_class", "provenance"]
TIMES = ["event_time", "delivery_time", "receive_time", "retain_until"]
MESSAGING = {"name": "messaging", "profile": "genesys-open-messaging", "scheme": "sha256-base64"}
GENESYS = {"name": "genesys", "route": "/genesys/telemetry", "profile": "default", "scheme": "hmac-sha256-hex"}


@pytest.fixture(scope="module")
def stack(make_stack, certificates, seed):
    stack = make_stack(sources=[GENESYS, MESSAGING])
    done = run([os.path.join(BIN, "affidavit"), "simulate", "--url", stack.adapters[0].url, "--ca", certificates.ca,
                "--secret-file", stack.secret_file(), "--rate", "max", "--events", "3000", "--seed", str(seed),
                "--conflicts", "0.02", "--broken", "0.03"], timeout=100)
    assert done.returncode == 0, (done.stdout, done.stderr)
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    post_odd_events(connection, random.Random(seed))
    post_messaging(connection, stack.secret("messaging"))
    return stack


def post_odd_events(connection, generator):
    """Metadata of every type and shape where admission reads, and bodies with a few wrong bytes."""
    values = [None, True, 7, 1.5, 1e300, 1790000000000, "", "x", "x" * 257, "\u0000", "a\u0085b", "é\u2028😀", [], {}, ["SMS"],
              "SMS", "sms", "OUTBOUND", "Inbound", "message:read", "2026-11-24T09:00:00+05:30", "2016-12-31 23:59:60z",
              "2026-11-24T09:00:00.1234567899Z", "2026-02-30T00:00:00Z"]
    names = ["type", "version", "timestamp", "id", "direction", "channel", "deliveryTimestamp", "metadata"]
    for number in range(300):
        changes = {name: generator.choice(values) for name in generator.sample(names, generator.randrange(1, 4))}
        if generator.random() < 0.5 and "metadata" not in changes:
            changes["metadata"] = {"audit_correlation_id": generator.choice(values)}
        body = event(f"odd-{number}", **changes)
        if generator.random() < 0.3:
            body = bytearray(body)
            body[generator.randrange(len(body))] = generator.randrange(256)
        answer = connection.post(bytes(body))
        assert answer.status in (200, 422), (body, answer)


def post_messaging(connection, secret):
    for number, (kind, status) in enumerate([("Text", None), ("Receipt", "Sent"), ("Receipt", "Delivered"), ("Receipt", "Read"),
                                             ("Receipt", "Failed"), ("Structured", None), ("Event", None), ("Unheard", "x")]):
        document = {"id": "m-1|x", "type": kind, "direction": "Outbound" if number % 2 else "Inbound",
                    "channel": {"platform": "Open", "time": f"2026-11-24T09:00:0{number}.5Z"}}
        body = json.dumps({**document, **({"status": status} if status else {})}).encode()
        signature = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
        answer = connection.post(body, "/sources/messaging", {"X-Hub-Signature-256": "sha256=" + signature})
        assert answer.status == 200, answer


@pytest.fixture(scope="module")
def rows(stack):
    columns = TEXTS + ["leaf_index", "payload_size", "payload_sha256", "leaf", "leaf_hash", "raw"]
    times = [f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS {name}" for name in TIMES]
    found = stack.sql(
        f"SELECT {', '.join(columns + times)} FROM affidavit.entries JOIN (SELECT payload_id, raw FROM affidavit.payloads "
        "UNION ALL SELECT payload_id, raw FROM affidavit.excluded_payloads) p USING (payload_id) ORDER BY leaf_index")
    return [dict(zip(columns + TIMES, (bytes(value) if isinstance(value, memoryview) else value for value in row)))
            for row in found]


def signature_of(stack, row):
    secret = stack.secret(row["source"])
    digest = hmac.new(secret, row["raw"], hashlib.sha256)
    if row["source"] == "messaging":
        value = "sha256=" + base64.b64encode(digest.digest()).decode()
        return leaf_reader.signature_evidence("sha256-base64", "e2e", secret, {"x-hub-signature-256": value})
    return leaf_reader.signature_evidence("hmac-sha256-hex", "e2e", secret, {"x-genesys-signature": digest.hexdigest()})


def test_every_leaf_is_what_a_reader_makes_of_the_posted_bytes(stack, rows):
    assert len(rows) > 2000
    assert {"envelope", "conflict", "excluded", "quarantined"} == {row["kind"] for row in rows}
    for row in rows:
        rebuilt = leaf_reader.rebuild_leaf(
            row["raw"], source=row["source"], adapter_id="e2e-0", receive_time=row["receive_time"],
            signature=signature_of(stack, row), profile=MESSAGING["profile"] if row["source"] == "messaging" else "default",
            kind="conflict" if row["kind"] == "conflict" else None)
        assert rebuilt == row["leaf"], (row["leaf_index"], row["raw"])
        assert leaf_reader.leaf_hash(rebuilt) == row["leaf_hash"]


def test_every_column_equals_its_member(rows):
    for row in rows:
        leaf = json.loads(row["leaf"])
        for name in TEXTS + TIMES:
            assert leaf.get(name) == row[name], (row["leaf_index"], name)
        assert leaf["payload_size"] == row["payload_size"] == len(row["raw"])
        assert leaf["payload_sha256"] == row["payload_sha256"].hex() == hashlib.sha256(row["raw"]).hexdigest()


def test_the_command_line_prints_the_same_leaf(stack, rows):
    for row in rows[::max(1, len(rows) // 20)]:
        done = stack.ctl("get", "--leaf-index", str(row["leaf_index"]), "--leaf")
        assert done.stdout == row["leaf"]
