"""Two adapters and two ledgers on one database give the same result as one."""

import hashlib
import json
import queue
import random
import threading

import pytest

from sender import Connection, event

EVENT_COUNT, CONNECTION_COUNT, REPEATS = 20_000, 64, 3


def plan(seed):
    """What each connection posts, in order. Every tenth event is posted by REPEATS more connections in the same breath, half of
    them through the other adapter, and once more much later."""
    generator = random.Random(seed)
    jobs = [[] for _ in range(CONNECTION_COUNT)]
    bodies = {f"load-{number:05d}": event(f"load-{number:05d}", channel=generator.choice(["SMS", "EMAIL", "WEBCHAT", "MMS"]))
              for number in range(EVENT_COUNT)}
    for number, event_id in enumerate(bodies):
        first = number % CONNECTION_COUNT
        jobs[first].append(event_id)
        if number % 10 == 0:
            for other in generator.sample([index for index in range(CONNECTION_COUNT) if index != first], REPEATS):
                jobs[other].append(event_id)
    for event_id in list(bodies)[::100]:
        jobs[generator.randrange(CONNECTION_COUNT)].append(event_id)
    return bodies, jobs


@pytest.mark.heavy
@pytest.mark.deadline(240)
def test_20000_events_by_64_connections_with_concurrent_repeats(make_stack, certificates, seed):
    stack = make_stack(pairs=2)
    bodies, jobs = plan(seed)
    answers, failures = queue.Queue(), queue.Queue()
    start = threading.Barrier(CONNECTION_COUNT)

    def send(number):
        try:
            connection = Connection(stack.adapters[number % 2], stack.secret(), certificates.ca)
            start.wait(60)
            for event_id in jobs[number]:
                answer = connection.post(bodies[event_id])
                answers.put((event_id, answer.status, answer.json))
            connection.close()
        except Exception as error:  # a test's thread must not die unseen
            failures.put(f"connection {number}: {error!r}")
            start.abort()

    threads = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(CONNECTION_COUNT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures.empty(), list(failures.queue)

    receipts = {}
    for event_id, status, answer in answers.queue:
        assert status == 200, (event_id, answer)
        receipts.setdefault(event_id, []).append(answer)
    assert len(receipts) == EVENT_COUNT
    for event_id, received in receipts.items():
        statuses = sorted(answer["status"] for answer in received)
        assert statuses == ["accepted"] + ["duplicate"] * (len(received) - 1), event_id
        assert len({answer["leaf_index"] for answer in received}) == 1, event_id
        assert {answer["payload_sha256"] for answer in received} == {hashlib.sha256(bodies[event_id]).hexdigest()}

    stored = stack.sql("SELECT leaf_index, event_id, kind, encode(sha256(raw), 'hex') FROM affidavit.entries "
                       "JOIN affidavit.payloads USING (payload_id) ORDER BY leaf_index")
    assert [row[0] for row in stored] == list(range(EVENT_COUNT)), "gapless from 0"
    assert {row[2] for row in stored} == {"envelope"}
    for leaf_index, event_id, _, payload_sha256 in stored:
        first = receipts[event_id][0]
        assert (first["leaf_index"], first["payload_sha256"]) == (leaf_index, payload_sha256)
    check_both_worked(stack)
    check_counts(stack)


def check_both_worked(stack):
    for ledger in stack.ledgers:
        assert ledger.metric("affidavit_ledger_append_outcomes_total", outcome="accepted") > EVENT_COUNT / 10
    sent = sum(adapter.metric("affidavit_adapter_requests_total", answer="accepted") for adapter in stack.adapters)
    assert sent == EVENT_COUNT
    assert {row[0] for row in stack.sql("SELECT adapter_id FROM affidavit_state.adapters")} == {"e2e-0", "e2e-1"}


def check_counts(stack):
    """Each ledger's counts are exact."""
    for number in range(2):
        status = json.loads(stack.ctl("status", "--output", "json", ledger=number).stdout)
        assert int(status["tree_size"]) == EVENT_COUNT
        assert [(count["kind"], int(count["entry_count"])) for count in status["counts"]] == [("envelope", EVENT_COUNT)]
