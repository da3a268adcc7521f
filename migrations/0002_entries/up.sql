-- release 1
-- One row an entry, never dropped. `leaf` is the record (docs/leaf-v1.md); the columns beside it are its index, each equal to
-- a member of the leaf, but for leaf_index, integrate_time and payload_id, which are known only later.
-- Ids are text COLLATE "C": compared as bytes, and a third cheaper under the log's lock than a linguistic collation.
CREATE TABLE affidavit.entries (
  leaf_index     bigint      NOT NULL PRIMARY KEY CHECK (leaf_index >= 0),  -- gapless, given out under the log's lock
  payload_id     bigint      NOT NULL,
  receive_time   timestamptz NOT NULL,
  integrate_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  retain_until   timestamptz NOT NULL,
  event_time     timestamptz,
  delivery_time  timestamptz,
  payload_size   integer     NOT NULL CHECK (payload_size >= 0),
  payload_sha256 bytea       NOT NULL CHECK (octet_length(payload_sha256) = 32),
  leaf_hash      bytea       NOT NULL CHECK (octet_length(leaf_hash) = 32),
  kind           text COLLATE "C" NOT NULL CHECK (kind IN ('envelope', 'conflict', 'excluded', 'quarantined', 'status',
                                                           'governance', 'reconciliation', 'heartbeat', 'access')),
  source         text COLLATE "C" NOT NULL,
  event_id       text COLLATE "C" CHECK (octet_length(event_id) BETWEEN 1 AND 512),
  event_type     text COLLATE "C",
  schema_version text COLLATE "C",
  channel        text COLLATE "C",
  direction      text COLLATE "C",
  message_id     text COLLATE "C",
  correlation_id text COLLATE "C",
  adapter_id     text COLLATE "C",
  retention_class text COLLATE "C" NOT NULL,
  provenance     text COLLATE "C" NOT NULL,
  leaf           bytea       NOT NULL CHECK (octet_length(leaf) BETWEEN 1 AND 65535),
  CHECK (event_id IS NOT NULL OR kind = 'quarantined')
);

-- The identity rules. event_id comes first: with source first the planner scans a whole source for one batch.
CREATE UNIQUE INDEX entries_envelope_identity ON affidavit.entries (event_id, source) WHERE kind = 'envelope';
CREATE UNIQUE INDEX entries_conflict_identity ON affidavit.entries (event_id, source, payload_sha256) WHERE kind = 'conflict';
CREATE UNIQUE INDEX entries_body_identity ON affidavit.entries (payload_sha256, source)
  WHERE kind IN ('excluded', 'quarantined');
CREATE UNIQUE INDEX entries_record_identity ON affidavit.entries (event_id, source, kind)
  WHERE kind IN ('status', 'governance', 'reconciliation', 'heartbeat', 'access');

-- Look-ups by ids that repeat and that come in no order. A plain btree on random ids gets slower under the log's lock as the
-- log grows (every insert hits another page), and a hash index walks all rows of one value on each insert (a platform that
-- sends one constant correlation id would bring the log to a halt). So the key starts with the window of 65,536 entries that
-- the entry is in: every insert goes to the few pages of the newest window, for ever, and a look-up probes each window once,
-- in log order. Of the id it holds 32 bits; the look-up compares the whole id. Should a Postgres upgrade change hashtext (its
-- release notes would ask for a REINDEX of hash indexes), these want one too.
CREATE FUNCTION affidavit.window_key(leaf_window bigint, id text) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (leaf_window << 32) | (pg_catalog.hashtext(id)::bigint & 4294967295);

CREATE INDEX entries_message_id ON affidavit.entries (affidavit.window_key(leaf_index >> 16, message_id))
  WHERE message_id IS NOT NULL;
CREATE INDEX entries_correlation_id ON affidavit.entries (affidavit.window_key(leaf_index >> 16, correlation_id))
  WHERE correlation_id IS NOT NULL;
CREATE INDEX entries_excluded_event_id ON affidavit.entries (affidavit.window_key(leaf_index >> 16, event_id))
  WHERE kind IN ('excluded', 'quarantined');
CREATE INDEX entries_receive_time ON affidavit.entries USING brin (receive_time);

-- Each process takes 65,536 ids at a time and counts by itself: a payload's id is known before any lock.
CREATE SEQUENCE affidavit.payload_ids AS bigint INCREMENT BY 65536 MINVALUE 1 START 1;

GRANT SELECT, INSERT ON affidavit.entries TO affidavit_ledger;
GRANT SELECT ON affidavit.entries TO affidavit_reader;
GRANT USAGE ON SEQUENCE affidavit.payload_ids TO affidavit_ledger;
