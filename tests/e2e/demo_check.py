"""scripts/demo as a newcomer runs it: twice, then left running, then stopped when half of it is dead. In a folder of its own
(AFFIDAVIT_VAR), so that a demo of yours is left alone. Not collected with the other tests: scripts/test has a stage for it."""

import os
import re
import shlex
import signal
import subprocess
import time

import pytest

from stack import BIN, ROOT, run, wait_until

SUMMARY = ["sent", "accepted", "duplicate", "excluded", "conflict", "quarantined"]


@pytest.fixture(scope="module")
def var(directory):
    path = os.path.join(directory, "var")
    yield path
    demo(path, "--stop")


def demo(var, *arguments, check=True, timeout=100):
    """Its output. No terminal, no stdin. Output goes to a file: whatever it left running would hold a pipe open."""
    log = os.path.join(os.path.dirname(var), "demo.out")
    with open(log, "wb") as output:
        done = subprocess.run([os.path.join(ROOT, "scripts", "demo"), *arguments], stdin=subprocess.DEVNULL, stdout=output,
                              stderr=subprocess.STDOUT, env={**os.environ, "AFFIDAVIT_VAR": var}, timeout=timeout)
    with open(log, encoding="utf-8") as output:
        text = output.read()
    assert not check or done.returncode == 0, text
    return text


def processes_of(var):
    """Command lines of everything that runs from, or for, this folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if var in command and int(pid) != os.getpid():
            found.append(command)
    return found


def numbers(text):
    """The summary's table: name -> what was answered."""
    found = {}
    for name in SUMMARY:
        match = re.search(rf"^ *{name} +([\d,]+)", text, re.MULTILINE)
        assert match, f"no line {name} in:\n{text}"
        found[name] = int(match.group(1).replace(",", ""))
    return found


@pytest.mark.deadline(240)
def test_it_runs_twice_and_leaves_nothing_running(var):
    for _ in range(2):
        text = demo(var, "--seconds", "4")
        counted = numbers(text)
        assert counted["accepted"] > 50 and counted["excluded"] > 0, text
        for word in ("message:send", "message:delivery", "message:read", "verified offline", "\n  VERIFIED\n",
                     "objects in ", "NOT WORM", "Where to look next"):
            assert word in text, text
        assert "\x1b" not in text, "colours are for terminals"
        assert processes_of(var) == []


@pytest.mark.deadline(240)
def test_keep_writes_what_others_need_and_stop_ends_it(var):
    demo(var, "--keep", "--seconds", "3")
    with open(os.path.join(var, "demo.env"), encoding="utf-8") as file:
        values = {name: shlex.split(value)[0] for name, _, value in
                  (line.strip().partition("=") for line in file if not line.startswith("#"))}
    assert set(values) == {"ADAPTER_URL", "ADAPTER_CA", "HMAC_SECRET_FILE", "LEDGER_TARGET", "DATABASE_URL", "ADAPTER_METRICS_URL",
                           "LEDGER_METRICS_URL", "WORKER_METRICS_URL", "OBJECT_STORE", "CONFIG", "LOG_VKEY_FILE", "BIN",
                           "ADAPTER_PID", "LEDGER_PID", "WORKER_PID", "POSTGRES_PID"}
    assert os.path.isdir(os.path.join(values["OBJECT_STORE"], "audit"))
    for name in ("ADAPTER_PID", "LEDGER_PID", "WORKER_PID", "POSTGRES_PID"):
        os.kill(int(values[name]), 0)
    assert values["BIN"] == BIN or os.path.isdir(values["BIN"])
    check_the_link(values)

    again = demo(var, "--seconds", "2")
    assert "runs already" in again
    os.kill(int(values["LEDGER_PID"]), 0)

    # Half of it is dead: it is stopped and started as if nothing had been, and a second --stop finds nothing.
    os.kill(int(values["LEDGER_PID"]), signal.SIGKILL)
    os.kill(int(values["POSTGRES_PID"]), signal.SIGKILL)
    time.sleep(0.2)
    demo(var, "--stop")
    wait_until(lambda: processes_of(var) == [], 10, "everything to end")
    assert not os.path.exists(os.path.join(var, "demo.env"))
    demo(var, "--stop")
    demo(var, "--fresh", "--seconds", "2")


def check_the_link(values):
    """The lines of docs/connect-genesys.md, "Prove the link", as they are printed there."""
    with open(os.path.join(ROOT, "docs", "connect-genesys.md"), encoding="utf-8") as file:
        script = re.search(r"```sh\n\. var/demo\.env\n(.*?)```", file.read(), re.DOTALL).group(1)
    answers = []
    for _ in range(2):
        done = run(["bash", "-c", "set -eu\n" + script], env={**os.environ, **values})
        assert done.returncode == 0, done.stderr
        answers.append(done.stdout.decode())
    assert '"status":"accepted"' in answers[0] and '"status":"duplicate"' in answers[1], answers
    raw = run([os.path.join(values["BIN"], "affidavit"), "get", "link-check-1", "--raw", "--target", values["LEDGER_TARGET"]])
    assert raw.stdout.startswith(b'{"id":"link-check-1"')
    owner = run(["psql", "-X", "-At", values["DATABASE_URL"], "-c", "SELECT current_user, count(*) > 0 FROM affidavit.entries"])
    assert owner.stdout == b"affidavit_owner|t\n", owner.stderr


def test_options_that_make_no_sense_are_usage_errors(var):
    for arguments in (["--rate", "fast"], ["--seconds"], ["--kep"]):
        done = subprocess.run([os.path.join(ROOT, "scripts", "demo"), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              env={**os.environ, "AFFIDAVIT_VAR": var}, timeout=20)
        assert done.returncode == 2 and b"usage:" in done.stderr


VERB = re.compile(r'(?:^|[\s`/"])affidavit"? ((?:[a-z]+ ?)+)')


def printed_commands():
    """(page, words after `affidavit`) of every command that the pages show."""
    pages = ["README.md"] + ["docs/" + name for name in sorted(os.listdir(os.path.join(ROOT, "docs"))) if name.endswith(".md")]
    for page in pages:
        path = os.path.join(ROOT, page)
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            for quoted in re.findall(r"`([^`\n]+)`|^(?: {4}|\$ )(.+)$", file.read(), re.MULTILINE):
                text = quoted[0] or quoted[1]
                for words in VERB.findall(text):
                    yield page, words.split()


def test_every_command_that_the_pages_print_exists():
    unknown = []
    for page, words in printed_commands():
        depth = 2 if words[0] == "quarantine" and len(words) > 1 else 1
        done = run([os.path.join(BIN, "affidavit"), *words[:depth], "--help"])
        if done.returncode != 0:
            unknown.append(f"{page}: affidavit {' '.join(words[:depth])}")
    assert not unknown, "\n".join(sorted(set(unknown)))
