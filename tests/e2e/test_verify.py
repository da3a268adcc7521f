"""What the running ledger proves is verified without it: by affidavit-verify, and by the script of docs/verify-by-hand.md."""

import base64
import json
import os
import re
import shlex
import subprocess

import pytest

from sender import Connection, event
from stack import BIN, ROOT, affidavit, run

VERIFY = os.path.join(BIN, "affidavit-verify")


@pytest.fixture(scope="module")
def stack(make_stack, certificates):
    stack = make_stack(signing={"checkpoint_interval_ms": 50})
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    for number in range(20):
        post(connection, event(f"other-{number}"))
    post(connection, event("life-1", id="m-life"))
    post(connection, event("other-20"))
    post(connection, event("life-2", type="message:delivery", id="m-life", deliveryTimestamp="2026-11-24T09:00:01Z"))
    return stack


def post(connection, body):
    answer = connection.post(body)
    assert (answer.status, answer.json["status"]) == (200, "accepted"), answer


@pytest.fixture
def bundle(stack, tmp_path):
    path = str(tmp_path / "bundle.json")
    stack.ctl("prove", "--message-id", "m-life", "--out", path)
    return path


def verify(*arguments):
    done = run([VERIFY, *arguments])
    return done.returncode, done.stdout.decode()


@pytest.fixture
def by_hand(tmp_path):
    with open(os.path.join(ROOT, "docs", "verify-by-hand.md"), encoding="utf-8") as page:
        script = re.search(r"```python\n(.*?)```", page.read(), re.DOTALL).group(1)
    path = tmp_path / "verify_by_hand.py"
    path.write_text(script, encoding="utf-8")
    return lambda *arguments: run(["/usr/bin/python3", str(path), *arguments])


def test_a_message_is_proven_and_verified_offline(stack, bundle):
    code, text = verify(bundle, "--key", stack.vkey, "--hmac-secret-file", stack.secret_file())
    assert code == 0, text
    assert text.endswith("\nVERIFIED\n")
    assert "Message m-life of source genesys: DELIVERED" in text
    assert "2026-11-24T09:00:01.000000Z  when it was delivered, by the carrier's clock" in text
    assert "The platform's signature (HMAC) of 2 entries" in text


def test_without_the_logs_key_nothing_is_verified(bundle):
    code, text = verify(bundle)
    assert (code, text.splitlines()[-1]) == (1, "NOT VERIFIED: consistent, signer unknown")


def test_the_command_that_prove_prints_verifies(stack, tmp_path):
    facts = json.loads(stack.ctl("prove", "--message-id", "m-life", "--output-dir", str(tmp_path), "--output", "json").stdout)
    command = shlex.split(facts["verify"])
    assert command[0] == "affidavit-verify"
    code, text = verify(*command[1:])
    assert code == 0, text


def test_it_is_verified_by_hand(stack, bundle, by_hand):
    done = by_hand(bundle, stack.vkey, stack.secret_file())
    assert done.returncode == 0, done.stdout
    assert done.stdout.decode().endswith("\nVERIFIED\n")


def test_another_body_is_refused_by_both(stack, bundle, by_hand):
    with open(bundle, encoding="utf-8") as file:
        document = json.load(file)
    raw = base64.b64decode(document["entries"][0]["raw"]).replace(b"ready", b"lost!")
    document["entries"][0]["raw"] = base64.b64encode(raw).decode()
    with open(bundle, "w", encoding="utf-8") as file:
        json.dump(document, file, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    code, text = verify(bundle, "--key", stack.vkey)
    assert code == 1 and "are not those that its leaf was made from" in text
    assert by_hand(bundle, stack.vkey).returncode == 1


def test_a_single_entry_is_proven_in_the_standard_form(stack, tmp_path):
    stack.ctl("prove", "--inclusion", "3", "--output-dir", str(tmp_path))
    leaf, proof = str(tmp_path / "entry-3.leaf"), str(tmp_path / "entry-3.tlog-proof")
    code, text = verify("tlog-proof", leaf, proof, "--key", stack.vkey, "--origin", stack.origin)
    assert code == 0, text
    assert verify("tlog-proof", proof, proof, "--key", stack.vkey)[0] == 1


@pytest.fixture
def copy(stack, tmp_path):
    """A copy of the log up to its newest checkpoint, and the bundle's entries below it."""
    affidavit("export-log", "--database-url-file", os.path.join(stack.directory, "owner-url"), "--out", str(tmp_path / "copy"))
    return str(tmp_path / "copy")


def test_the_scan_of_a_copy_finds_what_a_bundle_leaves_out(stack, bundle, copy):
    code, text = verify("log", copy, "--key", stack.vkey)
    assert code == 0, text
    code, text = verify(bundle, "--log", copy, "--key", stack.vkey)
    assert code == 0, text
    assert "The bundle leaves nothing out" in text
    with open(bundle, encoding="utf-8") as file:
        document = json.load(file)
    del document["entries"][1]
    with open(bundle, "w", encoding="utf-8") as file:
        json.dump(document, file, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert verify(bundle, "--key", stack.vkey)[0] == 0
    code, text = verify(bundle, "--log", copy, "--key", stack.vkey)
    assert code == 1
    assert "NOT VERIFIED: The bundle leaves out what concerns the message: leaf " in text


def test_the_scan_lists_all_about_a_message(stack, bundle, copy):
    code, text = verify("--log", copy, "--message", "m-life", "--key", stack.vkey, "--output", "json")
    document = json.loads(text)
    assert (code, document["verified"]) == (0, True), text
    with open(bundle, encoding="utf-8") as file:
        proofs = [entry["tlog_proof"] for entry in json.load(file)["entries"]]
    assert [f"index {leaf['leaf_index']}" for leaf in document["leaves"]] == [proof.split("\n")[1] for proof in proofs]
    assert [leaf["event_id"] for leaf in document["leaves"]] == ["life-1", "life-2"]


def test_the_verifier_knows_no_network_and_no_database():
    linked = subprocess.run(["ldd", VERIFY], check=True, capture_output=True, timeout=30).stdout.decode()
    assert not re.search(r"libpq|pqxx|grpc|protobuf|libcurl|libssl", linked), linked
