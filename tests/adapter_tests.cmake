# The HTTP side over a fake ledger is here too, not only the batcher: results cross from its threads to the connections'.
affidavit_compile_apart(unit/webhook-adapter/intake_test.cc)
affidavit_test(adapter_tsan_tests
  SOURCES
    integration/webhook-adapter/certificate.cc
    integration/webhook-adapter/client.cc
    integration/webhook-adapter/http_connection_test.cc
    integration/webhook-adapter/http_contract_test.cc
    integration/webhook-adapter/http_drain_test.cc
    integration/webhook-adapter/http_limits_test.cc
    integration/webhook-adapter/http_tls_test.cc
    unit/webhook-adapter/batcher_test.cc
    unit/webhook-adapter/byte_budget_test.cc
  LIBRARIES affidavit_adapter_http
  LABELS tsan)

affidavit_test(adapter_tests
  SOURCES
    integration/webhook-adapter/certificate.cc
    integration/webhook-adapter/client.cc
    integration/webhook-adapter/grpc_ledger_client_test.cc
    integration/webhook-adapter/process.cc
    integration/webhook-adapter/process_test.cc
    unit/webhook-adapter/intake_test.cc
    unit/webhook-adapter/responses_test.cc
  LIBRARIES affidavit_adapter
  LABELS unit)
target_compile_definitions(adapter_tests PRIVATE AFFIDAVIT_ADAPTER_BINARY="$<TARGET_FILE:affidavit-adapter>")
add_dependencies(adapter_tests affidavit-adapter)
