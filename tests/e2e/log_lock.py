"""Holds the log's lock from outside, so that an append stands still inside its transaction for as long as a test likes."""

import psycopg2

from stack import wait_until

LOCK = "SELECT pg_advisory_lock(hashtextextended('affidavit.log', 0))"


class HeldLog:
    def __init__(self, stack):
        self.stack = stack

    def __enter__(self):
        self.connection = psycopg2.connect(self.stack.postgres.url("postgres", self.stack.database))
        self.connection.autocommit = True
        self.connection.cursor().execute(LOCK)
        return self

    def wait_for_waiters(self, count):
        """Until so many appends wait for the lock."""
        waiting = ("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = "
                   "(SELECT oid FROM pg_database WHERE datname = current_database())")
        wait_until(lambda: self.stack.sql(waiting)[0][0] >= count, 10, "an append to wait for the log's lock")

    def __exit__(self, *_):
        self.connection.close()
