-- release 1
-- Retention policies and legal holds (docs/governance.md), folded from the log's governance entries behind the cursor
-- `governance`. Projections: emptied, with the cursor at 0, they are folded again.
CREATE TABLE affidavit_state.retention_policies (
  source           text COLLATE "C" NOT NULL,  -- empty: any, as in the next two
  channel          text COLLATE "C" NOT NULL,
  event_type       text COLLATE "C" NOT NULL,
  regime           text COLLATE "C" NOT NULL,
  years            integer NOT NULL CHECK (years BETWEEN 1 AND 100),
  actor            text NOT NULL,              -- this and the next two: of the act that made it so long
  leaf_index       bigint NOT NULL,
  set_time         timestamptz NOT NULL,
  first_leaf_index bigint NOT NULL UNIQUE,     -- of the first act on this policy
  PRIMARY KEY (source, channel, event_type, regime)
);

CREATE TABLE affidavit_state.legal_holds (
  hold_id            text COLLATE "C" NOT NULL PRIMARY KEY,
  leaf_index         bigint NOT NULL UNIQUE,
  case_reference     text COLLATE "C" NOT NULL,
  actor              text NOT NULL,
  source             text COLLATE "C" NOT NULL,  -- empty: any; of the next two one at most is not empty
  message_id         text COLLATE "C" NOT NULL,
  correlation_id     text COLLATE "C" NOT NULL,
  start_time         timestamptz,
  end_time           timestamptz,
  create_time        timestamptz NOT NULL,
  release_leaf_index bigint,
  release_actor      text,
  release_reason     text,
  release_time       timestamptz,
  CHECK (num_nonnulls(release_leaf_index, release_actor, release_reason, release_time) IN (0, 4))
);
CREATE INDEX legal_holds_case ON affidavit_state.legal_holds (case_reference, leaf_index);
CREATE INDEX legal_holds_active ON affidavit_state.legal_holds (leaf_index) WHERE release_leaf_index IS NULL;

INSERT INTO affidavit_state.cursors (name) VALUES ('governance');

-- What was done to an object after it was copied, because of governance entries: evidence, like the mirror's receipts. An
-- object's lock is the one of its last row here; without one, that of its receipt.
CREATE TABLE affidavit.protection_receipts (
  leaf_index          bigint      NOT NULL,
  protection_id       bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,  -- orders the rows of one object
  regarded_leaf_index bigint      NOT NULL CHECK (regarded_leaf_index >= 0),  -- all acts below it were regarded
  retain_until        timestamptz NOT NULL,
  legal_hold          boolean     NOT NULL,
  worker_id           text COLLATE "C" NOT NULL,
  write_time          timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (leaf_index, protection_id)
);
CALL affidavit.make_append_only('affidavit.protection_receipts');

-- One for each act, made when a worker takes it up: receipts of the mirror below until_receipt_id are looked at for its sake.
CREATE TABLE affidavit_state.protection_jobs (
  act_leaf_index   bigint      NOT NULL PRIMARY KEY,
  next_receipt_id  bigint      NOT NULL DEFAULT 0,
  until_receipt_id bigint      NOT NULL,
  changed_count    bigint      NOT NULL DEFAULT 0,
  start_time       timestamptz NOT NULL DEFAULT clock_timestamp(),
  end_time         timestamptz
);
CREATE INDEX protection_jobs_open ON affidavit_state.protection_jobs (act_leaf_index) WHERE end_time IS NULL;

-- One row: receipts below next_receipt_id were compared, once they were there, with every act below next_act_leaf_index. An act
-- at or above that has no job yet.
CREATE TABLE affidavit_state.protection_tail (
  only_row            boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_row),
  next_receipt_id     bigint  NOT NULL DEFAULT 0,
  next_act_leaf_index bigint  NOT NULL DEFAULT 0
);
INSERT INTO affidavit_state.protection_tail DEFAULT VALUES;

-- Objects whose hold somebody set out to change: until that is known to be done, nobody knows whether they are held.
CREATE TABLE affidavit_state.protection_doubts (receipt_id bigint NOT NULL PRIMARY KEY);

-- Objects that could not be brought up to what was asked, and were passed: tried again for as long as they are here.
CREATE TABLE affidavit_state.protection_findings (
  receipt_id    bigint      NOT NULL PRIMARY KEY,
  detail        text        NOT NULL,
  first_time    timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_time     timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempt_count integer     NOT NULL DEFAULT 1
);

GRANT SELECT ON affidavit_state.retention_policies, affidavit_state.legal_holds, affidavit_state.protection_jobs,
  affidavit_state.protection_tail, affidavit_state.protection_doubts, affidavit_state.protection_findings,
  affidavit.protection_receipts TO affidavit_ledger, affidavit_worker, affidavit_reader;
GRANT INSERT, UPDATE, DELETE ON affidavit_state.retention_policies, affidavit_state.legal_holds
  TO affidavit_ledger, affidavit_worker;
GRANT INSERT ON affidavit.protection_receipts TO affidavit_worker;
GRANT INSERT, UPDATE, DELETE ON affidavit_state.protection_jobs, affidavit_state.protection_tail,
  affidavit_state.protection_doubts, affidavit_state.protection_findings TO affidavit_worker;
