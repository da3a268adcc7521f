"""The programs of examples/ against a real ledger, as their README says how to call them."""

import os
import sys

import pytest

from sender import Connection, event
from stack import BIN, ROOT, run

PYTHON = [sys.executable, os.path.join(ROOT, "examples", "python", "was_it_delivered.py")]
DELIVERED, NOT_DELIVERED, USAGE, UNREACHABLE, UNKNOWN = range(5)


@pytest.fixture(scope="module")
def stack(make_stack, certificates):
    stack = make_stack()
    connection = Connection(stack.adapters[0], stack.secret(), certificates.ca)
    arrived = {"id": "m-arrived", "metadata": {"audit_correlation_id": "c-arrived"}}
    for body in (event("sent", **arrived), event("arrived", type="message:delivery", **arrived), event("waits"),
                 event("failed", type="message:status", status="DeliveryFailed")):
        assert connection.post(body).json["status"] == "accepted"
    connection.close()
    return stack


def ask_in_python(target, kind, identifier):
    return run([*PYTHON, "--target", target, f"--{kind}", identifier])


def ask_in_cpp(target, kind, identifier):
    return run([os.path.join(BIN, "was-it-delivered"), target, kind, identifier])


@pytest.fixture(params=[ask_in_python, ask_in_cpp], ids=["python", "cpp"])
def ask(request):
    return request.param


def test_a_message_that_arrived_is_found_by_any_of_its_ids(stack, ask):
    for kind, identifier in (("message", "m-arrived"), ("correlation", "c-arrived"), ("event", "sent"), ("event", "arrived")):
        done = ask(stack.ledgers[0].target, kind, identifier)
        assert done.returncode == DELIVERED, done.stderr.decode()
        head, *events = done.stdout.decode().splitlines()
        assert "m-arrived" in head and "DELIVERED" in head
        assert len(events) == 2 and "message:send" in events[0] and "message:delivery" in events[1]
        assert events[0].split()[0].startswith("2026-11-24T09:00:00.123")


def test_a_message_that_did_not_arrive_is_exit_code_1(stack, ask):
    for identifier, status in (("m-waits", "PENDING"), ("m-failed", "FAILED")):
        done = ask(stack.ledgers[0].target, "message", identifier)
        assert done.returncode == NOT_DELIVERED and status in done.stdout.decode()


def test_what_cannot_be_answered_says_why(stack, ask):
    target = stack.ledgers[0].target
    unknown = ask(target, "message", "nobody")
    assert unknown.returncode == UNKNOWN and unknown.stderr and not unknown.stdout
    assert ask(target, "message", "").returncode == USAGE
    assert ask(target, "name", "m-arrived").returncode == USAGE
    assert run([*PYTHON, "--target", target, "--message", "m-arrived", "--protos", stack.directory]).returncode == UNREACHABLE
    assert ask(f"unix:{stack.directory}/nothing.sock", "message", "m-arrived").returncode == UNREACHABLE


@pytest.mark.heavy
@pytest.mark.deadline(600)
def test_the_cpp_client_builds_by_itself(stack, tmp_path):
    build = tmp_path / "build"
    for command in (["cmake", "-S", os.path.join(ROOT, "examples", "cpp"), "-B", str(build), "-G", "Ninja"],
                    ["cmake", "--build", str(build)]):
        done = run(command, timeout=500)
        assert done.returncode == 0, done.stdout.decode()[-2_000:] + done.stderr.decode()[-2_000:]
    assert run([str(build / "was-it-delivered"), stack.ledgers[0].target, "event", "arrived"]).returncode == DELIVERED
