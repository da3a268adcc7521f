# Silent failures: what is due, and the way of its records into a real ledger.
affidavit_test(timeouts_tests
  SOURCES
    unit/services/timeouts/adapter_history_test.cc
    unit/services/timeouts/decision_test.cc
    unit/services/timeouts/options_test.cc
  LIBRARIES affidavit_timeouts
  LABELS unit)

affidavit_test(timeouts_db_tests
  SOURCES
    integration/ledger/ledger_fixture.cc
    integration/records/record_client_test.cc
    integration/timeouts/timeouts_fixture.cc
    integration/timeouts/timeouts_job_test.cc
    integration/timeouts/timeouts_twice_test.cc
  LIBRARIES affidavit_timeouts affidavit_records affidavit_projector affidavit_ledger affidavit_test_support
  LABELS db)
