"""Every row of the HTTP contract that needs no spool, by curl and openssl alone."""

import hashlib
import subprocess
import time

import pytest

from sender import JSON, PATH, curl, curl_signed, event, openssl_hmac
from stack import wait_until

BODY_MAX = 1 << 20


@pytest.fixture(scope="module")
def stack(make_stack):
    return make_stack(adapter={"body_timeout_seconds": 2, "header_timeout_seconds": 2})


@pytest.fixture
def post(stack, certificates):
    def send(body, **options):
        return curl_signed(stack.adapters[0], stack.secret_file(), certificates.ca, body, **options)
    return send


def digest(body):
    return hashlib.sha256(body).hexdigest()


def tree_size(stack):
    return stack.sql("SELECT count(*) FROM affidavit.entries")[0][0]


def check_problem(answer, status):
    assert answer.status == status, answer
    assert answer.headers["content-type"].split(";")[0] == "application/problem+json"
    assert answer.json["status"] == status


def test_stored_then_duplicate_then_conflict(post, stack):
    body, other = event("contract-1"), event("contract-1", text="something else")
    first = post(body)
    assert first.status == 200, first
    assert first.headers["content-type"].split(";")[0] == JSON
    assert first.json["status"] == "accepted"
    assert first.json["id"] == "contract-1"
    assert first.json["payload_sha256"] == digest(body)
    receipt = {**first.json, "status": None}

    again = post(body)
    assert (again.status, again.json["status"]) == (200, "duplicate")
    assert {**again.json, "status": None} == receipt, "a repeat is answered with the first receipt"

    conflict = post(other)
    assert (conflict.status, conflict.json["status"]) == (200, "conflict")
    assert conflict.json["id"] == "contract-1"
    assert conflict.json["payload_sha256"] == digest(other)
    assert conflict.json["leaf_index"] > first.json["leaf_index"]
    assert post(other).json == conflict.json, "a repeated conflict is answered with its own first receipt"
    assert post(body).json["status"] == "duplicate"
    assert stack.sql("SELECT kind, count(*) FROM affidavit.entries WHERE event_id = 'contract-1' GROUP BY kind ORDER BY kind") == \
        [("conflict", 1), ("envelope", 1)]
    wait_until(lambda: stack.ledgers[0].metric("affidavit_alerts_total", alert="conflict") >= 1, 5, "the alert")


@pytest.mark.parametrize("reason, changes", [
    ("direction", {"direction": "inbound"}), ("channel", {"channel": "VOICE"}), ("type", {"type": "message:typing"}),
    ("direction", {"direction": "inbound", "channel": "FAX", "type": "x"})])
def test_out_of_scope_is_excluded(post, reason, changes):
    body = event("contract-excluded-" + "-".join(changes), **changes)
    answer = post(body)
    assert (answer.status, answer.json["status"], answer.json["reason"]) == (200, "excluded", reason)
    assert answer.json["payload_sha256"] == digest(body)
    assert post(body).json == answer.json


@pytest.mark.parametrize("changes", [{"direction": "OutBound"}, {"channel": "sms"}, {"channel": "WebChat"},
                                     {"type": "message:status:timeout"}, {"direction": None}, {"channel": 7}])
def test_in_scope_or_unreadable_is_accepted(post, changes):
    answer = post(event("contract-scope-" + "-".join(f"{key}-{value}" for key, value in changes.items()), **changes))
    assert (answer.status, answer.json["status"]) == (200, "accepted")


@pytest.mark.parametrize("body, reason", [
    (b"", "not_json"), (b"hello", "not_json"), (b'{"id": "x"', "not_json"), (b'\xef\xbb\xbf{"id":"bom"}', "not_json"),
    (b'{"id":"\xff\xfe"}', "not_json"), (b"[1, 2]", "id_missing"), (b'"text"', "id_missing"), (b"null", "id_missing"),
    (b'{"type":"message:send"}', "id_missing"), (b'{"id":7}', "id_missing"), (b'{"id":null}', "id_missing"),
    (b'{"id":""}', "id_unsound"), (b'{"id":"a\\u0001b"}', "id_unsound"), (b'{"id":"\\ud800"}', "id_unsound"),
    (b'{"id":"' + b"x" * 513 + b'"}', "id_unsound"), (b'{"id":"a","id":"b"}', "duplicate_key"),
    (b'{"id":"a","message":{"channel":"SMS","channel":"FAX"}}', "duplicate_key"),
    (b'{"id":"deep","x":' + b"[" * 600 + b"]" * 600 + b"}", "too_deep")], ids=lambda value: repr(value)[:30])
def test_authentic_but_unusable_is_kept_and_answered_422(post, body, reason):
    answer = post(body)
    check_problem(answer, 422)
    assert answer.json["outcome"] == "quarantined"
    assert answer.json["reason"] == reason
    assert answer.json["payload_sha256"] == digest(body)
    assert isinstance(answer.json["leaf_index"], int)
    assert post(body).json["leaf_index"] == answer.json["leaf_index"]


def bad_signatures(good, other):
    return {
        "missing": [], "empty": [""], "one digit short": [good[:-1]], "one digit long": [good + "0"], "half": [good[:32]],
        "twice as long": [good * 2], "upper case": [good.upper()], "not hex": ["g" * 64],
        "spaces inside": [good[:32] + " " + good[32:]],
        "0x": ["0x" + good], "prefixed": ["sha256=" + good], "quoted": [f'"{good}"'], "not ASCII": ["\u00e9" * 32],
        "one digit wrong": [good[:-1] + ("0" if good[-1] != "0" else "1")], "of another body": [other], "zeros": ["0" * 64],
        "given twice": [good, good], "good and bad": [good, other], "bad and good": [other, good], "a list": [f"{good},{good}"],
    }


def test_every_bad_signature_is_401_and_leaves_no_trace(stack, certificates, tmp_path):
    body = event("contract-unsigned")
    (tmp_path / "body").write_bytes(body)
    (tmp_path / "other").write_bytes(body + b" ")
    good = openssl_hmac(tmp_path / "body", stack.secret_file())
    other = openssl_hmac(tmp_path / "other", stack.secret_file())
    url, size, answers = stack.adapters[0].url + PATH, tree_size(stack), {}
    variants = bad_signatures(good, other)
    if good.upper() == good:
        del variants["upper case"]
    for name, values in variants.items():
        headers = [("Content-Type", JSON)] + [("x-genesys-signature", value) for value in values]
        answers[name] = curl(url, body, headers, certificates.ca)
        assert answers[name].status == 401, (name, answers[name])
        check_problem(answers[name], 401)
    assert len({answer.body for answer in answers.values()}) == 1, "a 401 says nothing about why"
    assert curl(url, body, [("Content-Type", JSON), ("X-Hub-Signature-256", "sha256=" + good)], certificates.ca).status == 401
    assert tree_size(stack) == size
    assert stack.adapters[0].metric("affidavit_adapter_requests_total", answer="unauthorized") >= len(answers)
    text = stack.adapters[0].log_text()
    assert good not in text and other not in text and "contract-unsigned" not in text
    assert curl(url, body, [("Content-Type", JSON), ("X-GENESYS-Signature", good)], certificates.ca).json["status"] == "accepted"


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON ;x=y"])
def test_content_type_may_have_parameters(post, content_type):
    assert post(event("contract-type-" + digest(content_type.encode())[:8]), content_type=content_type).status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/jsonx", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_415(post, stack, content_type):
    size = tree_size(stack)
    check_problem(post(event("contract-415"), content_type=content_type), 415)
    assert tree_size(stack) == size


@pytest.mark.parametrize("path", ["/", "/genesys", "/genesys/telemetry/", "/genesys/telemetry2", "/sources/genesys2", "/metrics",
                                  "/healthz", "/genesys/%74elemetry/x"])
def test_another_path_is_404(post, path):
    check_problem(post(event("contract-404"), path=path), 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_405(stack, certificates, method):
    answer = curl(stack.adapters[0].url + PATH, b"{}", [("Content-Type", JSON)], certificates.ca, ["--request", method])
    check_problem(answer, 405)
    assert answer.headers["allow"] == "POST"


def test_the_largest_body_is_stored_and_one_byte_more_is_413(post, stack):
    head, tail = b'{"id":"contract-largest","x":"', b'"}'
    body = head + b"x" * (BODY_MAX - len(head) - len(tail)) + tail
    assert len(body) == BODY_MAX
    answer = post(body)
    assert (answer.status, answer.json["status"]) == (200, "accepted")
    check_problem(post(body + b" "), 413)
    check_problem(post(body + b" ", arguments=["--header", "Transfer-Encoding: chunked"]), 413)
    assert post(body, arguments=["--header", "Transfer-Encoding: chunked"]).json["status"] == "duplicate"
    assert stack.adapters[0].metric("affidavit_alerts_total", alert="oversize_event") >= 1


@pytest.mark.parametrize("sent, status", [
    (f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {JSON}\r\nx-genesys-signature: {'0' * 64}\r\n"
     'Content-Length: 500\r\n\r\n{"id":', b"408"),
    (f"POST {PATH} HTTP/1.1\r\nHost: loc", b"408")], ids=["body", "header"])
def test_a_slow_sender_is_408_or_hung_up_on(stack, certificates, sent, status):
    """Half a request, and never the rest."""
    command = ["openssl", "s_client", "-quiet", "-CAfile", certificates.ca, "-connect", f"127.0.0.1:{stack.adapters[0].port}"]
    started = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdin.write(sent.encode())
        process.stdin.flush()
        answer = process.stdout.read()
    assert answer.split(b" ")[1:2] == [status] or (answer == b"" and "Content-Length" not in sent), answer
    assert 1 < time.monotonic() - started < 15


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_tls_versions(stack, certificates, version):
    options = ["--tlsv" + version, "--tls-max", version]
    assert curl(stack.adapters[0].url + PATH, b"{}", [("Content-Type", JSON)], certificates.ca, options).status == 401


def test_older_tls_and_plain_http_are_refused(stack, certificates):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{stack.adapters[0].port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20).returncode != 0
    assert curl(f"http://127.0.0.1:{stack.adapters[0].port}{PATH}", b"{}", [("Content-Type", JSON)]).status in (0, 400)


def test_without_a_ledger_it_is_503_and_stored_once_it_is_back(post, stack):
    body = event("contract-503")
    assert stack.ledgers[0].stop() == 0
    started = time.monotonic()
    answer = post(body)
    check_problem(answer, 503)
    assert int(answer.headers["retry-after"]) >= 1
    assert time.monotonic() - started < 9, "the sender has its answer within 8 s"
    wait_until(lambda: stack.adapters[0].probe("/readyz")[0] == 503, 10, "the adapter to be not ready")
    assert stack.adapters[0].probe("/healthz")[0] == 200
    stack.ledgers[0].start()
    stack.adapters[0].wait_ready()
    assert post(body).json["status"] in ("accepted", "duplicate")
