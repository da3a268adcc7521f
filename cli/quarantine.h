// Readmission in as many calls as the wire's limit asks for.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "affidavit/v1/append_service.pb.h"
#include "cli/ledger_client.h"

namespace affidavit::cli {

inline constexpr size_t kReadmitCountMax = 100;  // of one ReadmitEntries call

struct Readmission {
  int64_t leaf_index;  // of the old entry
  v1::AppendResult result;
};

// Whether the event is in the ledger as an event now.
bool IsReadmitted(v1::AppendOutcome outcome);

// Calls `each` in order. Stops at the first call that fails; what was readmitted before stays, and running it again is
// safe.
absl::Status ReadmitAll(LedgerClient& client, const std::vector<int64_t>& leaf_indexes,
                        const std::function<void(const Readmission&)>& each);

}  // namespace affidavit::cli
