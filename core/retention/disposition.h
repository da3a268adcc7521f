// The end of payloads, as two governance entries of the log say it (docs/governance.md): what somebody set out to
// dispose of before anything went, and what is gone. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "core/retention/act.h"

namespace affidavit {

inline constexpr std::string_view kDispositionIntentType = "disposition:intent";
inline constexpr std::string_view kDispositionCompleteType = "disposition:complete";

// Of one partition of payloads, whose name says the month of their receipt: "payloads_2019_11".
struct DispositionIntent {
  std::string partition_name;  // 1 to 63 of a-z 0-9 _
  std::string actor;           // who decides, as claimed
  std::string reason;          // may be empty
  TimePoint cutoff_time;       // what had to be kept no longer than until then
  int64_t row_count = 0;       // payloads of the partition
  int64_t kept_count = 0;      // of them stay: promised for longer, or held
  int64_t held_count = 0;      // of kept_count: only because of holds

  bool operator==(const DispositionIntent&) const = default;
};

struct DispositionComplete {
  std::string partition_name;
  std::string actor;
  int64_t intent_leaf_index = 0;  // of the intent that it completes
  int64_t disposed_count = 0;     // payloads that are gone
  int64_t kept_count = 0;

  bool operator==(const DispositionComplete&) const = default;
};

// Everything that is wrong with it. No value is repeated.
std::vector<ActFault> FindDispositionFaults(const DispositionIntent& intent);

// The entries that they become, beside kind governance and source "affidavit". The key of an intent is its partition,
// cutoff and counts, that of a completion its intent: the same step repeated is one entry. REQUIRES: no faults,
// IsRepresentable(cutoff_time).
GovernanceRecord EncodeIntent(const DispositionIntent& intent);
GovernanceRecord EncodeComplete(const DispositionComplete& complete);

}  // namespace affidavit
