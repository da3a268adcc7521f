affidavit_test(core_tests
  SOURCES
    unit/core/base/canonical_json_test.cc
    unit/core/base/digest_test.cc
    unit/core/base/encoding_test.cc
    unit/core/base/json_scanner_test.cc
    unit/core/base/text_test.cc
    unit/core/base/time_test.cc
    unit/core/envelope/admission_test.cc
    unit/core/envelope/entry_kind_test.cc
    unit/core/envelope/genesys_profiles_test.cc
    unit/core/envelope/leaf_test.cc
    unit/core/envelope/profile_test.cc
    unit/core/retention/retention_test.cc
  LIBRARIES affidavit_core
  LABELS unit)
