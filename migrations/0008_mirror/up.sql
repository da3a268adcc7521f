-- release 1
-- The mirror: what was copied to the object store (docs/mirror.md). Receipts are evidence; the rest moves, and can be lost: a
-- mirror that starts anew finds its objects there and says `existing`.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'affidavit_worker') THEN
    BEGIN
      CREATE ROLE affidavit_worker NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this cluster migrates at the same moment
      WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING MESSAGE = format(
          'role affidavit_worker is missing and %I may not create roles; an administrator runs: '
          'CREATE ROLE affidavit_worker; GRANT affidavit_worker TO %I;', current_user, current_user);
    END;
  END IF;
  -- So that the owner can SET ROLE to look through its eyes. Nothing below needs it.
  BEGIN
    EXECUTE format('GRANT affidavit_worker TO %I', current_user);
  EXCEPTION
    WHEN insufficient_privilege THEN NULL;
  END;
END
$$;

-- One for each entry, never changed. receipt_id is dense, in the order in which receipts were committed: what follows them
-- needs no other cursor. No foreign key on entries: it would write to their pages; fsck compares.
CREATE TABLE affidavit.mirror_receipts (
  leaf_index   bigint      NOT NULL PRIMARY KEY CHECK (leaf_index >= 0),
  receipt_id   bigint      NOT NULL UNIQUE CHECK (receipt_id >= 0),
  outcome      text COLLATE "C" NOT NULL CHECK (outcome IN ('copied', 'existing', 'left_out')),
  store        text COLLATE "C",
  object_key   text COLLATE "C",
  version_id   text COLLATE "C",
  checksum     bytea CHECK (octet_length(checksum) = 32),  -- SHA-256 of the object
  retain_until timestamptz,
  legal_hold   boolean     NOT NULL,
  store_time   timestamptz,                                -- the store's clock
  worker_id    text COLLATE "C" NOT NULL,
  write_time   timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (num_nonnulls(store, object_key, version_id, checksum, retain_until, store_time)
         = CASE WHEN outcome = 'left_out' THEN 0 ELSE 6 END)
);
CREATE INDEX mirror_receipts_object_key ON affidavit.mirror_receipts (object_key) WHERE object_key IS NOT NULL;
CALL affidavit.make_append_only('affidavit.mirror_receipts');

-- Entries that could not be copied and were passed: tried again for as long as they are here.
CREATE TABLE affidavit_state.mirror_findings (
  leaf_index    bigint      NOT NULL PRIMARY KEY,
  reason        text COLLATE "C" NOT NULL,
  detail        text        NOT NULL,
  first_time    timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_time     timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempt_count integer     NOT NULL DEFAULT 1
);
CREATE INDEX mirror_findings_last_time ON affidavit_state.mirror_findings (last_time);

-- mirror: entries below it have a receipt or a finding. mirror_attempt: a PUT may have been made for entries below it.
INSERT INTO affidavit_state.cursors (name) VALUES ('mirror'), ('mirror_attempt');

-- The log's own files, by incarnation of the log.
CREATE TABLE affidavit_state.mirror_log (
  incarnation     integer     NOT NULL PRIMARY KEY,
  next_tile       bigint      NOT NULL DEFAULT 0,  -- full tiles of level 0 below it are there, and all that they complete
  checkpoint_size bigint      NOT NULL DEFAULT 0,  -- of the last `checkpoint` written
  kept_time       timestamptz                      -- when the last `checkpoints/<size>` was written
);

-- Its locked files, and until when: extended as long as any entry's.
CREATE TABLE affidavit_state.mirror_log_files (
  object_key   text COLLATE "C" NOT NULL PRIMARY KEY,
  version_id   text COLLATE "C" NOT NULL,
  retain_until timestamptz NOT NULL
);
CREATE INDEX mirror_log_files_retain_until ON affidavit_state.mirror_log_files (retain_until);

-- One row: the latest retain_until of any object of an entry.
CREATE TABLE affidavit_state.mirror_retention (
  only_row     boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_row),
  retain_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO affidavit_state.mirror_retention DEFAULT VALUES;

GRANT USAGE ON SCHEMA affidavit, affidavit_state TO affidavit_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA affidavit, affidavit_state TO affidavit_worker;
GRANT INSERT ON affidavit.mirror_receipts TO affidavit_worker;
GRANT UPDATE ON affidavit_state.cursors TO affidavit_worker;
GRANT INSERT, UPDATE, DELETE ON affidavit_state.mirror_findings, affidavit_state.mirror_log, affidavit_state.mirror_log_files,
  affidavit_state.mirror_retention TO affidavit_worker;
GRANT SELECT ON affidavit.mirror_receipts, affidavit_state.mirror_findings, affidavit_state.mirror_log,
  affidavit_state.mirror_log_files, affidavit_state.mirror_retention TO affidavit_ledger, affidavit_reader;
