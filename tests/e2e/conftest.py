"""Fixtures: one Postgres cluster and one CA a session, one stack a module, a deadline for every test.

Run with `scripts/test e2e`, or by hand: AFFIDAVIT_BIN=build/dev/bin /usr/bin/python3 -m pytest tests/e2e
"""

import faulthandler
import os
import random
import shutil
import signal
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from certificates import Certificates  # noqa: E402
from object_store import Server  # noqa: E402
from stack import BIN, Postgres, Stack, with_superuser  # noqa: E402

TEST_SECONDS = 120


def pytest_configure(config):
    config.addinivalue_line("markers", "deadline(seconds): how long this test may take; default 120")
    config.addinivalue_line("markers", "heavy: minutes of load, not worth repeating under sanitizers")


def pytest_sessionstart(session):
    # Ended from outside, fixtures still end what they started.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: pytest.exit("ended by SIGTERM", 143))
    for name in ("affidavit", "affidavit-verify", "affidavit-ledger", "affidavit-adapter", "affidavit-worker"):
        if not os.access(os.path.join(BIN, name), os.X_OK):
            pytest.exit(f"no {name} in {BIN}: build it (scripts/test does), or name another folder in AFFIDAVIT_BIN", 3)


@pytest.hookimpl(tryfirst=True)  # before xdist looks for the marks
def pytest_collection_modifyitems(items):
    """Where modules run side by side (pytest-xdist), each stays in one process, and so do all that share the S3 server: some of
    them take it away for a while."""
    def uses_s3(item):
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        return "s3_server" in item.fixturenames or "s3" in parameters
    shared = {item.module.__name__ for item in items if uses_s3(item)}
    for item in items:
        name = item.module.__name__
        item.add_marker(pytest.mark.xdist_group("s3" if name in shared else name))


@pytest.fixture(autouse=True)
def deadline(request):
    """A test that hangs is a failed test, with the stacks of all threads in its report."""
    marker = request.node.get_closest_marker("deadline")
    seconds = marker.args[0] if marker else TEST_SECONDS

    def expired(_signal, _frame):
        faulthandler.dump_traceback(all_threads=True)
        pytest.fail(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, expired)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def seed():
    """Everything random follows from it; set AFFIDAVIT_TEST_SEED to repeat a run."""
    value = int(os.environ.get("AFFIDAVIT_TEST_SEED") or random.SystemRandom().randrange(1 << 31))
    print(f"\nAFFIDAVIT_TEST_SEED={value}")
    return value


@pytest.fixture(scope="session")
def directory():
    # Short: the path of a Unix socket holds 107 bytes.
    path = tempfile.mkdtemp(prefix="affidavit-e2e-")
    os.chmod(path, 0o755)
    yield path
    if os.environ.get("AFFIDAVIT_KEEP_LOGS"):
        print(f"\nlogs of the stacks are kept in {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(directory):
    # After kill -9 Postgres flushes every file of the cluster before it recovers, seconds each time; one flush of the file
    # system does the same.
    cluster = Postgres(os.path.join(directory, "postgres"), "recovery_init_sync_method=syncfs")
    cluster.start()
    try:
        create_roles(cluster)
        yield cluster
    finally:
        cluster.remove()


def create_roles(cluster):
    with_superuser(cluster, "CREATE ROLE affidavit_owner LOGIN CREATEROLE", "CREATE ROLE affidavit_ledger LOGIN",
                   "CREATE ROLE affidavit_reader LOGIN", "CREATE ROLE affidavit_worker LOGIN",
                   "CREATE ROLE affidavit_dispose LOGIN")


@pytest.fixture(scope="session")
def s3_server(directory):
    """A real S3 server with Object Lock, started when the first test asks for it."""
    server = Server(os.path.join(directory, "s3"))
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def certificates(directory):
    return Certificates(os.path.join(directory, "certificates")).make()


@pytest.fixture(scope="module")
def make_stack(request, directory, postgres, certificates):
    """make_stack(pairs=…, …) starts a stack that ends with the module, however the tests end."""
    made = []

    def make(start=True, **options):
        name = f"{request.module.__name__}-{len(made)}"
        stack = Stack(os.path.join(directory, name), postgres, certificates, **options)
        made.append(stack)
        stack.create_database()
        return stack.start() if start else stack

    yield make
    for stack in made:
        stack.kill()
    for stack in made:
        with_superuser(postgres, f'DROP DATABASE IF EXISTS "{stack.database}" WITH (FORCE)')


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test's report ends with the last log lines of every service of its module."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for stack in [value for value in item.funcargs.values() if isinstance(value, Stack)]:
            for service in stack.ledgers + stack.adapters + stack.workers:
                if service.process is not None:
                    report.sections.append((f"log of {service.name}", service.log_text()[-3000:]))
