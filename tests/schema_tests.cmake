affidavit_test(schema_tests
  SOURCES
    unit/services/schema/compiled_schema_test.cc
    unit/services/schema/document_test.cc
    unit/services/schema/suite_test.cc
  LIBRARIES affidavit_schema
  LABELS unit)
