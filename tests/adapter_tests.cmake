affidavit_test(adapter_tsan_tests
  SOURCES unit/webhook-adapter/batcher_test.cc unit/webhook-adapter/byte_budget_test.cc
  LIBRARIES affidavit_adapter_batching
  LABELS tsan)

affidavit_test(adapter_tests
  SOURCES
    integration/webhook-adapter/certificate.cc
    integration/webhook-adapter/client.cc
    integration/webhook-adapter/grpc_ledger_client_test.cc
    integration/webhook-adapter/http_connection_test.cc
    integration/webhook-adapter/http_contract_test.cc
    integration/webhook-adapter/http_drain_test.cc
    integration/webhook-adapter/http_limits_test.cc
    integration/webhook-adapter/http_tls_test.cc
    unit/webhook-adapter/intake_test.cc
    unit/webhook-adapter/responses_test.cc
  LIBRARIES affidavit_adapter
  LABELS unit)
