"""kill -9 of the ledger, of the adapter and of Postgres, under load, ten times each: what was answered is there, once, byte for
byte. And a ledger that stands still inside its transaction does not keep the other from going on."""

import base64
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest

from sender import Connection, event
from stack import BIN, wait_until
from log_lock import HeldLog

KILLS = 10
RECEIPTS = ("accepted", "duplicate", "conflict", "excluded", "quarantined")

pytestmark = pytest.mark.heavy


class Traffic:
    """`affidavit simulate` in the background, with a journal of what it posted and what was answered."""

    def __init__(self, stack, certificates, seed, directory):
        self.journal = os.path.join(directory, "journal")
        self.report = os.path.join(directory, "report")
        command = [os.path.join(BIN, "affidavit"), "simulate", "--url", stack.adapters[0].url, "--ca", certificates.ca,
                   "--secret-file", stack.secret_file(), "--rate", "300/s", "--seconds", "600", "--connections", "16",
                   "--seed", str(seed), "--retries", "12", "--retry-delay", "0.2", "--timeout", "10", "--conflicts", "0.02",
                   "--broken", "0.01", "--journal", self.journal, "--output", "json"]
        with open(self.report, "wb") as report:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=report, stderr=subprocess.DEVNULL)

    def answered(self):
        return os.path.getsize(self.journal) if os.path.exists(self.journal) else 0

    def wait_for_more(self):
        before = self.answered()
        wait_until(lambda: self.answered() > before + 20_000, 30, "traffic to go on")

    def end(self):
        self.process.terminate()
        self.process.wait(60)
        with open(self.report, encoding="utf-8") as report:
            return json.load(report)

    def lines(self):
        with open(self.journal, encoding="utf-8") as journal:
            return [json.loads(line) for line in journal]


def kill_and_start(stack, name):
    if name == "postgres":
        stack.postgres.kill()
        stack.postgres.start()
        return
    service = (stack.ledgers if name == "ledger" else stack.adapters)[0]
    service.kill()
    service.start()


@pytest.mark.deadline(180)
@pytest.mark.parametrize("name", ["ledger", "adapter", "postgres"])
def test_kill_9_under_load_loses_nothing(make_stack, certificates, seed, tmp_path, name):
    stack = make_stack()
    generator = random.Random(seed)
    traffic = Traffic(stack, certificates, seed, str(tmp_path))
    try:
        for _ in range(KILLS):
            traffic.wait_for_more()
            time.sleep(generator.uniform(0, 0.3))  # at another moment each time
            kill_and_start(stack, name)
        traffic.wait_for_more()
    finally:
        report = traffic.end()
    assert report["mismatches"] == 0, report
    assert report["accepted"] > 100, report  # traffic did flow: each wait above saw 20,000 bytes of journal
    check_journal(stack, traffic.lines())
    check_log(stack)


def check_journal(stack, lines):
    """Every post that got a receipt is stored exactly once, under that leaf_index, with exactly those bytes."""
    stored = {}
    for leaf_index, kind, event_id, raw in stack.sql(
            "SELECT leaf_index, kind, event_id, raw FROM affidavit.entries JOIN "
            "(SELECT payload_id, raw FROM affidavit.payloads UNION ALL SELECT payload_id, raw FROM affidavit.excluded_payloads) p "
            "USING (payload_id)"):
        stored.setdefault(bytes(raw), []).append((leaf_index, kind, event_id))
    checked = 0
    for line in lines:
        if line["status"] not in RECEIPTS:
            continue
        body = base64.b64decode(line["body_b64"])
        assert len(stored.get(body, [])) == 1, (line["id"], line["status"], stored.get(body))
        leaf_index, kind, event_id = stored[body][0]
        assert kind == {"accepted": "envelope", "duplicate": "envelope"}.get(line["status"], line["status"])
        assert leaf_index == line["leaf_index"]
        assert kind == "quarantined" or event_id == line["id"]
        checked += 1
    assert checked > 500


def check_log(stack):
    count, lowest, highest = stack.sql("SELECT count(*), min(leaf_index), max(leaf_index) FROM affidavit.entries")[0]
    assert (lowest, highest) == (0, count - 1), "gapless"
    assert stack.sql("SELECT event_id FROM affidavit.entries WHERE kind = 'envelope' GROUP BY event_id HAVING count(*) > 1") == []
    payloads = stack.sql("SELECT (SELECT count(*) FROM affidavit.payloads) + (SELECT count(*) FROM affidavit.excluded_payloads)")
    assert payloads == [(count,)], "no payload without an entry, and none twice"


@pytest.mark.deadline(90)
def test_a_ledger_stopped_inside_its_transaction_does_not_keep_the_other(make_stack, certificates):
    stack = make_stack(pairs=2)
    connections = [Connection(adapter, stack.secret(), certificates.ca) for adapter in stack.adapters]
    for number, connection in enumerate(connections):
        assert connection.post(event(f"before-{number}")).status == 200
    stopped, answers = stack.ledgers[0], {}

    def post(number):
        answers[number] = connections[number].post(event(f"held-{number}"))

    with HeldLog(stack) as lock:
        first = threading.Thread(target=post, args=(0,), daemon=True)
        first.start()
        lock.wait_for_waiters(1)
        stopped.signal(signal.SIGSTOP)
    try:
        # Postgres gives the lock to the stopped ledger's session, which now holds it and will not move.
        started = time.monotonic()
        second = threading.Thread(target=post, args=(1,), daemon=True)
        second.start()
        second.join(10)
        assert not second.is_alive() and answers[1].status == 200, "the other ledger goes on within 10 s"
        print(f"the other ledger went on after {time.monotonic() - started:.1f} s")
    finally:
        stopped.signal(signal.SIGCONT)
    first.join(20)
    assert answers[0].status in (200, 503)
    stopped.wait_ready()
    again = wait_until(lambda: retried(connections[0], event("held-0")), 20, "the stopped ledger to go on")
    assert again.json["status"] in ("accepted", "duplicate")
    assert stack.sql("SELECT count(*) FROM affidavit.entries WHERE event_id LIKE 'held-%'") == [(2,)]
    check_log(stack)


def retried(connection, body):
    answer = connection.post(body)
    return answer if answer.status == 200 else None
