-- release 1
-- What the log says, made ready for questions (docs/answers.md): projections behind the cursor `facts`, folded in the order of the
-- log by one worker at a time, a function of the log and of the sources' configuration alone. `affidavit reindex` empties them and
-- folds them again. Never evidence: whoever wants to be sure reads the log.
INSERT INTO affidavit_state.cursors (name) VALUES ('facts');

-- One row for each entry of kind envelope, conflict and status.
CREATE TABLE affidavit_state.message_facts (
  leaf_index     bigint      NOT NULL PRIMARY KEY,
  source         text COLLATE "C" NOT NULL,
  message_id     text COLLATE "C" NOT NULL,  -- empty: the entry names no message
  kind           text COLLATE "C" NOT NULL,
  event_type     text COLLATE "C" NOT NULL,  -- empty: none, as in the next
  channel        text COLLATE "C" NOT NULL,
  carrier        text COLLATE "C" NOT NULL,  -- empty: the source names none
  status         text COLLATE "C" NOT NULL,  -- what this entry alone says: UNKNOWN, PENDING, DELIVERED, READ, FAILED, TIMED_OUT
  status_word    text COLLATE "C" NOT NULL,  -- the platform's own word for it; may be empty
  event_time     timestamptz,                -- the platform's clock
  delivery_time  timestamptz,                -- the carrier's
  receive_time   timestamptz NOT NULL,       -- the adapter's
  integrate_time timestamptz NOT NULL,       -- the database's
  consent        text COLLATE "C" CHECK (consent IN ('given', 'refused', 'absent')),  -- NULL: no read event, or nobody asked
  verdict        text COLLATE "C" CHECK (verdict IN ('valid', 'drifted', 'unregistered')),  -- NULL: no envelope, or no JSON
  schema_id      text COLLATE "C",           -- of the schema that the verdict is about
  drift_pointer  text,                       -- where the payload is not what the schema says, and how: no payload values
  drift_reason   text,
  shape_id       text COLLATE "C",
  payload_error  text COLLATE "C"            -- SQLSTATE with which jsonb cannot hold the payload
);
CREATE INDEX message_facts_message ON affidavit_state.message_facts (message_id, source, leaf_index) WHERE message_id <> '';
CREATE INDEX message_facts_receive_time ON affidavit_state.message_facts (receive_time);
CREATE INDEX message_facts_drifted ON affidavit_state.message_facts (leaf_index) WHERE verdict = 'drifted';
CREATE INDEX message_facts_unconsented ON affidavit_state.message_facts (leaf_index) WHERE consent IN ('refused', 'absent');
CREATE INDEX message_facts_unheld ON affidavit_state.message_facts (leaf_index) WHERE payload_error IS NOT NULL;

-- One row for each message, made of its first 1,000 facts by the state machine of core/evidence/message_status.h; only
-- entry_count counts all.
CREATE TABLE affidavit_state.messages (
  source             text COLLATE "C" NOT NULL,
  message_id         text COLLATE "C" NOT NULL,
  channel            text COLLATE "C" NOT NULL,
  status             text COLLATE "C" NOT NULL,
  decided_by         bigint,
  late_delivery      boolean     NOT NULL,
  conflict_count     integer     NOT NULL,
  entry_count        integer     NOT NULL,
  first_leaf_index   bigint      NOT NULL,
  first_receive_time timestamptz NOT NULL,   -- of that entry
  -- Of its first send by leaf_index; NULL: no send is known.
  send_leaf_index    bigint,
  send_event_id      text COLLATE "C",
  -- What a silent failure is counted from: the later of the platform's time and integrate_time; integrate_time where the
  -- platform's is absent, or more than an hour ahead of it.
  counted_from_time  timestamptz,
  is_answered        boolean     NOT NULL,   -- a delivery, read or status is known
  timeout_leaf_index bigint,                 -- the first entry that marks it as silent
  PRIMARY KEY (message_id, source)
);
CREATE INDEX messages_unanswered ON affidavit_state.messages (channel, counted_from_time, send_leaf_index)
  WHERE send_leaf_index IS NOT NULL AND NOT is_answered AND timeout_leaf_index IS NULL;
CREATE INDEX messages_first_receive_time ON affidavit_state.messages (first_receive_time);
CREATE INDEX messages_status ON affidavit_state.messages (status, first_leaf_index)
  WHERE status IN ('FAILED', 'TIMED_OUT', 'UNKNOWN');

-- What is counted while it is folded, so that whoever asks for the numbers counts nothing (db/facts_status.h). Names:
-- `messages/STATUS`, of `messages`; and of envelopes: `unheld` (jsonb cannot hold the payload), `without_message`,
-- `unknown_status`, `without_event_time`, `unconsented_read` (consent is absent or refused), `drifted`. A number may be 0.
CREATE TABLE affidavit_state.fact_counts (
  name       text COLLATE "C" NOT NULL PRIMARY KEY,
  fact_count bigint NOT NULL
);

-- Who a message was for, as HMAC-SHA-256 of the normalised address under the deployment's key. One row an entry.
CREATE TABLE affidavit_state.entry_subjects (
  subject_hash bytea  NOT NULL CHECK (octet_length(subject_hash) = 32),
  leaf_index   bigint NOT NULL,
  PRIMARY KEY (subject_hash, leaf_index)
);

-- What lies in each 1,024 entries, so that lists and counts look up where to look: block = leaf_index >> 10.
CREATE TABLE affidavit_state.entry_blocks (
  block            bigint      NOT NULL,
  source           text COLLATE "C" NOT NULL,
  kind             text COLLATE "C" NOT NULL,
  event_type       text COLLATE "C" NOT NULL,  -- empty: none, as in the next
  channel          text COLLATE "C" NOT NULL,
  entry_count      integer     NOT NULL,
  min_receive_time timestamptz NOT NULL,
  max_receive_time timestamptz NOT NULL,
  PRIMARY KEY (block, source, kind, event_type, channel)
);
CREATE INDEX entry_blocks_channel ON affidavit_state.entry_blocks (channel, block);
CREATE INDEX entry_blocks_event_type ON affidavit_state.entry_blocks (event_type, block);
CREATE INDEX entry_blocks_source ON affidavit_state.entry_blocks (source, block);
CREATE INDEX entry_blocks_kind ON affidavit_state.entry_blocks (kind, block);
CREATE INDEX entry_blocks_time ON affidavit_state.entry_blocks
  USING gist (tstzrange(min_receive_time, max_receive_time, '[]'));

-- JSON Schemas, from the log's governance entries `schema:register`. One binds entries after it, until the next for the same three.
CREATE TABLE affidavit_state.schemas (
  leaf_index     bigint      NOT NULL PRIMARY KEY,
  schema_id      text COLLATE "C" NOT NULL,   -- 16 hex digits of the SHA-256 of the schema's canonical JSON
  source         text COLLATE "C" NOT NULL,
  event_type     text COLLATE "C" NOT NULL,
  schema_version text COLLATE "C" NOT NULL,
  actor          text        NOT NULL,
  register_time  timestamptz NOT NULL,
  schema         text        NOT NULL
);
CREATE INDEX schemas_version ON affidavit_state.schemas (source, event_type, schema_version, leaf_index);

-- Every version that traffic has shown, and the shapes of its payloads (core/schema/shape.h): at most 1,000 a version.
CREATE TABLE affidavit_state.schema_versions (
  source             text COLLATE "C" NOT NULL,
  event_type         text COLLATE "C" NOT NULL,
  schema_version     text COLLATE "C" NOT NULL,  -- empty: payloads that name none
  first_leaf_index   bigint      NOT NULL,
  first_receive_time timestamptz NOT NULL,
  last_receive_time  timestamptz NOT NULL,
  entry_count        bigint      NOT NULL,
  valid_count        bigint      NOT NULL,
  drifted_count      bigint      NOT NULL,
  unregistered_count bigint      NOT NULL,
  shape_count        integer     NOT NULL,
  unshaped_count     bigint      NOT NULL,       -- of a shape that came after the thousandth
  PRIMARY KEY (source, event_type, schema_version)
);
CREATE TABLE affidavit_state.schema_shapes (
  source             text COLLATE "C" NOT NULL,
  event_type         text COLLATE "C" NOT NULL,
  schema_version     text COLLATE "C" NOT NULL,
  shape_id           text COLLATE "C" NOT NULL,
  fields             text[]      NOT NULL,       -- "POINTER TYPE", sorted
  first_leaf_index   bigint      NOT NULL,
  first_receive_time timestamptz NOT NULL,
  last_receive_time  timestamptz NOT NULL,
  entry_count        bigint      NOT NULL,
  PRIMARY KEY (source, event_type, schema_version, shape_id)
);

-- Holds by what they ask for: there may be thousands of them on single messages.
CREATE INDEX legal_holds_message ON affidavit_state.legal_holds (message_id)
  WHERE release_leaf_index IS NULL AND message_id <> '';
CREATE INDEX legal_holds_correlation ON affidavit_state.legal_holds (correlation_id)
  WHERE release_leaf_index IS NULL AND correlation_id <> '';
CREATE INDEX legal_holds_time ON affidavit_state.legal_holds (leaf_index)
  WHERE release_leaf_index IS NULL AND message_id = '' AND correlation_id = '';

-- Adapters that will not come back (governance entries `adapter:retire`): silence of theirs holds nothing up.
CREATE TABLE affidavit_state.adapter_retirements (
  adapter_id  text COLLATE "C" NOT NULL PRIMARY KEY,
  leaf_index  bigint      NOT NULL,
  retire_time timestamptz NOT NULL,
  actor       text        NOT NULL
);

-- All of it away, for `affidavit reindex`. The row lock makes whoever folds wait, and begin anew.
CREATE FUNCTION affidavit_state.reset_facts() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM affidavit_state.cursors WHERE name = 'facts' FOR UPDATE;
  TRUNCATE affidavit_state.message_facts, affidavit_state.messages, affidavit_state.fact_counts, affidavit_state.entry_subjects,
    affidavit_state.entry_blocks, affidavit_state.schemas, affidavit_state.schema_versions, affidavit_state.schema_shapes;
  -- Few rows, and no lock on the table: the timeouts job holds it when it asks for the row lock.
  DELETE FROM affidavit_state.adapter_retirements;
  UPDATE affidavit_state.cursors SET next_leaf_index = 0 WHERE name = 'facts';
END
$$;
REVOKE ALL ON FUNCTION affidavit_state.reset_facts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION affidavit_state.reset_facts TO affidavit_worker;

GRANT SELECT ON affidavit_state.message_facts, affidavit_state.messages, affidavit_state.fact_counts,
  affidavit_state.entry_subjects, affidavit_state.entry_blocks, affidavit_state.schemas, affidavit_state.schema_versions,
  affidavit_state.schema_shapes, affidavit_state.adapter_retirements TO affidavit_ledger, affidavit_worker, affidavit_reader;
GRANT INSERT, UPDATE, DELETE ON affidavit_state.message_facts, affidavit_state.messages, affidavit_state.fact_counts,
  affidavit_state.entry_subjects, affidavit_state.entry_blocks, affidavit_state.schemas, affidavit_state.schema_versions,
  affidavit_state.schema_shapes, affidavit_state.adapter_retirements TO affidavit_worker;
