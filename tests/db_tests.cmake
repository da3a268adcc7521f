# What other rooms' tests share: databases, AppendStore in memory, and the gate that stands before Postgres.
add_library(affidavit_test_support STATIC
  support/memory_append_store.cc
  support/private_cluster.cc
  support/socket_gate.cc
  support/test_database.cc
)
target_compile_definitions(affidavit_test_support PRIVATE AFFIDAVIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(affidavit_test_support PUBLIC affidavit_core affidavit_db PRIVATE PkgConfig::PQ GTest::gtest Threads::Threads)
