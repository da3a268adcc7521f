# Free of gRPC and of Postgres: what ThreadSanitizer can look through.
affidavit_compile_apart(fault/checkpoint_fault_table_test.cc)
affidavit_test(ledger_tsan_tests
  SOURCES
    fault/append_fault_table_test.cc
    fault/faulty_append_store.cc
    fault/memory_append_backend.cc
    unit/services/ledger/append/append_queue_test.cc
    unit/services/ledger/append/classify_test.cc
    unit/services/ledger/append/entries.cc
    unit/services/ledger/append/lane_test.cc
    unit/services/ledger/append/prepare_test.cc
    unit/services/ledger/append/sequencer_test.cc
    unit/services/ledger/retention_board_test.cc
  LIBRARIES affidavit_ledger_append affidavit_test_support
  LABELS tsan)

affidavit_test(ledger_tests
  SOURCES
    unit/services/ledger/append/append_service_wire_test.cc
    unit/services/ledger/append/security_notices_test.cc
    unit/services/ledger/append/entries.cc
    unit/services/ledger/listen_test.cc
    unit/services/ledger/publish/append_gate_test.cc
    unit/services/ledger/publish/clock_state_test.cc
    unit/services/ledger/publish/guard_file_test.cc
    unit/services/ledger/publish/heartbeat_test.cc
    unit/services/ledger/query/find_entry_test.cc
    unit/services/ledger/query/list_request_test.cc
    unit/services/ledger/query/page_token_test.cc
    unit/services/ledger/wire/convert_test.cc
    unit/services/ledger/wire/status_test.cc
  LIBRARIES affidavit_ledger
  LABELS unit)

# On Postgres: the same fault table, and whole ledgers over gRPC.
affidavit_test(ledger_db_tests
  SOURCES
    fault/append_fault_table_test.cc
    fault/checkpoint_fault_table_test.cc
    fault/faulty_append_store.cc
    fault/postgres_append_backend.cc
    integration/ledger/append_test.cc
    integration/ledger/checkpointer_test.cc
    integration/ledger/heartbeat_test.cc
    integration/ledger/ledger_fixture.cc
    integration/ledger/lifecycle_test.cc
    integration/ledger/publish_fixture.cc
    integration/ledger/query_test.cc
    integration/ledger/publish_test.cc
    integration/ledger/readmit_test.cc
    integration/ledger/recover_test.cc
    unit/services/ledger/append/entries.cc
  LIBRARIES affidavit_ledger affidavit_cli affidavit_test_support
  LABELS db)
