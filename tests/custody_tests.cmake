# Chains of custody (services/ledger/query/custody.h): what is read of a request and put on the wire, and the whole on Postgres.
affidavit_test(custody_tests
  SOURCES
    unit/services/ledger/query/custody_request_test.cc
    unit/services/ledger/query/custody_wire_test.cc
  LIBRARIES affidavit_ledger
  LABELS unit)

affidavit_test(custody_db_tests
  SOURCES
    integration/ledger/custody_fixture.cc
    integration/ledger/custody_latency_test.cc
    integration/ledger/custody_recipient_test.cc
    integration/ledger/custody_test.cc
    integration/ledger/ledger_fixture.cc
    integration/projector/projected_log.cc
  LIBRARIES affidavit_ledger affidavit_projector affidavit_test_support
  LABELS db)
