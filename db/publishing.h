// What publishing and `affidavit recover` ask of the log beside db/log_store.h: who may sign, which incarnations there
// were, and whether the database still extends a checkpoint that was signed over it. Functions run inside a caller's
// transaction and may throw pqxx exceptions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "core/checkpoint/checkpoint.h"
#include "db/log_store.h"

namespace affidavit::db {

// The right to sign, until the transaction ends: one process at a time. False at once when another has it.
bool TryLockPublishing(Transaction& transaction);

// The log's lock, until the transaction ends: nothing is appended meanwhile.
void LockLog(Transaction& transaction);

// All incarnations, the first one first.
std::vector<StoredOrigin> ReadOrigins(Transaction& transaction);

// After a loss. REQUIRES: number > 1 and above every other; the log's lock is held.
void OpenIncarnation(Transaction& transaction, int number, std::string_view origin, std::string_view lost_checkpoint);

// What the database is to a checkpoint of its log.
enum class Standing {
  kExtends,
  kSuperseded,  // a later incarnation goes on: it named the loss of this checkpoint, or extends it all the same
  kRolledBack,
};

struct StandingFinding {
  Standing standing = Standing::kExtends;
  std::string why;  // kRolledBack: what is wrong, in a sentence without a full stop
};

// REQUIRES: `checkpoint` is verified; it says what was signed. O(log n).
absl::StatusOr<StandingFinding> ReadStanding(Transaction& transaction, const Checkpoint& checkpoint);

// The largest checkpoint of `origin` over at most `tree_size_max` entries.
std::optional<StoredCheckpoint> ReadCheckpointUpTo(Transaction& transaction, std::string_view origin,
                                                   int64_t tree_size_max);

// When the oldest checkpoint of `origin` that is larger than any that a witness has cosigned was signed; nothing when
// all are.
std::optional<TimePoint> ReadUncosignedSince(Transaction& transaction, std::string_view origin);

}  // namespace affidavit::db
