-- release 1
-- Evidence is only ever added. Statement triggers, so that even an UPDATE that finds no row is refused, for every role, the
-- owner and superusers included. Whoever drops a table, disables a trigger or edits files is beyond this: docs/safety.md.
CREATE FUNCTION affidavit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on %.% refused: evidence is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege',
          HINT = 'Payloads end their life through `affidavit retention dispose`, everything else stays.';
END
$$;
REVOKE ALL ON FUNCTION affidavit.refuse_change FROM PUBLIC;

-- A trigger on a partitioned table guards statements that name the parent, not those that name a partition: each gets its own.
-- ALWAYS: not even session_replication_role = replica goes past it.
CREATE PROCEDURE affidavit.make_append_only(evidence regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
                  FOR EACH STATEMENT EXECUTE FUNCTION affidavit.refuse_change()', evidence);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', evidence);
END
$$;
REVOKE ALL ON PROCEDURE affidavit.make_append_only FROM PUBLIC;

-- Keys that sources sign with, as first seen. A key id that comes back with another fingerprint is refused.
CREATE TABLE affidavit.signing_keys (
  source          text COLLATE "C" NOT NULL,
  key_id          text COLLATE "C" NOT NULL,
  key_fingerprint bytea NOT NULL CHECK (octet_length(key_fingerprint) = 8),
  first_seen_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (source, key_id)
);
GRANT SELECT, INSERT ON affidavit.signing_keys TO affidavit_ledger;
GRANT SELECT ON affidavit.signing_keys TO affidavit_reader;

CALL affidavit.make_append_only('affidavit.entries');
CALL affidavit.make_append_only('affidavit.payloads');
CALL affidavit.make_append_only('affidavit.excluded_payloads');
CALL affidavit.make_append_only('affidavit.signing_keys');

-- The one way partitions come to be: `parent`'s partition [from_time, until_time), or its DEFAULT one when both are NULL.
CREATE FUNCTION affidavit.make_partition(parent regclass, partition_name text, from_time timestamptz, until_time timestamptz)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  bounds text := CASE WHEN from_time IS NULL THEN 'DEFAULT'
                      ELSE format('FOR VALUES FROM (%L) TO (%L)', from_time, until_time) END;
BEGIN
  -- toast_tuple_target is not inherited; 8160 keeps bodies of a few KiB in the row: a third more throughput.
  EXECUTE format('CREATE TABLE affidavit.%I PARTITION OF %s %s WITH (toast_tuple_target = 8160)',
                 partition_name, parent, bounds);
  EXECUTE format('GRANT SELECT, INSERT ON affidavit.%I TO affidavit_ledger', partition_name);
  EXECUTE format('GRANT SELECT ON affidavit.%I TO affidavit_reader', partition_name);
  CALL affidavit.make_append_only(format('affidavit.%I', partition_name)::regclass);
END
$$;
REVOKE ALL ON FUNCTION affidavit.make_partition FROM PUBLIC;

-- Makes what is missing of last month's to `months_ahead` months' partitions (UTC) of both payload tables. The ledger calls it
-- at start and daily. A month whose rows already lie in the DEFAULT partition stays there. Returns how many it made.
CREATE FUNCTION affidavit.ensure_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  parent text;
  month_start timestamptz;
  partition_name text;
  made integer := 0;
BEGIN
  IF months_ahead NOT BETWEEN 0 AND 24 THEN
    RAISE EXCEPTION 'months_ahead must lie between 0 and 24';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('affidavit.partitions', 0));
  FOREACH parent IN ARRAY ARRAY['payloads', 'excluded_payloads'] LOOP
    FOR month_start IN SELECT generate_series(date_trunc('month', clock_timestamp()) - interval '1 month',
                                              date_trunc('month', clock_timestamp()) + make_interval(months => months_ahead),
                                              interval '1 month') LOOP
      partition_name := parent || to_char(month_start, '"_"YYYY"_"MM');
      CONTINUE WHEN to_regclass('affidavit.' || partition_name) IS NOT NULL;
      BEGIN
        PERFORM affidavit.make_partition(format('affidavit.%I', parent)::regclass, partition_name,
                                         month_start, month_start + interval '1 month');
        made := made + 1;
      EXCEPTION
        WHEN check_violation THEN RAISE WARNING '% stays in the default partition', partition_name;
      END;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION affidavit.ensure_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION affidavit.ensure_partitions TO affidavit_ledger;

SELECT affidavit.make_partition('affidavit.payloads', 'payloads_default', NULL, NULL);
SELECT affidavit.make_partition('affidavit.excluded_payloads', 'excluded_payloads_default', NULL, NULL);
SELECT affidavit.ensure_partitions(3);
