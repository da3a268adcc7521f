-- release 1
-- Who may do what. Two groups beside the owner: give your own login roles membership, or LOGIN to these.
--   owner  (whoever runs `affidavit migrate`)  makes the schema; even it cannot change evidence (0004)
--   affidavit_ledger                           INSERT and SELECT on evidence, everything on what moves
--   affidavit_reader                           SELECT
-- The schema `affidavit` (evidence, and the names that outsiders query) and its schema_migrations exist already: the migrator
-- writes down there what it has run.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['affidavit_ledger', 'affidavit_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this cluster migrates at the same moment
        WHEN insufficient_privilege THEN
          RAISE insufficient_privilege USING MESSAGE = format(
            'role %I is missing and %I may not create roles; an administrator runs: CREATE ROLE affidavit_ledger; '
            'CREATE ROLE affidavit_reader; GRANT affidavit_ledger, affidavit_reader TO %I;',
            role_name, current_user, current_user);
      END;
    END IF;
    -- So that the owner can SET ROLE to look through their eyes. Nothing below needs it.
    BEGIN
      EXECUTE format('GRANT %I TO %I', role_name, current_user);
    EXCEPTION
      WHEN insufficient_privilege THEN NULL;
    END;
  END LOOP;
END
$$;

-- What moves: projections (rebuilt from the log), cursors, adapters last seen. Never evidence.
CREATE SCHEMA affidavit_state;

GRANT USAGE ON SCHEMA affidavit, affidavit_state TO affidavit_ledger, affidavit_reader;
GRANT SELECT ON affidavit.schema_migrations TO affidavit_ledger, affidavit_reader;
