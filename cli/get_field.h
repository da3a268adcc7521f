// `get --field`: what lies at a JSON pointer of an entry's payload, or why nothing does.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "affidavit/v1/entry.pb.h"
#include "cli/ledger_client.h"

namespace affidavit::cli {

struct FieldAnswer {
  enum class Outcome {
    kValue,
    kNull,
    kAbsent,       // not in this payload; other payloads of its version have it, or that cannot be told
    kNoSuchField,  // no payload of this version, as far as it is projected, has ever had it
  };
  Outcome outcome = Outcome::kAbsent;
  std::string value;  // JSON text, of kValue
  std::string why;    // a sentence for people, of kAbsent and kNoSuchField
};

// "value", "null", "absent", "no_such_field".
std::string OutcomeText(FieldAnswer::Outcome outcome);

// Asks the schema registry only where the payload has nothing. INVALID_ARGUMENT when `pointer` is none; NOT_FOUND when
// the payload is not kept any more; FAILED_PRECONDITION when it is no JSON.
absl::StatusOr<FieldAnswer> ReadField(LedgerClient& client, const v1::Entry& entry, const std::string& pointer);

}  // namespace affidavit::cli
