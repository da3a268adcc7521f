#include "services/mirror/governed_protection.h"

#include <algorithm>

#include "core/base/status_macros.h"
#include "db/governance_store.h"

namespace affidavit::mirror {

absl::StatusOr<std::vector<Protection>> GovernedProtection::Protect(std::span<const EntryToProtect> entries) {
  int64_t last = -1;
  for (const EntryToProtect& entry : entries) {
    last = std::max(last, entry.leaf_index);
  }
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(FoldBeyond(last));
  std::vector<Protection> protections;
  protections.reserve(entries.size());
  for (const EntryToProtect& entry : entries) {
    const EntryProtection protection = ProtectionOf(*entry.fields, governance_);
    protections.push_back({.retain_until = protection.retain_until, .legal_hold = protection.legal_hold});
  }
  return protections;
}

// Always reads anew: findings are tried again long after their turn, under the holds of today.
absl::Status GovernedProtection::FoldBeyond(int64_t leaf_index) {
  db::GovernanceFold fold;
  do {
    RETURN_IF_ERROR(pool_->Transact([&](db::Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(fold, db::FoldGovernance(transaction));
      governance_ = db::ReadGovernance(transaction);
      return absl::OkStatus();
    }));
  } while (fold.next_leaf_index < fold.tree_size && fold.next_leaf_index <= leaf_index);
  return absl::OkStatus();
}

}  // namespace affidavit::mirror
