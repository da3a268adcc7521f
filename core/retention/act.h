// What is done to retention and legal holds, as governance entries of the log say it: each act is one entry, whose
// payload is canonical JSON (docs/governance.md). Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "core/retention/hold.h"
#include "core/retention/policy.h"

namespace affidavit {

struct SetRetention {
  RetentionPolicy policy;
  std::string actor;  // as claimed

  bool operator==(const SetRetention&) const = default;
};

struct ReleaseHold {
  std::string hold_id;
  std::string actor;   // as claimed
  std::string reason;  // may be empty

  bool operator==(const ReleaseHold&) const = default;
};

// A LegalHold is the act that places it.
using GovernanceAct = std::variant<SetRetention, LegalHold, ReleaseHold>;

// The entry that an act becomes, beside kind governance and source "affidavit". The key is made of what the act does,
// so that the same act twice is one entry.
struct GovernanceRecord {
  std::string idempotency_key;  // the entry's event_id
  std::string event_type;       // retention:set | hold:create | hold:release
  std::string payload;
};

// REQUIRES: FindActFaults(act) is empty.
GovernanceRecord EncodeAct(const GovernanceAct& act);

// Other governance entries (a loss announced, keys, schemas) have other types.
bool IsActType(std::string_view event_type);

// The inverse of EncodeAct, strict: INVALID_ARGUMENT unless `payload` is what EncodeAct makes of an act without faults
// and of this type.
absl::StatusOr<GovernanceAct> DecodeAct(std::string_view event_type, std::string_view payload);

// Everything that is wrong with an act; `field` as in governance_service.proto. No value is repeated.
struct ActFault {
  std::string field;
  std::string description;
};
std::vector<ActFault> FindActFaults(const GovernanceAct& act);

}  // namespace affidavit
