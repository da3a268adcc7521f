// Chains of custody as GetCustodyChain answers them. Pure, thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "affidavit/v1/query_service.pb.h"
#include "core/evidence/message_status.h"
#include "services/ledger/query/custody.h"

namespace affidavit::ledger {

v1::MessageStatus ToProto(MessageStatus status);

// The page, but for its next_page_token. A drift beyond the threshold, either way, is flagged. DATA_LOSS when a leaf is
// not one that this ledger writes.
absl::StatusOr<v1::GetCustodyChainResponse> ToProto(CustodyPage page, int drift_threshold_ms);

}  // namespace affidavit::ledger
