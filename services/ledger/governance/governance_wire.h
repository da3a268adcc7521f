// GovernanceService's messages to and from core's acts and what the projections hold. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "affidavit/v1/governance_service.pb.h"
#include "core/retention/act.h"
#include "db/governance_store.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

// The act that a request asks for, or everything that is wrong with it.
template <typename Act>
using ReadAct = std::variant<Act, std::vector<WireError::Violation>>;

// `years_max`: retention.max_years.
ReadAct<SetRetention> FromProto(const v1::SetRetentionPolicyRequest& request, int years_max);
// Output-only members are ignored. `hold_id` stands in for an empty one.
ReadAct<LegalHold> FromProto(const v1::CreateLegalHoldRequest& request, const std::string& hold_id);
ReadAct<ReleaseHold> FromProto(const v1::ReleaseLegalHoldRequest& request);

v1::RetentionPolicy ToProto(const db::StoredPolicy& stored);
v1::LegalHold ToProto(const db::StoredHold& stored);

// A listing's page size: 100 for 0, 1,000 for more than that. Adds a violation when it is negative.
int ReadPageSize(int32_t page_size, std::vector<WireError::Violation>& violations);

WireError RetentionOnlyLengthened(int years);
WireError LegalHoldNotFound();
WireError LegalHoldIdReused();
// Why an act was not appended, as append/append_record.h says it.
WireError ActNotAppended(const absl::Status& status);

}  // namespace affidavit::ledger
