// What is wrong with a request, all of it. Pure, thread-safe.
#pragma once

#include <vector>

#include "affidavit/v1/evidence_service.pb.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

std::vector<WireError::Violation> FaultsOf(const v1::GetInclusionProofRequest& request);
std::vector<WireError::Violation> FaultsOf(const v1::GetConsistencyProofRequest& request);
std::vector<WireError::Violation> FaultsOf(const v1::GetCheckpointRequest& request);
std::vector<WireError::Violation> FaultsOf(const v1::ListCheckpointsRequest& request);
std::vector<WireError::Violation> FaultsOf(const v1::GetProofOfDeliveryRequest& request);

}  // namespace affidavit::ledger
