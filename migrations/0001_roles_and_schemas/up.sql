-- Who may do what. The three roles are groups: give your own login roles membership, or LOGIN to these.
--   owner  (whoever runs `affidavit migrate`)  makes the schema; even it cannot change evidence (0004)
--   affidavit_ledger                           INSERT and SELECT on evidence, everything on what moves
--   affidavit_reader                           SELECT
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['affidavit_ledger', 'affidavit_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this cluster migrates at the same moment
      END;
    END IF;
  END LOOP;
END
$$;

-- Evidence and the names that outsiders query.
CREATE SCHEMA IF NOT EXISTS affidavit;
-- What moves: projections (rebuilt from the log), cursors, adapters last seen. Never evidence.
CREATE SCHEMA affidavit_state;

GRANT USAGE ON SCHEMA affidavit, affidavit_state TO affidavit_ledger, affidavit_reader;
