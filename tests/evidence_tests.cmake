affidavit_test(evidence_tests
  SOURCES
    support/bundle_maker.cc
    unit/core/evidence/bundle_test.cc
    unit/core/evidence/golden_bundle_test.cc
    unit/core/evidence/message_status_test.cc
    unit/core/evidence/status_word_test.cc
    unit/core/evidence/subject_test.cc
    unit/core/evidence/verify_bundle_flips_test.cc
    unit/core/evidence/verify_bundle_test.cc
    unit/core/evidence/verify_signatures_test.cc
    unit/core/merkle/reference_tree.cc
  LIBRARIES affidavit_core affidavit_test_anchors
  LABELS unit)
target_compile_definitions(evidence_tests PRIVATE AFFIDAVIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")

find_program(AFFIDAVIT_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
add_test(NAME bundle_schema_test COMMAND ${AFFIDAVIT_PYTHON} unit/core/evidence/bundle_schema_test.py
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
set_tests_properties(bundle_schema_test PROPERTIES LABELS unit TIMEOUT 60)
