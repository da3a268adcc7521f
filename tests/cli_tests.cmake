affidavit_compile_apart(unit/cli/simulate/settings_test.cc)
affidavit_test(cli_tests
  SOURCES
    unit/cli/adapter_test.cc
    unit/cli/custody_test.cc
    unit/cli/files_test.cc
    unit/cli/filter_test.cc
    unit/cli/json_field_test.cc
    unit/cli/keygen_test.cc
    unit/cli/ledger_client_test.cc
    unit/cli/ledger_verbs_test.cc
    unit/cli/prove_test.cc
    unit/cli/recover_test.cc
    unit/cli/render_test.cc
    unit/cli/run_test.cc
    unit/cli/schema_test.cc
    unit/cli/simulate_test.cc
    unit/cli/text_test.cc
    unit/cli/simulate/answer_test.cc
    unit/cli/simulate/event_body_test.cc
    unit/cli/simulate/injection_test.cc
    unit/cli/simulate/injected_scenario_test.cc
    unit/cli/simulate/journal_test.cc
    unit/cli/simulate/platform_signature_test.cc
    unit/cli/simulate/scenario_test.cc
    unit/cli/simulate/settings_test.cc
    unit/cli/simulate/summary_test.cc
  LIBRARIES affidavit_cli
  LABELS unit)

# The simulator's threads, against a server that answers as the test says.
affidavit_test(cli_tsan_tests
  SOURCES unit/cli/simulate/sender_test.cc
  LIBRARIES affidavit_simulate
  LABELS "unit;tsan")

affidavit_test(verify_tests
  SOURCES
    unit/cli/verify/bundle_verb_test.cc
    unit/cli/verify/by_hand_test.cc
    unit/cli/verify/inputs_test.cc
    unit/cli/verify/log_verb_test.cc
    unit/cli/verify/published_vectors_test.cc
    unit/cli/verify/run_test.cc
    unit/cli/verify/sample_log.cc
    unit/cli/verify/standard_files_test.cc
  LIBRARIES affidavit_verify
  LABELS unit)
target_compile_definitions(verify_tests PRIVATE AFFIDAVIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")

# What fsck and export-log must not overlook, on Postgres.
affidavit_test(fsck_review_db_tests
  SOURCES integration/fsck_review_test.cc
  LIBRARIES affidavit_cli affidavit_test_support
  LABELS db)

# The table of faults of fsck, and export-log read back by affidavit-verify.
affidavit_test(fsck_db_tests
  SOURCES
    integration/export_log_test.cc
    integration/fsck_log.cc
    integration/fsck_test.cc
  LIBRARIES affidavit_cli affidavit_verify affidavit_test_support
  LABELS db)

# What the doctor takes for good and for a finding: stores that break their promises, and facts made up.
affidavit_test(doctor_tests
  SOURCES
    unit/cli/doctor/certificate_exam_test.cc
    unit/cli/doctor/diagnosis_test.cc
    unit/cli/doctor/judgement_test.cc
    unit/cli/doctor/store_exam_test.cc
  LIBRARIES affidavit_cli
  LABELS unit)

affidavit_test(doctor_db_tests
  SOURCES
    integration/doctor_test.cc
    integration/fsck_log.cc
  LIBRARIES affidavit_cli affidavit_test_support
  LABELS db)

affidavit_test(doctor_s3_tests
  SOURCES integration/doctor_s3_test.cc
  LIBRARIES affidavit_cli affidavit_test_s3
  LABELS s3)
