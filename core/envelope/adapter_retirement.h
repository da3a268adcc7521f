// That an adapter will not come back, as a governance entry of the log says it (docs/governance.md): its silence holds
// nothing up any more. An adapter that is seen after its retirement is in service again, and may be retired again.
// Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "core/retention/act.h"

namespace affidavit {

inline constexpr std::string_view kAdapterRetireType = "adapter:retire";

struct RetireAdapter {
  std::string adapter_id;  // 1 to 128 of A-Z a-z 0-9 . _ -
  std::string actor;       // as claimed

  bool operator==(const RetireAdapter&) const = default;
};

// Everything that is wrong with it. No value is repeated.
std::vector<ActFault> FindRetirementFaults(const RetireAdapter& act);

// The entry that it becomes, beside kind governance and source "affidavit". `time` is in the key alone: one command is
// one entry however often it is sent, the next one another. REQUIRES: no faults, IsRepresentable(time).
GovernanceRecord EncodeRetirement(const RetireAdapter& act, TimePoint time);

// Strict: INVALID_ARGUMENT unless `payload` is what EncodeRetirement makes of an act without faults.
absl::StatusOr<RetireAdapter> DecodeRetirement(std::string_view payload);

}  // namespace affidavit
