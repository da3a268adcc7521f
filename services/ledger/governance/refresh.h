// Keeps the projections of governance, and what admission goes by, up with the log. Thread-safe.
#pragma once

#include "absl/status/status.h"
#include "db/connection_pool.h"
#include "services/ledger/retention_board.h"

namespace affidavit::ledger {

// Folds to the end of the log and publishes the policies. The pool's errors, and DATA_LOSS for a governance entry that
// is not what its digest says.
absl::Status RefreshGovernance(db::ConnectionPool& pool, RetentionBoard& board);

}  // namespace affidavit::ledger
