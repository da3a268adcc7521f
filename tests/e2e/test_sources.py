"""Several sources with schemes of their own through one adapter, and readmission once a profile is fixed."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from sender import Connection, event

OTHERS = [
    {"name": "messaging", "profile": "genesys-open-messaging", "scheme": "sha256-base64"},
    {"name": "forwarder", "profile": "generic", "scheme": "standard-webhooks"},
    {"name": "hub", "profile": "generic", "scheme": "sha256-hex"},
]
GENESYS = {"name": "genesys", "route": "/genesys/telemetry", "profile": "default", "scheme": "hmac-sha256-hex"}


@pytest.fixture(scope="module")
def stack(make_stack):
    return make_stack(sources=[GENESYS, *OTHERS])


@pytest.fixture
def connection(stack, certificates):
    return Connection(stack.adapters[0], stack.secret(), certificates.ca)


def mac(secret, content):
    return hmac.new(secret, content, hashlib.sha256)


def standard_webhook(secret, body, webhook_id, timestamp):
    key = base64.b64decode(secret[6:]) if secret.startswith(b"whsec_") else secret
    content = f"{webhook_id}.{timestamp}.".encode() + body
    return {"webhook-id": webhook_id, "webhook-timestamp": str(timestamp),
            "webhook-signature": "v1," + base64.b64encode(mac(key, content).digest()).decode()}


def test_each_source_has_its_scheme_and_its_ids(stack, connection):
    body = event("shared-id")
    headers = {
        "genesys": {"x-genesys-signature": mac(stack.secret(), body).hexdigest()},
        "forwarder": standard_webhook(stack.secret("forwarder"), body, "msg_1", int(time.time())),
        "hub": {"X-Hub-Signature-256": "sha256=" + mac(stack.secret("hub"), body).hexdigest()},
    }
    paths = {"genesys": "/genesys/telemetry", "forwarder": "/sources/forwarder", "hub": "/sources/hub"}
    for source, path in paths.items():
        answer = connection.post(body, path, headers[source])
        assert (answer.status, answer.json["status"], answer.json["id"]) == (200, "accepted", "shared-id"), source
    for source, path in paths.items():
        for other in set(paths) - {source}:
            assert connection.post(body, path, headers[other]).status == 401, (source, other)
    ambiguous = stack.ctl("get", "shared-id", check=False)
    assert ambiguous.returncode == 1 and b"genesys" in ambiguous.stderr and b"hub" in ambiguous.stderr
    assert stack.ctl("get", "shared-id", "--source", "hub", "--raw").stdout == body


def test_a_receipt_that_repeats_its_messages_id_is_an_event_of_its_own(stack, connection):
    def post(document):
        body = json.dumps(document).encode()
        signature = base64.b64encode(mac(stack.secret("messaging"), body).digest()).decode()
        return connection.post(body, "/sources/messaging", {"X-Hub-Signature-256": "sha256=" + signature})

    channel = {"platform": "Open", "type": "Private", "messageId": "m-9", "time": "2026-11-24T09:00:00.000Z"}
    message = {"id": "m-9", "channel": channel, "type": "Text", "text": "hi", "direction": "Outbound"}
    receipt = {"id": "m-9", "channel": {**channel, "time": "2026-11-24T09:00:03.000Z"}, "type": "Receipt",
               "status": "Delivered", "direction": "Outbound"}
    answers = [post(message), post(receipt), post({**receipt, "status": "Read"})]
    assert [answer.json["status"] for answer in answers] == ["accepted"] * 3, answers
    assert len({answer.json["id"] for answer in answers}) == 3
    assert post(receipt).json["status"] == "duplicate"


def test_standard_webhooks_are_refused_outside_the_tolerance(stack, connection):
    body, now = event("timed"), int(time.time())
    for timestamp in (now - 400, now + 400):
        headers = standard_webhook(stack.secret("forwarder"), body, "msg_2", timestamp)
        assert connection.post(body, "/sources/forwarder", headers).status == 401
    good = standard_webhook(stack.secret("forwarder"), body, "msg_2", now)
    assert connection.post(body, "/sources/forwarder", {**good, "webhook-id": "msg_3"}).status == 401
    several = {**good, "webhook-signature": "v1,AAAA v2,zzzz " + good["webhook-signature"] + " v1a,xyz"}
    assert connection.post(body, "/sources/forwarder", several).json["status"] == "accepted"


def test_readmission_after_the_profile_is_fixed(stack, certificates, connection):
    odd = json.dumps({"eventId": "odd-1", "type": "message:send", "message": {"direction": "outbound", "channel": "SMS"}}).encode()
    broken = b"never an event"
    for body in (odd, broken):
        assert connection.post(body).status == 422
    connection.close()
    listed = json_lines(stack.ctl("quarantine", "list", "--output", "json"))
    assert len(listed) == 2
    index = next(int(entry["leaf_index"]) for entry in listed if entry["payload_sha256"] == hashlib.sha256(odd).hexdigest())

    # As it is, the profile says the same again.
    stack.ctl("quarantine", "readmit", str(index), check=False)
    assert stack.sql("SELECT count(*) FROM affidavit.entries WHERE event_id = 'odd-1'") == [(0,)]

    for service in stack.adapters + stack.ledgers:
        assert service.stop() == 0
    stack.sources[0] = {**GENESYS, "pointers": {"id": "/eventId"}}
    stack.write_config()
    stack.start()
    stack.ctl("quarantine", "readmit", "--all", check=False)
    kind, provenance, receive_time, first_receive_time = stack.sql(
        "SELECT e.kind, e.provenance, e.receive_time, q.receive_time FROM affidavit.entries e, affidavit.entries q "
        "WHERE e.event_id = 'odd-1' AND q.leaf_index = %s", (index,))[0]
    assert (kind, provenance, receive_time) == ("envelope", "readmitted", first_receive_time)
    assert stack.ctl("get", "odd-1", "--raw").stdout == odd
    stack.ctl("quarantine", "readmit", "--all", check=False)
    assert stack.sql("SELECT count(*) FROM affidavit.entries WHERE event_id = 'odd-1'") == [(1,)]
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    assert connection.post(odd).json["status"] == "duplicate"


def json_lines(done):
    """What a listing printed: an array, or an object a line."""
    text = done.stdout.decode()
    return json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in text.splitlines()]
