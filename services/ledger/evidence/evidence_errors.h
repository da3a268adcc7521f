// What a proof cannot be given for (evidence_service.proto). Pure, thread-safe.
#pragma once

#include <chrono>

#include "absl/status/status.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

WireError SigningNotConfigured();
WireError LogIsRolledBack(const absl::Status& why);
WireError TreeSizeNotPublished(std::chrono::milliseconds retry_delay);
WireError CheckpointNotFound();
WireError Draining();

}  // namespace affidavit::ledger
