# `affidavit restore` and `affidavit fsck --store`: a mirrored log, its bucket in good and in bad hands, on Postgres.
affidavit_test(restore_db_tests
  SOURCES
    integration/fsck_log.cc
    integration/restore/mirrored_log.cc
    integration/restore/restore_test.cc
    integration/restore/store_check_test.cc
    support/memory_object_store.cc
  LIBRARIES affidavit_cli affidavit_mirror affidavit_objectstore affidavit_test_support
  LABELS db)
