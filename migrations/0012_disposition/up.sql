-- release 1
-- The end of payloads whose time is over and that no hold binds (docs/governance.md). The only way past `append_only`, for one role
-- and through two functions: prepare copies what stays into a table beside the partition, complete puts that in the partition's
-- place. Entries, leaves and proofs stay for ever.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'affidavit_dispose') THEN
    BEGIN
      CREATE ROLE affidavit_dispose NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this cluster migrates at the same moment
      WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING MESSAGE = format(
          'role affidavit_dispose is missing and %I may not create roles; an administrator runs: '
          'CREATE ROLE affidavit_dispose; GRANT affidavit_dispose TO %I;', current_user, current_user);
    END;
  END IF;
  BEGIN
    EXECUTE format('GRANT affidavit_dispose TO %I', current_user);
  EXCEPTION
    WHEN insufficient_privilege THEN NULL;
  END;
END
$$;

-- As in 0004, and readable for whoever disposes of it.
CREATE OR REPLACE FUNCTION affidavit.make_partition(parent regclass, partition_name text, from_time timestamptz,
                                                    until_time timestamptz)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  bounds text := CASE WHEN from_time IS NULL THEN 'DEFAULT'
                      ELSE format('FOR VALUES FROM (%L) TO (%L)', from_time, until_time) END;
BEGIN
  EXECUTE format('CREATE TABLE affidavit.%I PARTITION OF %s %s WITH (toast_tuple_target = 8160)',
                 partition_name, parent, bounds);
  CALL affidavit.guard_partition(partition_name);
END
$$;

-- What every partition of payloads has besides its rows.
CREATE PROCEDURE affidavit.guard_partition(partition_name text) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT ON affidavit.%I TO affidavit_ledger', partition_name);
  EXECUTE format('GRANT SELECT ON affidavit.%I TO affidavit_reader, affidavit_worker, affidavit_dispose', partition_name);
  CALL affidavit.make_append_only(format('affidavit.%I', partition_name)::regclass);
END
$$;
REVOKE ALL ON PROCEDURE affidavit.guard_partition FROM PUBLIC;

-- One row for each partition that somebody set out to dispose of; of its last disposition when there were several.
CREATE TABLE affidavit_state.dispositions (
  partition_name        text COLLATE "C" NOT NULL PRIMARY KEY,
  cutoff_time           timestamptz NOT NULL,
  governance_leaf_index bigint      NOT NULL,  -- all acts below it were regarded when what stays was chosen
  row_count             bigint      NOT NULL,  -- of the partition then
  kept_count            bigint      NOT NULL,
  held_count            bigint      NOT NULL,  -- of kept_count: only because of holds
  prepare_time          timestamptz NOT NULL DEFAULT clock_timestamp(),
  intent_leaf_index     bigint,                -- NULL: prepared, nothing is gone
  complete_time         timestamptz
);

-- Whether an active hold binds an entry, as core/retention/hold.h has it.
CREATE FUNCTION affidavit.is_held(entry affidavit.entries) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM affidavit_state.legal_holds hold
    WHERE hold.release_leaf_index IS NULL AND hold.source IN ('', entry.source)
      AND CASE WHEN hold.message_id <> '' THEN hold.message_id = entry.message_id
               WHEN hold.correlation_id <> '' THEN hold.correlation_id = entry.correlation_id
               ELSE coalesce(entry.receive_time >= hold.start_time, true) AND coalesce(entry.receive_time < hold.end_time, true)
          END)
$$;

-- Whether its leaf, or a policy that came later, keeps an entry beyond `cutoff` (core/retention/policy.h). Calendar years in UTC.
-- Governance entries always stay: holds, policies and schemas are folded from their payloads for as long as there is a log.
CREATE FUNCTION affidavit.is_retained(entry affidavit.entries, cutoff timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT entry.retain_until > cutoff OR entry.kind = 'governance' OR entry.kind <> 'excluded' AND EXISTS (
    SELECT FROM affidavit_state.retention_policies policy
    WHERE (policy.source IN ('', entry.source) AND policy.channel IN ('', coalesce(entry.channel, ''))
                                        AND policy.event_type IN ('', coalesce(entry.event_type, '')))
      AND ((entry.receive_time AT TIME ZONE 'UTC') + make_interval(years => policy.years)) AT TIME ZONE 'UTC' > cutoff)
$$;

-- The last act that the projections of governance regard; an exception while they are behind the log.
CREATE FUNCTION affidavit.regarded_governance() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  folded bigint;
BEGIN
  SELECT next_leaf_index INTO folded FROM affidavit_state.cursors WHERE name = 'governance';
  IF EXISTS (SELECT FROM affidavit.entries WHERE leaf_index >= folded AND kind = 'governance') THEN
    RAISE serialization_failure USING MESSAGE = 'holds and policies are not folded to the end of the log yet; try again';
  END IF;
  RETURN (SELECT coalesce(max(leaf_index), -1)
          FROM (SELECT max(leaf_index) AS leaf_index FROM affidavit_state.retention_policies
                UNION ALL SELECT max(greatest(leaf_index, release_leaf_index)) FROM affidavit_state.legal_holds) acts);
END
$$;

-- The payload table that `partition_name` is a partition of, with the bounds; an exception for any other name.
CREATE FUNCTION affidavit.payload_partition(partition_name text, OUT parent text, OUT bounds text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  SELECT p.relname, pg_get_expr(c.relpartbound, c.oid) INTO parent, bounds
  FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
  WHERE c.relnamespace = 'affidavit'::regnamespace AND c.relname = partition_name
    AND p.relnamespace = 'affidavit'::regnamespace AND p.relname IN ('payloads', 'excluded_payloads');
  IF parent IS NULL THEN
    RAISE undefined_table USING MESSAGE = format('%I is no partition of payloads or excluded_payloads', partition_name);
  END IF;
END
$$;

-- Chooses what stays of a partition at `cutoff`, which must not lie ahead, and copies it beside. Changes nothing that anybody
-- reads; may be called again at any time until complete_disposition.
CREATE FUNCTION affidavit.prepare_disposition(partition_name text, cutoff timestamptz, OUT row_count bigint, OUT kept_count bigint,
                                              OUT held_count bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  parent text;
  bounds text;
  regarded bigint;
  low timestamptz;
  high timestamptz;
  wrong bigint;
BEGIN
  IF cutoff > clock_timestamp() THEN
    RAISE object_not_in_prerequisite_state USING MESSAGE = 'the cutoff must not lie ahead of the database''s clock';
  END IF;
  SELECT * INTO parent, bounds FROM affidavit.payload_partition(partition_name);
  PERFORM pg_advisory_xact_lock(hashtextextended('affidavit.disposition', 0));
  regarded := affidavit.regarded_governance();
  EXECUTE format('DROP TABLE IF EXISTS affidavit.%I', partition_name || '_kept');
  EXECUTE format('CREATE TABLE affidavit.%I (LIKE affidavit.%I INCLUDING CONSTRAINTS INCLUDING INDEXES)
                  WITH (toast_tuple_target = 8160)',
                 partition_name || '_kept', parent);
  EXECUTE format('GRANT SELECT ON affidavit.%I TO affidavit_dispose', partition_name || '_kept');
  EXECUTE format('SELECT count(*), min(receive_time), max(receive_time) FROM affidavit.%I', partition_name)
    INTO row_count, low, high;
  -- A payload without an entry is nobody's to dispose of: fsck names it.
  EXECUTE format(
    'WITH fate AS (
       SELECT payload.*, entry.payload_sha256, entry.payload_id IS NULL OR affidavit.is_retained(entry, $1) AS is_retained,
              entry.payload_id IS NOT NULL AND affidavit.is_held(entry) AS is_held
       FROM affidavit.%1$I payload LEFT JOIN affidavit.entries entry
         ON entry.payload_id = payload.payload_id AND entry.receive_time BETWEEN $2 AND $3),
     kept AS (
       INSERT INTO affidavit.%2$I (payload_id, receive_time, raw, payload, payload_error)
       SELECT payload_id, receive_time, raw, payload, payload_error FROM fate WHERE is_retained OR is_held)
     SELECT count(*) FILTER (WHERE is_retained OR is_held), count(*) FILTER (WHERE is_held AND NOT is_retained),
            count(*) FILTER (WHERE (is_retained OR is_held) AND sha256(raw) <> payload_sha256) FROM fate',
    partition_name, partition_name || '_kept')
    INTO kept_count, held_count, wrong USING cutoff, low, high;
  IF wrong > 0 THEN
    RAISE data_corrupted USING MESSAGE = format('%s payloads to be kept are not what their leaves say: see fsck', wrong);
  END IF;
  INSERT INTO affidavit_state.dispositions AS known
    (partition_name, cutoff_time, governance_leaf_index, row_count, kept_count, held_count)
  VALUES (prepare_disposition.partition_name, cutoff, regarded, prepare_disposition.row_count, prepare_disposition.kept_count,
          prepare_disposition.held_count)
  ON CONFLICT ON CONSTRAINT dispositions_pkey DO UPDATE
  SET cutoff_time = excluded.cutoff_time, governance_leaf_index = excluded.governance_leaf_index, row_count = excluded.row_count,
      kept_count = excluded.kept_count, held_count = excluded.held_count, prepare_time = clock_timestamp(),
      intent_leaf_index = NULL, complete_time = NULL;
END
$$;

-- Puts what was kept in the partition's place, and drops the rest. REQUIRES an entry `disposition:intent` that names the partition.
-- serialization_failure: a hold, a policy or a payload came after prepare; prepare again. A repeat after success changes nothing
-- and returns the same. Whoever appends, holds among them, waits for this transaction: keep it short.
CREATE FUNCTION affidavit.complete_disposition(partition_name text, intent_leaf_index bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
  parent text;
  bounds text;
  state affidavit_state.dispositions;
  row_count bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('affidavit.disposition', 0));
  SELECT * INTO state FROM affidavit_state.dispositions known WHERE known.partition_name = complete_disposition.partition_name;
  IF state.complete_time IS NOT NULL AND state.intent_leaf_index = complete_disposition.intent_leaf_index THEN
    RETURN state.row_count - state.kept_count;
  END IF;
  IF state IS NULL OR state.complete_time IS NOT NULL THEN
    RAISE object_not_in_prerequisite_state USING MESSAGE = 'nothing is prepared for this partition';
  END IF;
  IF NOT EXISTS (SELECT FROM affidavit.entries e WHERE e.leaf_index = complete_disposition.intent_leaf_index
                   AND e.kind = 'governance' AND e.event_type = 'disposition:intent' AND e.source = 'affidavit'
                   AND starts_with(e.event_id, 'disposition:intent:' || complete_disposition.partition_name || ':')) THEN
    RAISE object_not_in_prerequisite_state USING MESSAGE = 'no entry of the log announces this disposition';
  END IF;
  SELECT * INTO parent, bounds FROM affidavit.payload_partition(partition_name);
  -- The table first: appends lock it before the log, and would wait for us in a circle otherwise.
  EXECUTE format('LOCK TABLE affidavit.%I IN ACCESS EXCLUSIVE MODE', parent);
  PERFORM pg_advisory_xact_lock(hashtextextended('affidavit.log', 0));
  EXECUTE format('SELECT count(*) FROM affidavit.%I', partition_name) INTO row_count;
  IF row_count <> state.row_count OR affidavit.regarded_governance() <> state.governance_leaf_index THEN
    RAISE serialization_failure USING MESSAGE = 'a hold, a policy or a payload came meanwhile; prepare again';
  END IF;
  EXECUTE format('ALTER TABLE affidavit.%I DETACH PARTITION affidavit.%I', parent, partition_name);
  EXECUTE format('DROP TABLE affidavit.%I', partition_name);
  IF state.kept_count > 0 THEN
    EXECUTE format('ALTER TABLE affidavit.%I RENAME TO %I', partition_name || '_kept', partition_name);
    EXECUTE format('ALTER TABLE affidavit.%I ATTACH PARTITION affidavit.%I %s', parent, partition_name, bounds);
    CALL affidavit.guard_partition(partition_name);
  ELSE
    EXECUTE format('DROP TABLE affidavit.%I', partition_name || '_kept');
    IF bounds = 'DEFAULT' THEN
      PERFORM affidavit.make_partition(format('affidavit.%I', parent)::regclass, partition_name, NULL, NULL);
    END IF;
  END IF;
  UPDATE affidavit_state.dispositions known
  SET intent_leaf_index = complete_disposition.intent_leaf_index, complete_time = clock_timestamp()
  WHERE known.partition_name = complete_disposition.partition_name;
  RETURN state.row_count - state.kept_count;
END
$$;

REVOKE ALL ON FUNCTION affidavit.is_held, affidavit.is_retained, affidavit.regarded_governance, affidavit.payload_partition,
  affidavit.prepare_disposition, affidavit.complete_disposition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION affidavit.is_held, affidavit.is_retained, affidavit.regarded_governance, affidavit.payload_partition,
  affidavit.prepare_disposition, affidavit.complete_disposition TO affidavit_dispose;
GRANT USAGE ON SCHEMA affidavit, affidavit_state TO affidavit_dispose;
GRANT SELECT ON ALL TABLES IN SCHEMA affidavit, affidavit_state TO affidavit_dispose;
GRANT SELECT ON affidavit_state.dispositions TO affidavit_ledger, affidavit_worker, affidavit_reader;
