affidavit_test(core_tests
  SOURCES
    unit/core/base/canonical_json_test.cc
    unit/core/base/digest_test.cc
    unit/core/base/encoding_test.cc
    unit/core/base/json_scanner_test.cc
    unit/core/base/text_test.cc
    unit/core/base/time_test.cc
    unit/core/envelope/adapter_retirement_test.cc
    unit/core/envelope/admission_test.cc
    unit/core/envelope/details_test.cc
    unit/core/envelope/entry_kind_test.cc
    unit/core/envelope/genesys_profiles_test.cc
    unit/core/envelope/leaf_test.cc
    unit/core/envelope/leaf_vectors_test.cc
    unit/core/envelope/object_key_test.cc
    unit/core/envelope/profile_test.cc
    unit/core/retention/act_test.cc
    unit/core/retention/disposition_test.cc
    unit/core/retention/policy_test.cc
    unit/core/retention/protection_test.cc
    unit/core/retention/retention_test.cc
    unit/core/schema/canonical_document_test.cc
    unit/core/schema/registration_test.cc
    unit/core/schema/shape_test.cc
  LIBRARIES affidavit_core
  LABELS unit)
target_compile_definitions(core_tests PRIVATE AFFIDAVIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")

find_program(AFFIDAVIT_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
add_test(NAME leaf_reader_test COMMAND ${AFFIDAVIT_PYTHON} unit/core/leaf_reader_test.py
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
set_tests_properties(leaf_reader_test PROPERTIES LABELS unit TIMEOUT 60)
