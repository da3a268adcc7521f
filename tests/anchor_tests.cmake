# What stands outside: a time-stamping authority (openssl ts) and a witness, for whoever tests against them.
add_library(affidavit_test_anchors STATIC
  support/timestamp_authority.cc
)
target_compile_options(affidavit_test_anchors PRIVATE -O0)
target_link_libraries(affidavit_test_anchors PUBLIC affidavit_core)

affidavit_test(anchor_tests
  SOURCES
    unit/core/evidence/timestamp_test.cc
  LIBRARIES affidavit_core affidavit_test_anchors
  LABELS unit)
