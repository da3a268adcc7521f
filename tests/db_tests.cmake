# What other rooms' tests share: databases, AppendStore in memory, and the gate that stands before Postgres.
add_library(affidavit_test_support STATIC
  support/memory_append_store.cc
  support/new_entries.cc
  support/private_cluster.cc
  support/reference_tiles.cc
  support/socket_gate.cc
  support/sql_log.cc
  support/test_database.cc
)
target_compile_definitions(affidavit_test_support PRIVATE AFFIDAVIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(affidavit_test_support
  PUBLIC affidavit_core affidavit_db
  PRIVATE PkgConfig::PQ GTest::gtest Threads::Threads)

affidavit_test(db_tests
  SOURCES
    contract/append_store_contract.cc
    contract/postgres_append_store_contract_test.cc
    integration/db/append_tiles_test.cc
    unit/db/append_only_test.cc
    unit/db/binary_array_test.cc
    unit/db/checkpoint_store_test.cc
    unit/db/connection_test.cc
    unit/db/custody_store_test.cc
    unit/db/durability_test.cc
    unit/db/entry_list_test.cc
    unit/db/entry_reader_test.cc
    unit/db/facts_status_test.cc
    unit/db/facts_steps_test.cc
    unit/db/read_plan_test.cc
    unit/db/facts_store_test.cc
    unit/db/log_tiles_test.cc
    unit/db/lookup_plan_test.cc
    unit/db/migrator_test.cc
    unit/db/mirror_store_test.cc
    unit/db/postgres_append_store_test.cc
    unit/db/sql_status_test.cc
    unit/db/state_test.cc
    unit/db/timeouts_store_test.cc
  LIBRARIES affidavit_db affidavit_test_support PkgConfig::PQXX PkgConfig::PQ
  LABELS db)

affidavit_test(db_tsan_tests
  SOURCES
    contract/append_store_contract.cc
    contract/memory_append_store_contract_test.cc
    unit/db/log_edge_test.cc
  LIBRARIES affidavit_test_support
  LABELS tsan)
