# The fold alone, and the projector on Postgres.
affidavit_test(projector_tests
  SOURCES
    integration/projector/projected_log.cc
    integration/projector/projector_job_test.cc
    integration/projector/projector_test.cc
    unit/services/projector/fold_schema_test.cc
    unit/services/projector/fold_test.cc
  LIBRARIES affidavit_projector affidavit_test_support
  LABELS db)

# The verb that folds all of it again.
affidavit_test(reindex_db_tests
  SOURCES
    integration/projector/projected_log.cc
    integration/projector/reindex_test.cc
  LIBRARIES affidavit_cli affidavit_projector affidavit_test_support
  LABELS db)
