affidavit_compile_apart(unit/core/signature/standard_webhooks_test.cc unit/core/signature/verifier_test.cc)
affidavit_test(signature_tests
  SOURCES
    unit/core/signature/scheme_test.cc
    unit/core/signature/secret_test.cc
    unit/core/signature/standard_webhooks_test.cc
    unit/core/signature/verifier_test.cc
  LIBRARIES affidavit_core
  LABELS unit)
