# Retention policies and legal holds (docs/governance.md): the ledger's service, and what follows for objects, on Postgres.
affidavit_test(governance_db_tests
  SOURCES
    integration/ledger/governance_test.cc
    integration/ledger/ledger_fixture.cc
    integration/ledger/schema_test.cc
  LIBRARIES affidavit_ledger affidavit_cli affidavit_test_support
  LABELS db)

affidavit_test(protection_db_tests
  SOURCES
    integration/mirror/protection_test.cc
    support/memory_object_store.cc
  LIBRARIES affidavit_mirror affidavit_test_support
  LABELS db)

affidavit_test(governance_cli_tests
  SOURCES unit/cli/governance_verbs_test.cc
  LIBRARIES affidavit_cli
  LABELS unit)

affidavit_test(disposition_db_tests
  SOURCES
    integration/disposition_rules_test.cc
    integration/disposition_test.cc
    support/memory_object_store.cc
  LIBRARIES affidavit_cli affidavit_test_support
  LABELS db)
