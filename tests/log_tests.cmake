affidavit_compile_apart(unit/core/checkpoint/note_test.cc unit/core/checkpoint/sigstore_test.cc
  unit/core/merkle/tile_edge_test.cc unit/core/merkle/tile_test.cc)
affidavit_test(log_tests
  SOURCES
    unit/core/checkpoint/checkpoint_test.cc
    unit/core/checkpoint/cosignature_test.cc
    unit/core/checkpoint/ecdsa_test.cc
    unit/core/checkpoint/ed25519_test.cc
    unit/core/checkpoint/incarnation_test.cc
    unit/core/checkpoint/key_test.cc
    unit/core/checkpoint/log_format_doc_test.cc
    unit/core/checkpoint/note_test.cc
    unit/core/checkpoint/sigstore_test.cc
    unit/core/checkpoint/tlog_proof_test.cc
    unit/core/merkle/compact_range_test.cc
    unit/core/merkle/entry_bundle_test.cc
    unit/core/merkle/hash_test.cc
    unit/core/merkle/node_id_test.cc
    unit/core/merkle/proof_test.cc
    unit/core/merkle/published_vectors_test.cc
    unit/core/merkle/reference_tree.cc
    unit/core/merkle/tile_edge_test.cc
    unit/core/merkle/tile_path_test.cc
    unit/core/merkle/tile_test.cc
    unit/core/merkle/verify_test.cc
  LIBRARIES affidavit_core
  LABELS unit)
target_compile_definitions(log_tests PRIVATE AFFIDAVIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
