"""The worker's mirror, on the directory store and on a real S3 server: each entry has one locked copy, byte for byte, whatever
its id, and whatever dies meanwhile. Compared through clients that are not ours (object_store.py)."""

import contextlib
import datetime
import hashlib
import json
import os
import random
import socket
import subprocess
import time

import pytest

from object_store import Directory
from sender import Connection, event
from stack import BIN, SOURCE, run, wait_until, with_superuser

OTHER = {"name": "other", "profile": "default", "scheme": "hmac-sha256-hex"}
AWKWARD_IDS = [".", "..", "a/b", "/a", "a/", "../../etc/passwd", "a//b", "a b", "%2E", "!2F", "caf\u00e9", "\u2713" * 100,
               "Case", "case", "x" * 512, "x" * 511 + "y", "shared.conflict-0123456789abcdef", "sha256-" + "0" * 64, "?#&=+"]


@pytest.fixture(scope="module", params=["directory", "s3"])
def store(request, tmp_path_factory):
    if request.param == "directory":
        return Directory(tmp_path_factory.mktemp("mirror") / "objects")
    return request.getfixturevalue("s3_server").make_bucket(f"mirror-{random.randrange(1 << 40):010x}")


@pytest.fixture(scope="module")
def stack(make_stack, store):
    stack = make_stack(sources=[SOURCE, OTHER], signing={"checkpoint_interval_ms": 100})
    stack.receipts = os.path.join(stack.directory, "receipts.jsonl")
    stack.add_worker(store, siem=[{"name": "lake", "kind": "json-lines", "target": stack.receipts}])
    return stack


ENTRIES = """SELECT leaf_index, e.kind, e.payload_sha256, e.retain_until, raw, outcome, object_key, version_id, checksum,
  r.retain_until, r.legal_hold
  FROM affidavit.entries e JOIN affidavit.mirror_receipts r USING (leaf_index)
  JOIN (SELECT payload_id, raw FROM affidavit.payloads UNION ALL SELECT payload_id, raw FROM affidavit.excluded_payloads) p
  USING (payload_id) ORDER BY leaf_index"""


def check_copies(stack, store, read_max=None):
    """Every entry has one receipt and, unless it is out of scope, one version of one object; what is read of them is the entry's
    payload, locked for as long as its leaf promises. At most `read_max` are read, the digests that the store lists all."""
    assert stack.sql("SELECT count(*), count(DISTINCT leaf_index), count(DISTINCT receipt_id), max(receipt_id) + 1 "
                     "FROM affidavit.mirror_receipts") == stack.sql("SELECT n, n, n, n FROM (SELECT count(*) n FROM "
                                                                    "affidavit.entries) e"), "one receipt each, and dense"
    copies = {version.key: version for version in store.versions() if not version.key.startswith("log/")}
    rows = stack.sql(ENTRIES)
    copied = [row for row in rows if row[1] != "excluded"]
    assert len([version for version in store.versions() if not version.key.startswith("log/")]) == len(copied), "one version each"
    assert len(copies) == len(copied) == len({row[6] for row in copied}), "no key is shared"
    read = {row[0] for row in (copied if read_max is None else random.sample(copied, min(read_max, len(copied))))}
    for leaf_index, kind, sha256, retain_until, raw, outcome, key, version_id, checksum, locked_until, hold in rows:
        if kind == "excluded":
            assert (outcome, key) == ("left_out", None), leaf_index
            continue
        assert outcome in ("copied", "existing") and not hold
        copy = copies[key]
        assert copy.md5 in (None, hashlib.md5(raw).hexdigest()), (leaf_index, key)
        if leaf_index in read:
            body, until, hold, metadata = store.read(copy)
            assert body == bytes(raw) and bytes(checksum) == bytes(sha256) == hashlib.sha256(body).digest()
            assert store.names_version(copy, version_id)
            assert locked_until >= retain_until and not hold
            assert retain_until <= until <= retain_until + datetime.timedelta(seconds=1), (leaf_index, until, retain_until)
            assert metadata["audit_hash"] == bytes(sha256).hex()
    return len(copied)


def test_every_entry_has_one_locked_copy(stack, store, certificates):
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    other = Connection(stack.adapters[0], stack.secret("other"), certificates.ca)
    answers = [connection.post(event("shared")), other.post(event("shared"), "/sources/other"),
               connection.post(event("shared", text="otherwise")), connection.post(event("inbound", direction="inbound")),
               connection.post(b"no JSON"), connection.post(event("mail", channel="EMAIL"))]
    assert [answer.json.get("outcome", answer.json["status"]) for answer in answers] == [
        "accepted", "accepted", "conflict", "excluded", "quarantined", "accepted"]
    for event_id in AWKWARD_IDS:
        for each, path in ((connection, SOURCE["route"]), (other, "/sources/other")):
            assert each.post(event(event_id), path).json["status"] == "accepted", event_id
    for number in range(270):
        assert connection.post(event(f"plain-{number}")).status == 200
    stack.wait_mirrored()
    check_copies(stack, store, read_max=150)

    day = stack.sql("SELECT to_char(receive_time AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM affidavit.entries "
                    "WHERE event_id = 'mail'")[0][0]
    keys = {version.key for version in store.versions(f"audit/{day}/")}
    assert f"audit/{day}/EMAIL/mail.json" in keys and f"audit/{day}/SMS/other/shared.json" in keys
    assert f"audit/{day}/SMS/shared.conflict-{sha256_of(stack, 'conflict')[:16]}.json" in keys
    assert all(set(key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!/") for key in keys)


def sha256_of(stack, kind):
    return bytes(stack.sql("SELECT payload_sha256 FROM affidavit.entries WHERE kind = %s", (kind,))[0][0]).hex()


def read_all(store, key):
    """(body, retain_until) of each version of one key; old ones of what is not locked may go meanwhile."""
    found = []
    for version in store.versions(key):
        if version.key == key:
            with contextlib.suppress(FileNotFoundError):
                found.append(store.read(version)[:2])
    return found


def test_the_log_is_mirrored_too(stack, store):
    stack.wait_signed()
    note = stack.sql("SELECT signed_note FROM affidavit.checkpoints ORDER BY tree_size DESC LIMIT 1")[0][0]

    wait_until(lambda: bytes(note) in [body for body, _ in read_all(store, "log/checkpoint")], 20, "the newest checkpoint")
    for key, locked in {"log/checkpoint": False, "log/tile/0/000": True, "log/tile/entries/000": True}.items():
        versions = read_all(store, key)
        assert versions, key
        assert all((until is not None) == locked for _, until in versions), key


def test_nobody_deletes_a_copy(stack, store):
    version = store.versions("audit/")[0]
    if store.is_worm:
        assert store.refuses_delete(version)
    else:
        assert os.stat(version.version_id).st_mode & 0o222 == 0, "not even its owner writes to it by accident"


def test_the_status_and_the_metrics_say_how_far_it_is(stack):
    stack.wait_mirrored()
    size = stack.sql("SELECT count(*) FROM affidavit.entries")[0][0]
    shown = json.loads(stack.ctl("status", "--output", "json").stdout)["mirror"]
    assert (shown["next_leaf_index"], shown["lag_entries"], shown["lag_seconds"], shown["finding_count"]) == (size, 0, 0, 0)
    assert f"mirrored below {size}   nothing waits".encode() in stack.ctl("status").stdout
    assert stack.workers[0].probe("/healthz")[0] == 200
    assert stack.workers[0].metric("affidavit_worker_mirror_lag_entries") == 0
    assert stack.workers[0].metric("affidavit_worker_mirror_objects_total", result="copied") == size - 1, "all but the excluded one"


def test_a_sink_gets_the_receipt_of_every_entry(stack):
    expected = stack.sql("SELECT receipt_id, leaf_index, encode(payload_sha256, 'hex'), outcome, object_key "
                         "FROM affidavit.mirror_receipts JOIN affidavit.entries USING (leaf_index) ORDER BY 1")

    def shipped():
        with open(stack.receipts, encoding="utf-8") as file:
            told = [json.loads(line)["unmapped"] for line in file if "receiptId" in line]
        return {(int(one["receiptId"]), int(one["leafIndex"]), one["payloadHash"], one["outcome"], one.get("storageKey"))
                for one in told}
    wait_until(lambda: shipped() == set(expected), 20, "all receipts in the sink's file")


def test_sigterm_is_a_clean_end_and_another_worker_takes_over(stack, store, certificates):
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    first, second = stack.workers[0], stack.add_worker(store)
    for number in range(300):
        assert connection.post(event(f"handover-{number}")).status == 200
    assert first.stop() == 0
    stack.wait_mirrored()
    first.start()
    second.kill()
    assert connection.post(event("after the handover")).status == 200
    stack.wait_mirrored()
    check_copies(stack, store, read_max=50)


class SilentStore:
    """Takes connections and says nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)

    def settings(self, directory):
        secret = os.path.join(directory, "silent-secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("secret\n")
        return {"kind": "s3", "endpoint": f"http://127.0.0.1:{self.listener.getsockname()[1]}", "bucket": "silent",
                "access_key_id": "silent", "secret_access_key_file": secret, "path_style": True, "timeout_seconds": 60}


def test_a_drain_has_an_end_and_the_next_worker_repeats_it(stack, certificates):
    assert stack.workers[0].stop() == 0
    silent = SilentStore()
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    assert connection.post(event("cut off")).status == 200
    worker = stack.add_worker(silent, drain_seconds=1)
    with silent.listener.accept()[0]:
        started = time.monotonic()
        assert worker.stop() == 1
        assert time.monotonic() - started < 10
    assert "stopped with requests under way" in worker.log_text()
    silent.listener.close()
    stack.workers[0].start()
    stack.wait_mirrored()


def test_it_says_what_it_needs(stack, postgres, tmp_path):
    worker, config = os.path.join(BIN, "affidavit-worker"), tmp_path / "worker.toml"
    config.write_text('[database]\nurl = "postgresql:///nothing"\n[facts]\nenabled = false\n[timeouts]\nenabled = false\n')
    done = run([worker, "--config", str(config)])
    assert done.returncode == 2 and b"there is nothing to do" in done.stderr
    assert run([worker]).returncode == 2
    name = f"unmigrated_{random.randrange(1 << 40):010x}"
    with_superuser(postgres, f'CREATE DATABASE "{name}" OWNER affidavit_owner')
    try:
        url = postgres.url("affidavit_owner", name)
        config.write_text(f'[database]\nurl = "{url}"\n[worker]\nmetrics_listen = "127.0.0.1:0"\n'
                          f'[object_store]\nkind = "directory"\ndirectory = "{tmp_path}/objects"\n')
        done = run([worker, "--config", str(config)])
        assert done.returncode == 1 and b"affidavit migrate" in done.stderr
    finally:
        with_superuser(postgres, f'DROP DATABASE "{name}"')


def test_a_write_only_worker_that_is_killed_leaves_identical_versions_only(make_stack, s3_server, certificates):
    bucket = s3_server.make_bucket(f"write-only-{random.randrange(1 << 40):010x}", who="WRITER_")
    stack = make_stack(signing={"checkpoint_interval_ms": 200})
    worker = stack.add_worker(bucket, mirror={"verify_existing": False})
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    for attempt in range(3):
        for number in range(60):
            assert connection.post(event(f"written-{attempt}-{number}")).status == 200
        worker.kill()
        worker.start()
    stack.wait_mirrored()
    versions = [version for version in bucket.versions() if not version.key.startswith("log/")]
    bodies = {row[6]: hashlib.md5(row[4]).hexdigest() for row in stack.sql(ENTRIES)}
    assert {version.key for version in versions} == set(bodies), "an object for each entry"
    assert all(version.md5 == bodies[version.key] for version in versions), "repeats are of the same bytes"
    print(f"{len(versions) - len(bodies)} objects were written twice")
    for version in random.sample(versions, 20):
        assert bucket.read(version)[1] is not None, "repeats are locked too"
    assert worker.stop() == 0


@pytest.mark.heavy
@pytest.mark.deadline(150)
def test_kill_9_and_outages_under_load_leave_one_copy_each(make_stack, s3_server, certificates, seed, tmp_path):
    bucket = s3_server.make_bucket(f"load-{random.randrange(1 << 40):010x}")
    stack, generator = make_stack(signing={"checkpoint_interval_ms": 200}), random.Random(seed)
    worker = stack.add_worker(bucket)
    report = tmp_path / "report"
    command = [os.path.join(BIN, "affidavit"), "simulate", "--url", stack.adapters[0].url, "--ca", certificates.ca, "--secret-file",
               stack.secret_file(), "--rate", "100/s", "--seconds", "600", "--seed", str(seed), "--conflicts", "0.02", "--broken",
               "0.01", "--output", "json"]
    with open(report, "wb") as output:
        traffic = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)
    try:
        for number in range(20):
            # A kill finds a worker that still waits for the last one's requests to end, or one that copies.
            time.sleep(generator.uniform(0.1, 2 if number % 2 else 0.5))
            if number % 2:
                worker.kill()
                worker.launch()
            else:
                s3_server.stop_gateway()
                time.sleep(generator.uniform(0, 0.4))
                s3_server.start_gateway()
        wait_until(lambda: stack.sql("SELECT count(*) FROM affidavit.entries")[0][0] >= 2_000, 60, "2,000 entries")
    finally:
        s3_server.start_gateway()
        traffic.terminate()
        traffic.wait(60)
    assert json.loads(report.read_text())["mismatches"] == 0
    stack.wait_mirrored(60)
    assert stack.sql("SELECT count(*) FROM affidavit_state.mirror_findings") == [(0,)]
    assert check_copies(stack, bucket, read_max=200) > 1_500
    assert worker.stop() == 0
