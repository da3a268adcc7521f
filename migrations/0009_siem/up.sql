-- release 1
-- The trail that a SIEM gets (docs/siem.md): receipts of the mirror and security events, in the order of their commits, and how
-- far each sink has acknowledged them. A cursor moves after the acknowledgement only, so a crash repeats and never skips.
CREATE TABLE affidavit_state.siem_cursors (
  sink        text COLLATE "C" NOT NULL,
  feed        text COLLATE "C" NOT NULL CHECK (feed IN ('receipts', 'security_events')),
  next_id     bigint NOT NULL DEFAULT 0 CHECK (next_id >= 0),  -- all ids below it are acknowledged
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (sink, feed)
);

-- Alerts and refusals on their way to the SIEM. Not evidence: old ones are deleted.
CREATE TABLE affidavit_state.security_events (
  event_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  name       text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,31}$'),
  details    jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object')
);

-- An id is given out before its transaction commits. Without this a cursor could pass an id that is not to be seen yet, and never
-- come back. A statement trigger runs before the first id is drawn, and the lock lasts until the commit: ids rise as commits do.
CREATE FUNCTION affidavit_state.order_security_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('affidavit.security_events', 0));
  RETURN NULL;
END
$$;
CREATE TRIGGER order_security_events BEFORE INSERT ON affidavit_state.security_events
  FOR EACH STATEMENT EXECUTE FUNCTION affidavit_state.order_security_events();

CREATE INDEX security_events_event_time ON affidavit_state.security_events (event_time);

GRANT SELECT, INSERT, UPDATE, DELETE ON affidavit_state.siem_cursors TO affidavit_worker;
GRANT SELECT, INSERT, DELETE ON affidavit_state.security_events TO affidavit_worker;
GRANT SELECT, INSERT ON affidavit_state.security_events TO affidavit_ledger;
GRANT SELECT ON affidavit_state.siem_cursors, affidavit_state.security_events TO affidavit_reader;
