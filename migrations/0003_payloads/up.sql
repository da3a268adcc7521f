-- release 1
-- The bulk: raw bytes exactly as posted, and jsonb for querying where jsonb can hold them. Apart from entries so that the
-- unique ids need no partition key, that payloads are written before the log's lock, and that disposition drops a partition
-- while every proof keeps verifying. Excluded payloads have a table of their own: their 90 days end by dropping a partition.
CREATE TABLE affidavit.payloads (
  payload_id    bigint      NOT NULL,
  receive_time  timestamptz NOT NULL,
  raw           bytea       NOT NULL,
  payload       jsonb,
  payload_error text CHECK (octet_length(payload_error) = 5),  -- the SQLSTATE with which Postgres cannot hold it as jsonb
  PRIMARY KEY (payload_id, receive_time),
  CHECK ((payload IS NULL) <> (payload_error IS NULL))
) PARTITION BY RANGE (receive_time);

CREATE TABLE affidavit.excluded_payloads (LIKE affidavit.payloads INCLUDING CONSTRAINTS INCLUDING INDEXES)
  PARTITION BY RANGE (receive_time);

GRANT SELECT, INSERT ON affidavit.payloads, affidavit.excluded_payloads TO affidavit_ledger;
GRANT SELECT ON affidavit.payloads, affidavit.excluded_payloads TO affidavit_reader;
