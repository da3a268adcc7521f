#include "services/ledger/governance/refresh.h"

#include <utility>

#include "core/base/status_macros.h"
#include "db/governance_store.h"
#include "ops/log.h"

namespace affidavit::ledger {

absl::Status RefreshGovernance(db::ConnectionPool& pool, RetentionBoard& board) {
  db::GovernanceFold fold;
  do {
    RETURN_IF_ERROR(pool.Transact([&fold](db::Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(fold, db::FoldGovernance(transaction));
      return absl::OkStatus();
    }));
    for (const int64_t leaf_index : fold.unreadable) {
      ops::LogError("a governance entry is no act and has no effect", {{"leaf_index", leaf_index}});
    }
  } while (fold.next_leaf_index < fold.tree_size);
  RetentionPolicies policies;
  RETURN_IF_ERROR(pool.Transact([&policies](db::Transaction& transaction) {
    policies = db::ReadPolicies(transaction);
    return absl::OkStatus();
  }));
  board.Publish(std::move(policies));
  return absl::OkStatus();
}

}  // namespace affidavit::ledger
