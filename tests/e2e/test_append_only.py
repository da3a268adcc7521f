"""Evidence is append-only in SQL: for the ledger's role, for the schema's owner, for a superuser; in every table and partition."""

import psycopg2
import pytest

from sender import curl_signed, event

NOT_EVIDENCE = {"schema_migrations"}


@pytest.fixture(scope="module")
def stack(make_stack, certificates):
    stack = make_stack()
    for body in (event("kept"), event("kept", text="conflict"), event("kept-excluded", channel="FAX"), b"quarantined"):
        curl_signed(stack.adapters[0], stack.secret_file(), certificates.ca, body)
    stack.wait_signed()
    return stack


@pytest.fixture(scope="module")
def tables(stack):
    """Every table of the schema, each partition a table of its own: name and first column."""
    rows = stack.sql("SELECT c.relname, (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum = 1) FROM pg_class c "
                     "WHERE relnamespace = 'affidavit'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1")
    found = {name: column for name, column in rows if name not in NOT_EVIDENCE}
    assert {"entries", "payloads", "payloads_default", "excluded_payloads", "excluded_payloads_default",
            "signing_keys"} <= set(found)
    assert sum(name.startswith("payloads_2") for name in found) >= 4, "partitions are made ahead of need"
    return found


def refusal(stack, role, statement):
    """The SQLSTATE with which `statement` is refused; None when it went through."""
    try:
        stack.sql(statement, role=role)
    except psycopg2.Error as error:
        return error.pgcode
    return None


def changes(table, column):
    return [f"UPDATE affidavit.{table} SET {column} = {column}", f"UPDATE affidavit.{table} SET {column} = {column} WHERE false",
            f"DELETE FROM affidavit.{table}", f"DELETE FROM affidavit.{table} WHERE false", f"TRUNCATE affidavit.{table}",
            f"TRUNCATE affidavit.{table} CASCADE",
            f"MERGE INTO affidavit.{table} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
            f"WITH gone AS (DELETE FROM affidavit.{table} RETURNING 1) SELECT count(*) FROM gone"]


@pytest.mark.parametrize("role", ["affidavit_ledger", "affidavit_owner", "affidavit_reader", "postgres"])
def test_no_role_can_change_evidence(stack, tables, role):
    before = {table: stack.sql(f"SELECT count(*) FROM affidavit.{table}") for table in tables}
    for table, column in tables.items():
        for statement in changes(table, column):
            # A table that others refer to is not truncated alone, before any trigger is asked.
            refusals = ("42501", "0A000") if statement == f"TRUNCATE affidavit.{table}" else ("42501",)
            assert refusal(stack, role, statement) in refusals, (role, statement)
            if role == "postgres":
                statement = "SET session_replication_role = replica; " + statement
                assert refusal(stack, role, statement) in refusals, "a restored or replicating session is no way round"
    assert {table: stack.sql(f"SELECT count(*) FROM affidavit.{table}") for table in tables} == before
    assert before["entries"] == [(4,)] and before["payloads"] == [(3,)] and before["excluded_payloads"] == [(1,)]


def test_upserts_are_updates_too(stack):
    statement = ("INSERT INTO affidavit.signing_keys SELECT * FROM affidavit.signing_keys "
                 "ON CONFLICT (source, key_id) DO UPDATE SET key_fingerprint = excluded.key_fingerprint")
    for role in ("affidavit_ledger", "affidavit_owner"):
        assert refusal(stack, role, statement) == "42501"


@pytest.mark.parametrize("statement", [
    "ALTER TABLE affidavit.entries DISABLE TRIGGER ALL", "DROP TABLE affidavit.entries CASCADE",
    "DROP TRIGGER append_only ON affidavit.entries", "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION affidavit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CALL affidavit.make_append_only('affidavit.entries')",
    "ALTER TABLE affidavit.payloads DETACH PARTITION affidavit.payloads_default",
    "SELECT affidavit.make_partition('affidavit.payloads', 'mine', '2001-01-01', '2001-02-01')",
    "CREATE TABLE affidavit.mine (x int)", "ALTER ROLE affidavit_ledger SUPERUSER", "SET ROLE affidavit_owner",
    "INSERT INTO affidavit.schema_migrations SELECT * FROM affidavit.schema_migrations"])
def test_the_ledger_cannot_get_round_it(stack, statement):
    assert refusal(stack, "affidavit_ledger", statement) == "42501", statement


def test_a_reader_only_reads(stack):
    assert stack.sql("SELECT count(*) FROM affidavit.entries", role="affidavit_reader") == [(4,)]
    assert refusal(stack, "affidavit_reader", "INSERT INTO affidavit.signing_keys VALUES ('a', 'b', '12345678')") == "42501"
    assert refusal(stack, "affidavit_reader", "SELECT affidavit.ensure_partitions(24)") == "42501"


def test_partitions_made_later_are_guarded_too(stack):
    assert stack.sql("SELECT affidavit.ensure_partitions(12)", role="affidavit_ledger")[0][0] > 0
    unguarded = stack.sql(
        "SELECT c.relname FROM pg_class c WHERE relnamespace = 'affidavit'::regnamespace AND relkind IN ('r', 'p') "
        "AND relname <> ALL(%s) AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgenabled = 'A' "
        "AND tgfoid = 'affidavit.refuse_change'::regproc AND tgtype & 58 = 58)",  # before update, delete, truncate
        (list(NOT_EVIDENCE),))
    assert unguarded == []
