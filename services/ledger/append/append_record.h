// Appends one record of the ledger's own, through the sequencer like everything else. Thread-safe.
#pragma once

#include <chrono>

#include "absl/status/statusor.h"
#include "services/ledger/append/sequencer.h"

namespace affidavit::ledger {

// The answer once the record is stored, or was before under its idempotency key. Copies the payload that `record`
// views. INVALID_ARGUMENT when it is none; RESOURCE_EXHAUSTED when the queue is full; FAILED_PRECONDITION when the log
// was rolled back; otherwise UNAVAILABLE: it may work later, and may have worked.
absl::StatusOr<AppendAnswer> AppendRecord(const IncomingRecord& record, const RetentionRules& retention,
                                          std::chrono::milliseconds wait_max, Sequencer& sequencer);

}  // namespace affidavit::ledger
