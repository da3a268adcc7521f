// Appends one record of the ledger's own, through the sequencer like everything else. Thread-safe.
#pragma once

#include <chrono>

#include "absl/status/status.h"
#include "services/ledger/append/sequencer.h"

namespace affidavit::ledger {

// OK once the record is stored, or was before under its idempotency key. Copies what `record` views. INVALID_ARGUMENT
// when it is none; UNAVAILABLE when it may work later.
absl::Status AppendRecord(const IncomingRecord& record, const RetentionRules& retention,
                          std::chrono::milliseconds wait_max, Sequencer& sequencer);

}  // namespace affidavit::ledger
