"""fsck beside a stack that takes in events: what is appended meanwhile is no finding."""

import json
import threading

import pytest

from sender import Connection, event
from stack import affidavit


@pytest.fixture(scope="module")
def stack(make_stack):
    return make_stack(signing={"checkpoint_interval_ms": 100})


def test_appends_in_flight_are_no_findings(stack, certificates, directory):
    url_file = f"{directory}/fsck-url"
    with open(url_file, "w", encoding="utf-8") as file:
        file.write(stack.postgres.url("affidavit_ledger", stack.database))
    done, failures = threading.Event(), []

    def send():
        connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
        number = 0
        while not done.is_set():
            answer = connection.post(event(f"evt-{number}"))
            if answer.status != 200:
                failures.append(answer)
                return
            number += 1
        connection.close()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        sizes = []
        for _ in range(5):
            checked = affidavit("fsck", "--database-url-file", url_file, "--output", "json", check=False)
            assert checked.returncode == 0, (checked.stdout, checked.stderr)
            sizes.append(json.loads(checked.stdout)["tree_size"])
    finally:
        done.set()
        sender.join(30)
    assert not failures
    assert sizes[-1] > sizes[0], "nothing was appended meanwhile"
    shown = json.loads(stack.ctl("status", "--output", "json").stdout)["last_fsck"]
    assert (shown["tree_size"], shown["finding_count"]) == (sizes[-1], 0)
