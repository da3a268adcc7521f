# What stands outside: a time-stamping authority (openssl ts) and a witness, for whoever tests against them.
add_library(affidavit_test_anchors STATIC
  support/small_http_server.cc
  support/test_witness.cc
  support/timestamp_authority.cc
)
target_compile_options(affidavit_test_anchors PRIVATE -O0)
target_link_libraries(affidavit_test_anchors PUBLIC affidavit_core Threads::Threads)

# Both as one process, for the end-to-end tests.
add_executable(affidavit-test-anchors support/anchor_server.cc)
target_compile_options(affidavit-test-anchors PRIVATE -O0)
target_link_libraries(affidavit-test-anchors PRIVATE affidavit_test_anchors)

affidavit_test(anchor_tests
  SOURCES
    unit/core/evidence/timestamp_test.cc
  LIBRARIES affidavit_core affidavit_test_anchors
  LABELS unit)

# Free of gRPC and of Postgres: what ThreadSanitizer can look through.
affidavit_test(anchor_tsan_tests
  SOURCES
    unit/services/ledger/publish/anchor_loop_test.cc
    unit/services/ledger/publish/http_client_test.cc
    unit/services/ledger/publish/timestamper_test.cc
    unit/services/ledger/publish/witness_client_test.cc
  LIBRARIES affidavit_ledger_anchors affidavit_test_anchors
  LABELS tsan)

# On Postgres.
affidavit_test(anchor_db_tests
  SOURCES
    integration/ledger/anchor_test.cc
    integration/ledger/publish_fixture.cc
  LIBRARIES affidavit_ledger affidavit_test_anchors affidavit_test_support
  LABELS db)
