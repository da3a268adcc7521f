// An entry as a JSON document, as a block for people, and as a row of a list. Pure.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "affidavit/v1/append_service.pb.h"
#include "affidavit/v1/entry.pb.h"
#include "boost/json/object.hpp"
#include "cli/text.h"

namespace affidavit::cli {

// "ENTRY_KIND_ENVELOPE" -> "envelope", "APPEND_OUTCOME_DUPLICATE" -> "duplicate".
std::string KindName(v1::EntryKind kind);
std::string OutcomeName(v1::AppendOutcome outcome);

// RFC 3339 with six digits; empty for what is outside the years 1 to 9999.
std::string TimeText(const google::protobuf::Timestamp& time);

// Members named as the proto's, times in RFC 3339, digests and fingerprints in lower-case hex, other bytes as
// `…_base64`. What the entry lacks is left out.
boost::json::object EntryJson(const v1::Entry& entry);

// "name  value" lines.
void PrintEntry(const v1::Entry& entry, std::ostream& out);

// The rows of `list`.
Table EntryTable();
void AddEntryRow(const v1::Entry& entry, Table& table);

// Why an excluded or quarantined entry is what it is: the rest of its flag "excluded_…" or "quarantined_…"; else empty.
std::string ReasonOf(const v1::Entry& entry);

}  // namespace affidavit::cli
