// The ProtectEntries of a mirror whose log has retention policies and legal holds: what core/retention/protection.h
// says of each entry, with every governance entry below it regarded. Thread-safe.
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/retention/protection.h"
#include "db/connection_pool.h"
#include "services/mirror/options.h"

namespace affidavit::mirror {

class GovernedProtection {
 public:
  // `pool` outlives it; one connection of it is enough.
  explicit GovernedProtection(db::ConnectionPool* pool) : pool_(pool) {}

  // As ProtectEntries asks. The pool's errors, and DATA_LOSS for a governance entry that is not what its digest says.
  absl::StatusOr<std::vector<Protection>> Protect(std::span<const EntryToProtect> entries);

 private:
  absl::Status FoldBeyond(int64_t leaf_index);

  db::ConnectionPool* const pool_;
  std::mutex mutex_;
  Governance governance_;  // guarded by mutex_
};

}  // namespace affidavit::mirror
