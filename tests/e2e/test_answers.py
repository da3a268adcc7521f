"""What the ledger is asked: a simulated platform injects faults, counts them, and each must be found in exactly the answer that
should show it, as often as it was injected (played.py)."""

import base64
import collections
import hashlib
import json
import os
import random
import subprocess
import time

import pytest

from ledger import Ledger, make_stubs
from object_store import Directory
from played import Played, read_journal, shape_of, simulation
from sender import Connection
from stack import BIN, SOURCE, run, wait_until

CONSENT = {**SOURCE, "details": {"consent": "/message/metadata/read_consent"}}
SHARES = {"--silent": 0.06, "--drift": 0.1, "--unconsented": 0.3, "--out-of-order": 0.2, "--conflicts": 0.02, "--repeats": 0.06,
          "--shape-drift": 0.05, "--failures": 0.06, "--broken": 0.01, "--noise": 0.03}
POSTS = 1_200
THRESHOLD_SECONDS = 2
TABLES = {"message_facts": "leaf_index", "messages": "message_id, source", "entry_subjects": "subject_hash, leaf_index",
          "entry_blocks": "block, source, kind, event_type, channel", "schemas": "leaf_index",
          "schema_versions": "source, event_type, schema_version", "schema_shapes": "source, event_type, schema_version, shape_id",
          "adapter_retirements": "adapter_id"}
CHANNELS = ("SMS", "EMAIL", "WEBCHAT", "MMS")

# Says less than the platform sends, and forbids one member: what the simulator's shape drift adds.
SEND_SCHEMA = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["id", "message"],
               "properties": {"message": {"type": "object",
                                          "properties": {"campaign": {"not": {}}, "status": {"enum": ["sent"]}}}}}


@pytest.fixture(scope="module")
def played(make_stack, certificates, tmp_path_factory, seed):
    directory = str(tmp_path_factory.mktemp("answers"))
    make_stubs(os.path.join(directory, "stubs"))
    stack = make_stack(sources=[CONSENT], signing={"checkpoint_interval_ms": 100})
    stack.store = Directory(os.path.join(directory, "objects"))
    # Nobody marks silent messages before all has come: how long this machine takes decides nothing.
    stack.add_worker(stack.store)
    schema = os.path.join(directory, "send.json")
    with open(schema, "w", encoding="utf-8") as file:
        json.dump(SEND_SCHEMA, file)
    stack.schema_id = json.loads(stack.ctl("schema", "register", "--source", "genesys", "--type", "message:send", "--version",
                                           "1.0", "--file", schema, "--actor", "e2e", "--output", "json").stdout)["schema_id"]
    shares = [text for name, share in SHARES.items() for text in (name, str(share))]
    # One connection: what is posted in the wrong order arrives in the wrong order.
    journal = os.path.join(directory, "journal")
    done = run(simulation(stack, certificates, journal, seed, "--events", str(POSTS), "--rate", "150/s", "--connections", "1",
                          "--schema-change", *shares), timeout=100)
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    report = json.loads(done.stdout)
    assert report["mismatches"] == 0 and report["gave_up"] == 0
    stack.wait_folded()
    stack.ledger = Ledger(stack.ledgers[0].target)
    yield Played(stack, report["injected"], read_journal(journal))
    stack.ledger.close()


@pytest.fixture(scope="module")
def chains(played):
    """{message_id: chain}, asked for one by one, once every silent message is marked."""
    mark_silent(played)
    found = {}
    for message_id in played.messages:
        chain, = played.stack.ledger.custody(message_id=message_id)
        found[message_id] = chain
    return found


def timeouts_of(stack):
    return stack.sql("SELECT event_id, message_id FROM affidavit.entries WHERE kind = 'status' ORDER BY 1")


def mark_silent(played):
    """Two workers mark what is due; then one is killed, starts again, and has nothing to do."""
    stack, wanted = played.stack, played.injected["silent"]
    for _ in range(2):
        stack.add_worker(timeouts={"threshold_seconds": THRESHOLD_SECONDS})
    for worker in stack.workers:
        worker.wait_ready()
    wait_until(lambda: len(timeouts_of(stack)) >= wanted, 60, f"{wanted} timeouts")
    stack.workers[1].kill()
    stack.workers[1].start()
    stack.wait_folded()


def test_the_run_has_some_of_everything(played):
    assert all(count > 0 for name, count in played.injected.items() if name != "versions"), played.injected
    assert set(played.injected["versions"]) == {"1.0", "1.1"}
    for name in ("silent", "drifting", "unconsented", "out_of_order", "shape_drift"):
        assert len(played.with_fault(name)) == played.injected[name], name
    assert len(played.conflicts) == played.injected["conflicts"]
    assert len(played.events) == sum(played.injected["versions"].values())


def test_each_silent_message_is_marked_once_by_two_workers(played, chains):
    stack, silent = played.stack, played.with_fault("silent")
    assert timeouts_of(stack) == sorted((line["id"], line["body"]["message"]["id"]) for line in silent)
    counts = json.loads(stack.ctl("status", "--output", "json").stdout)["counts"]
    assert sum(int(count["entry_count"]) for count in counts if count["kind"] == "status") == len(silent)
    entry = stack.sql("SELECT raw FROM affidavit.entries JOIN affidavit.payloads USING (payload_id) WHERE kind = 'status'")[0][0]
    record = json.loads(bytes(entry))
    assert (record["status"], record["threshold_seconds"]) == ("PENDING_DELIVERY_FAIL", THRESHOLD_SECONDS)
    for line in silent:
        chain = chains[line["body"]["message"]["id"]]
        assert [stack.ledger.query.MessageStatus.Name(event.status) for event in chain.events
                if event.entry.kind == 5] == ["MESSAGE_STATUS_TIMED_OUT"]


def test_every_message_has_the_status_of_its_events(played, chains):
    wanted, ledger = played.statuses(), played.stack.ledger
    shown = {message_id: ledger.query.MessageStatus.Name(chain.status).removeprefix("MESSAGE_STATUS_")
             for message_id, chain in chains.items()}
    assert shown == wanted
    assert ledger.message_counts() == collections.Counter(wanted.values()), "the projections count the same"
    assert sum(status == "TIMED_OUT" for status in shown.values()) == played.injected["silent"]


def test_every_entry_of_a_message_is_in_its_chain_and_only_there(played, chains):
    by_chain = sorted((chain.message_id, event.entry.leaf_index) for chain in chains.values() for event in chain.events)
    assert by_chain == played.stack.sql("SELECT message_id, leaf_index FROM affidavit.entries WHERE kind IN ('envelope', "
                                        "'conflict', 'status') ORDER BY message_id COLLATE \"C\", leaf_index")
    assert len([1 for chain in chains.values() for event in chain.events if event.entry.kind == 1]) == len(played.events), \
        "a repeat is no entry"


def test_conflicts_are_counted_with_their_messages(played, chains):
    assert sum(chain.conflict_count for chain in chains.values()) == played.injected["conflicts"]


def test_a_chain_is_in_the_order_of_the_messages_life(played, chains):
    out_of_order = set()
    for message_id, chain in chains.items():
        events = [event for event in chain.events if event.entry.kind == 1]
        assert [event.entry.event_time.ToNanoseconds() for event in events] == \
            sorted(event.entry.event_time.ToNanoseconds() for event in events)
        if [event.entry.leaf_index for event in events] != sorted(event.entry.leaf_index for event in events):
            out_of_order.add(message_id)
    assert out_of_order == {line["body"]["message"]["id"] for line in played.with_fault("out_of_order")}


def test_clock_drift_is_flagged_where_it_is(played, chains):
    shown = {event.entry.event_id for chain in chains.values() for event in chain.events
             if event.clock_drift_exceeded and event.entry.kind == 1}
    assert shown == {line["id"] for line in played.with_fault("drifting")}
    measured = [event for chain in chains.values() for event in chain.events if event.HasField("clock_drift_ms")]
    assert all((abs(event.clock_drift_ms) > 5_000) == event.clock_drift_exceeded for event in measured)
    assert {event.carrier for event in measured if event.entry.channel == "SMS"} == {
        "Larkspur Wireless", "Tern Mobile", "Harbour Telecom"}


def test_reads_without_consent_are_counted_and_listed(played, chains):
    query, words = played.stack.ledger.query, collections.Counter()
    for line in played.events:
        if line["body"]["type"] == "message:read":
            words[line["body"]["message"]["metadata"].get("read_consent", "absent")] += 1
    shown = collections.Counter(query.Consent.Name(event.consent) for chain in chains.values() for event in chain.events
                                if event.consent)
    assert shown == {"CONSENT_GIVEN": words["granted"], "CONSENT_REFUSED": words["denied"], "CONSENT_ABSENT": words["absent"]}
    assert played.stack.ledger.status().facts.unconsented_read_count == played.injected["unconsented"]


def test_versions_and_shapes_are_what_was_posted(played):
    wanted = collections.defaultdict(collections.Counter)
    for line in played.events:
        body = line["body"]
        wanted[body["type"], body["version"]][frozenset(shape_of(body))] += 1
    shown = played.stack.ledger.schema_versions()
    assert {name: {frozenset(shape.fields): shape.entry_count for shape in shapes.values()}
            for name, (version, shapes) in shown.items()} == wanted
    totals = collections.Counter()
    for (_, name), (version, shapes) in shown.items():
        totals[name] += version.entry_count
        assert version.shape_count == len(shapes) and version.unshaped_count == 0
    assert totals == played.injected["versions"]


def test_what_is_not_as_its_schema_says_is_told_apart(played, chains):
    drifted = {line["id"] for line in played.with_fault("shape_drift") if line["body"]["type"] == "message:send"}
    outcomes = collections.defaultdict(set)
    for chain in chains.values():
        for one in chain.events:
            if one.entry.kind == 1:
                verdict = one.schema_verdict
                outcomes[verdict.outcome].add(one.entry.event_id)
                if verdict.outcome == verdict.OUTCOME_DRIFTED:
                    assert verdict.schema_id == played.stack.schema_id
                    assert verdict.drift_pointer.startswith("/message"), verdict
    sends = {line["id"] for line in played.events if line["body"]["type"] == "message:send" and line["body"]["version"] == "1.0"}
    assert outcomes[verdict.OUTCOME_DRIFTED] == drifted
    assert outcomes[verdict.OUTCOME_VALID] == sends - drifted
    assert len(outcomes[verdict.OUTCOME_UNREGISTERED]) == len(played.events) - len(sends)
    assert played.stack.ledger.status().facts.drifted_count == len(drifted)


def test_a_diff_says_what_the_change_changed(played):
    shown = json.loads(played.stack.ctl("schema", "diff", "1.0", "1.1", "--source", "genesys", "--type", "message:status",
                                        "--output", "json").stdout)
    by_kind = {kind: {change["pointer"] for change in changes} for kind, changes in shown.items()}
    assert "/message/locale" in by_kind["added"] and "/message/template" in by_kind["removed"]
    assert by_kind["retyped"] == {"/message/errorCode"}, shown
    injected = {"/message/campaign", "/message/carrier"}  # of some events only
    assert by_kind["added"] | by_kind["removed"] <= {"/message/locale", "/message/template"} | injected


def test_lists_find_what_is_there(played):
    ledger = played.stack.ledger
    for channel in CHANNELS:
        wanted = [line["id"] for line in played.events if line["body"]["message"]["channel"] == channel]
        assert sorted(entry.event_id for entry in ledger.entries(channel=channel, kinds=[1])) == sorted(wanted)
    for event_type in ("message:send", "message:delivery", "message:read", "message:status"):
        wanted = [line["id"] for line in played.events if line["body"]["type"] == event_type]
        assert sorted(entry.event_id for entry in ledger.entries(event_type=event_type, kinds=[1])) == sorted(wanted)


def test_a_recipient_is_found_by_address_and_nowhere_written(played):
    stack, address = played.stack, next(line["body"]["message"]["to"] for line in played.events
                                        if line["body"]["message"]["channel"] == "EMAIL")
    wanted = {line["body"]["message"]["id"] for line in played.events if line["body"]["message"]["to"] == address}
    assert {chain.message_id for chain in stack.ledger.custody(recipient=address)} == wanted
    assert {entry.message_id for entry in stack.ledger.entries(recipient=address)} == wanted
    for service in stack.ledgers + stack.workers:
        assert address not in service.log_text()


def dump(stack):
    return {table: stack.sql(f"SELECT * FROM affidavit_state.{table} ORDER BY {order}", role="affidavit_owner")
            for table, order in TABLES.items()}


def test_reindex_from_nothing_gives_identical_projections(played, chains):
    stack = played.stack
    stack.wait_folded()
    before = dump(stack)
    assert all(rows for table, rows in before.items() if table != "adapter_retirements")
    environment = {**os.environ, "AFFIDAVIT_DATABASE_URL": stack.worker_url}
    command = [os.path.join(BIN, "affidavit"), "reindex", "--config", stack.workers[0].config]
    assert run(command, env=environment).returncode == 1, "without --yes nothing is done"
    done = run([*command, "--yes"], env=environment)
    assert done.returncode == 0, done.stderr.decode()
    stack.wait_folded()
    after = dump(stack)
    for table, rows in before.items():
        assert after[table] == rows, table


def odd(event_id, message_id, **members):
    """An event with only what is named; None leaves a member out."""
    document = {"id": event_id, "type": "message:send", "version": "1.0", "timestamp": "2026-11-24T09:00:00.123Z",
                "message": {"id": message_id, "direction": "outbound", "channel": "SMS"}}
    for name, value in members.items():
        place = document if name in ("type", "version", "timestamp") else document["message"]
        place[name] = value
        if value is None:
            del place[name]
    return json.dumps(document).encode()


def test_odd_payloads_and_both_vocabularies_break_nothing(played, certificates):
    stack, ledger = played.stack, played.stack.ledger
    before = ledger.status().facts
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    bodies = {
        "odd-nul": odd("odd-nul", "m-odd-nul", note="\u0000"),  # jsonb cannot hold it
        "odd-number": odd("odd-number", "m-odd-number").replace(b'"SMS"', b'"SMS", "n": 1e400000'),  # nor this
        "odd-nobody": odd("odd-nobody", None, id=None, timestamp=None),
        "odd-status": odd("odd-status", "m-odd-status", type="message:status", status=17),
        "odd-word": odd("odd-word", "m-odd-word", type="message:status", status="Vanished"),
        "analytics": odd("analytics", "m-analytics", type="message:status", status="DeliverySuccess"),
        "details": odd("details", "m-details", type="message:status", status="delivery-failed"),
        "normalized": odd("normalized", "m-normalized", type="message:status", status="Published"),
    }
    for event_id, body in bodies.items():
        assert connection.post(body).json["status"] == "accepted", event_id
    connection.close()
    stack.wait_folded()
    wanted = {"odd-nul": "PENDING", "odd-number": "PENDING", "odd-nobody": "PENDING", "odd-status": "UNKNOWN",
              "odd-word": "UNKNOWN", "analytics": "DELIVERED", "details": "FAILED", "normalized": "PENDING"}
    for event_id, status in wanted.items():
        chain, = ledger.custody(event_id=event_id)
        shown = ledger.query.MessageStatus.Name(chain.status).removeprefix("MESSAGE_STATUS_")
        # A send that nobody answers may be overdue by now.
        assert shown == status or (status, shown) == ("PENDING", "TIMED_OUT"), event_id
        assert bool(chain.events[0].payload_error) == (event_id in ("odd-nul", "odd-number")), event_id
        stack.ctl("custody", "--event", event_id)
    listed = {entry.event_id for entry in ledger.entries(channel="SMS")}
    assert set(bodies) <= listed
    after = ledger.status().facts
    assert after.unheld_count - before.unheld_count == 2
    assert after.without_message_count - before.without_message_count == 1
    assert after.without_event_time_count - before.without_event_time_count == 1
    assert after.unknown_status_count - before.unknown_status_count == 2


def test_a_delivery_after_the_timeout_supersedes_it_and_removes_nothing(played, chains, certificates):
    stack, ledger = played.stack, played.stack.ledger
    send = played.with_fault("silent")[-1]["body"]
    message_id = send["message"]["id"]
    delivery = {**send, "id": f"late-{send['id']}", "type": "message:delivery",
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
                "message": {**send["message"], "status": "delivered"}}
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    assert connection.post(json.dumps(delivery).encode()).json["status"] == "accepted"
    connection.close()
    chain, = ledger.custody(message_id=message_id)
    name = ledger.query.MessageStatus.Name
    assert (name(chain.status), chain.late_delivery) == ("MESSAGE_STATUS_DELIVERED", True)
    assert "MESSAGE_STATUS_TIMED_OUT" in [name(event.status) for event in chain.events], "both facts stand"
    assert [row[1] for row in timeouts_of(stack)].count(message_id) == 1
    stack.wait_folded()
    assert ledger.message_counts()["TIMED_OUT"] >= played.injected["silent"] - 1


def test_a_chain_says_who_wrote_what_and_where_it_lies(played, chains):
    stack = played.stack
    stack.wait_mirrored()
    stack.wait_signed()
    line = played.with_fault("drifting")[0]
    chain, = stack.ledger.custody(event_id=line["id"])
    assert chain.message_id == line["body"]["message"]["id"]
    for one in chain.events:
        assert one.is_published and one.copy.outcome == "copied" and one.copy.worker_id == "e2e-0"
        assert one.copy.object_key and one.copy.retain_until_time.seconds > one.entry.receive_time.seconds
        assert one.entry.integrate_time.seconds and (one.entry.adapter_id == "e2e-0" or one.entry.kind == 5)
    raw = base64.b64decode(line["body_b64"])
    shown, = [one for one in chain.events if one.entry.event_id == line["id"] and one.entry.kind == 1]
    assert shown.entry.payload_sha256 == hashlib.sha256(raw).digest() == shown.copy.checksum_sha256
    by_correlation = stack.ledger.custody(correlation_id=line["body"]["message"]["metadata"]["audit_correlation_id"])
    assert [one.message_id for one in by_correlation] == [chain.message_id]
    text = stack.ctl("custody", "--message", chain.message_id).stdout.decode()
    assert chain.message_id in text and shown.copy.object_key in text


@pytest.mark.heavy
def test_kill_9_while_timeouts_come_due_marks_each_once(played, chains, certificates, seed, tmp_path):
    """Nothing but sends, each due two seconds later: whenever a worker dies, some have just been marked and some are about to."""
    stack, generator, journal = played.stack, random.Random(seed), str(tmp_path / "journal")
    kills = 0
    with open(tmp_path / "report", "wb") as output:
        command = simulation(stack, certificates, journal, seed, "--rate", "60/s", "--seconds", "10", "--silent", "1", "--failures",
                             "0")
        traffic = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        while traffic.poll() is None:
            time.sleep(generator.uniform(0.2, 1.2))
            victim = stack.workers[1 + kills % 2]
            victim.kill()
            victim.launch()
            kills += 1
    finally:
        traffic.terminate()
    assert traffic.wait(30) == 0, (tmp_path / "report").read_text()
    sends = {line["id"] for line in read_journal(journal) if line["expected"] == "accepted"}

    def marked():
        return [event_id for event_id, _ in timeouts_of(stack) if event_id in sends]
    amid = len(marked())
    for worker in stack.workers:
        worker.wait_ready()
    wait_until(lambda: len(marked()) >= len(sends), 60, f"{len(sends)} timeouts")
    stack.wait_folded()
    assert sorted(marked()) == sorted(sends), "one each"
    print(f"{amid} of {len(sends)} were marked amid {kills} kills")
    assert 0 < amid < len(sends) and kills > 5
