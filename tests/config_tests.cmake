affidavit_test(config_tests
  SOURCES
    unit/config/anchors_test.cc
    unit/config/check_signing_test.cc
    unit/config/check_test.cc
    unit/config/check_worker_test.cc
    unit/config/config_test.cc
    unit/config/details_test.cc
    unit/config/example_test.cc
    unit/config/facts_test.cc
    unit/config/load_config_test.cc
    unit/config/secrets_test.cc
    unit/config/shapes_test.cc
    unit/config/siem_test.cc
    unit/config/sources_test.cc
    unit/config/suggestion_test.cc
  LIBRARIES affidavit_config affidavit_core tomlplusplus::tomlplusplus
  LABELS unit)
target_compile_definitions(config_tests PRIVATE AFFIDAVIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
