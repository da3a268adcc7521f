// What an append answers for one entry. Plain data.
#pragma once

#include <cstdint>

#include "core/base/digest.h"

namespace affidavit::ledger {

enum class AppendOutcome { kAccepted, kDuplicate, kConflict, kExcluded, kQuarantined, kRefused };

// Why an entry was not stored, for kRefused. All but kEntryRefused and kLogRolledBack go away with time, and after
// `affidavit recover` the latter does too: the sender retries.
enum class Refusal {
  kNone,
  kClockSkew,         // receive_time that the database's clock cannot explain
  kStoreUnavailable,  // certainly not stored
  kCommitUnknown,     // may or may not have been stored; the same entry again learns which
  kDraining,          // certainly not stored: the process is stopping
  kEntryRefused,      // Postgres refuses this entry for good
  kLogRolledBack,     // certainly not stored: the log is smaller than it was; an operator must act
};

struct AppendAnswer {
  AppendOutcome outcome = AppendOutcome::kRefused;
  Refusal refusal = Refusal::kNone;
  // Stored by this very append, as opposed to found.
  bool is_new = false;
  int64_t leaf_index = -1;
  // Of the entry at leaf_index. Differs from the submitted one only for the repeat of a record's key with other bytes.
  Digest payload_sha256{};

  bool operator==(const AppendAnswer&) const = default;
};

inline AppendAnswer Refused(Refusal refusal) {
  return {.outcome = AppendOutcome::kRefused, .refusal = refusal};
}

}  // namespace affidavit::ledger
