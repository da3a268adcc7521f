# EvidenceService (services/ledger/evidence): its parts without gRPC, its requests, and the whole on Postgres.
affidavit_test(proof_tsan_tests
  SOURCES
    unit/services/ledger/evidence/checkpoint_watch_test.cc
    unit/services/ledger/evidence/proof_maker_test.cc
    unit/services/ledger/evidence/tile_cache_test.cc
  LIBRARIES affidavit_ledger_evidence
  LABELS tsan)

affidavit_test(proof_tests
  SOURCES unit/services/ledger/evidence/evidence_requests_test.cc
  LIBRARIES affidavit_ledger
  LABELS unit)

affidavit_test(proof_db_tests
  SOURCES
    integration/ledger/evidence_checkpoints_test.cc
    integration/ledger/evidence_delivery_test.cc
    integration/ledger/evidence_fixture.cc
    integration/ledger/evidence_proofs_test.cc
    integration/ledger/evidence_waiting_test.cc
    integration/ledger/ledger_fixture.cc
  LIBRARIES affidavit_ledger affidavit_test_support
  LABELS db)
