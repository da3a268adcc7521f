-- release 1
-- What moves. All of it can be lost and rebuilt (counts from the log, adapters from their next call).
CREATE TABLE affidavit_state.adapters (
  adapter_id                  text COLLATE "C" PRIMARY KEY,
  last_seen_time              timestamptz NOT NULL,
  oldest_spooled_receive_time timestamptz
);

-- How far a projection has folded the log: all entries with leaf_index < next_leaf_index.
CREATE TABLE affidavit_state.cursors (
  name            text COLLATE "C" PRIMARY KEY,
  next_leaf_index bigint NOT NULL DEFAULT 0
);
INSERT INTO affidavit_state.cursors (name) VALUES ('entry_counts');

CREATE TABLE affidavit_state.entry_counts (
  source            text COLLATE "C" NOT NULL,
  kind              text COLLATE "C" NOT NULL,
  entry_count       bigint NOT NULL,
  last_receive_time timestamptz NOT NULL,
  PRIMARY KEY (source, kind)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA affidavit_state TO affidavit_ledger;
GRANT SELECT ON ALL TABLES IN SCHEMA affidavit_state TO affidavit_reader;
