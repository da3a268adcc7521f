// AppendService's messages to and from append/'s own types. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "affidavit/v1/append_service.pb.h"
#include "services/ledger/append/outcome.h"
#include "services/ledger/append/prepare.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

// Views into the message and `adapter_id`.
IncomingEnvelope FromProto(const v1::Envelope& envelope, const std::string& adapter_id);
// A kind that is none at all becomes kEnvelope, which PrepareRecord refuses like every kind that is no record's.
IncomingRecord FromProto(const v1::Record& record);

// `prefix` ("envelopes[3]") goes before each field.
std::vector<WireError::Violation> ToWire(const std::vector<FieldViolation>& violations, const std::string& prefix);

// REQUIRES: refusal is not kNone.
WireError ErrorOf(Refusal refusal);

// FAILED_PRECONDITION LOG_ROLLED_BACK: `why`, and what to do.
WireError LogRolledBack(const std::string& why);
// Why a ledger may not append for now, as its gate says it; nothing when it may.
std::optional<WireError> ErrorOfGate(const absl::Status& gate);

// Both list the entries in metadata `leaf_indexes`.
WireError MissingEntries(const std::vector<int64_t>& leaf_indexes);
WireError NotReadmittableEntries(const std::vector<int64_t>& leaf_indexes);

v1::AppendOutcome ToProto(AppendOutcome outcome);
v1::AppendResult ToProto(const PreparedEntry& prepared, const AppendAnswer& answer);
v1::AppendResult RefusedResult(const WireError& error);

// What the whole call fails with: every answer is a refusal that the same batch sent again gets round. A commit of
// unknown outcome outweighs the rest. Nothing otherwise: each result speaks for itself.
std::optional<WireError> ErrorOfAll(const std::vector<AppendAnswer>& answers);

}  // namespace affidavit::ledger
