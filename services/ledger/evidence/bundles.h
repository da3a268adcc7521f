// Proof bundles of deliveries, all in one checkpoint. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "db/connection_pool.h"
#include "services/ledger/evidence/proof_maker.h"
#include "services/ledger/evidence/published.h"
#include "services/ledger/wire/deliveries.h"

namespace affidavit::ledger {

// One file a delivery, in their order. Reads what is missing, payloads and tiles, in several short transactions. Errors
// of the store; DATA_LOSS when an entry is not in the checkpoint's tree. REQUIRES: the checkpoint covers every entry.
absl::StatusOr<std::vector<std::string>> MakeBundles(db::ConnectionPool& pool, ProofMaker& proofs,
                                                     const PublishedCheckpoint& published,
                                                     std::vector<Delivery> deliveries);

}  // namespace affidavit::ledger
