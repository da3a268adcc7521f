affidavit_test(ops_tests
  SOURCES
    unit/ops/alert_limiter_test.cc
    unit/ops/alert_rules_test.cc
    unit/ops/alerts_test.cc
    unit/ops/lifecycle_test.cc
    unit/ops/log_test.cc
    unit/ops/loop_test.cc
    unit/ops/metrics_test.cc
    unit/ops/private_http_test.cc
    unit/ops/security_journal_test.cc
  LIBRARIES affidavit_ops affidavit_core Boost::json
  LABELS unit)
target_compile_definitions(ops_tests PRIVATE AFFIDAVIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
