# The mirror on Postgres and a store in memory that fails on command.
affidavit_test(mirror_db_tests
  SOURCES
    fault/mirror_fault_table_test.cc
    integration/mirror/log_mirror_test.cc
    integration/mirror/mirror_fixture.cc
    integration/mirror/mirror_test.cc
    integration/mirror/walk_test.cc
    support/memory_object_store.cc
  LIBRARIES affidavit_mirror affidavit_test_support
  LABELS db)

affidavit_test(mirror_tsan_tests
  SOURCES
    support/memory_object_store.cc
    unit/services/mirror/copier_test.cc
    unit/services/mirror/task_threads_test.cc
  LIBRARIES affidavit_mirror
  LABELS "unit;tsan")
