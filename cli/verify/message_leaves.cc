#include "cli/verify/message_leaves.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace affidavit::verify {
namespace {

// A record's event_id is an idempotency key of our own and names no event.
bool IsEvent(const LeafFields& fields) {
  return !IsRecord(fields.kind) && !fields.event_id.empty();
}

}  // namespace

absl::Status MessageLeaves::Look(uint64_t index, std::string_view leaf) {
  absl::StatusOr<LeafFields> fields = DecodeLeaf(leaf);
  if (!fields.ok()) {
    return absl::DataLossError(absl::StrCat(
        "leaf ", index, " is no leaf v1, so what it concerns cannot be said: ", fields.status().message()));
  }
  if (!source_.empty() && fields->source != source_) {
    return absl::OkStatus();
  }
  const bool of_event = IsOfKnownEvent(*fields);
  const bool names_message = fields->message_id == message_id_ && (of_event || !message_id_.empty());
  if (names_message) {
    KnowEvent(*fields);
  }
  if (names_message || of_event) {
    found_.push_back({index, *std::move(fields), names_message});
  }
  return absl::OkStatus();
}

void MessageLeaves::KnowEvent(const LeafFields& fields) {
  if (IsEvent(fields)) {
    events_.emplace(fields.source, fields.event_id);
  }
}

bool MessageLeaves::IsOfKnownEvent(const LeafFields& fields) const {
  return IsEvent(fields) && events_.contains({fields.source, fields.event_id});
}

}  // namespace affidavit::verify
