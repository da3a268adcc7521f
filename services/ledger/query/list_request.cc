#include "services/ledger/query/list_request.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/text.h"
#include "services/ledger/query/subject_request.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {
namespace {

using Violations = std::vector<WireError::Violation>;

constexpr int kPageSizeDefault = 100;
constexpr int kPageSizeMax = 1'000;
constexpr size_t kTextSizeMax = 512;

// What is stored is sound text, so anything else can match nothing; a NUL would even cut a parameter short.
void ReadText(const std::string& field, const std::string& text, std::string& target, Violations& violations) {
  if (!text.empty() && !IsSoundText(text, kTextSizeMax)) {
    violations.push_back({"filter." + field, "must be at most 512 bytes of UTF-8 without control characters"});
    return;
  }
  target = text;
}

// Times are kept truncated to microseconds: a bound between two of them counts as the later one, from either side.
void ReadTime(const std::string& field, bool present, const google::protobuf::Timestamp& timestamp,
              std::optional<TimePoint>& target, Violations& violations) {
  if (!present) {
    return;
  }
  target = CeilTimestamp(timestamp);
  if (!target) {
    violations.push_back({"filter." + field, "must lie in the years 0001 to 9999"});
  }
}

}  // namespace

std::variant<ListRequest, Violations> ReadListRequest(const v1::ListEntriesRequest& request,
                                                      std::string_view subject_key) {
  ListRequest list;
  Violations violations;
  const v1::EntryFilter& filter = request.filter();
  for (const int number : filter.kinds()) {
    if (const auto kind = FromProto(static_cast<v1::EntryKind>(number))) {
      list.filter.kinds.push_back(*kind);
    } else {
      violations.push_back({"filter.kinds", "must be kinds of entry"});
    }
  }
  ReadText("source", filter.source(), list.filter.source, violations);
  ReadText("channel", filter.channel(), list.filter.channel, violations);
  ReadText("event_type", filter.event_type(), list.filter.event_type, violations);
  ReadText("message_id", filter.message_id(), list.filter.message_id, violations);
  ReadText("correlation_id", filter.correlation_id(), list.filter.correlation_id, violations);
  ReadTime("start_time", filter.has_start_time(), filter.start_time(), list.filter.start_time, violations);
  ReadTime("end_time", filter.has_end_time(), filter.end_time(), list.filter.end_time, violations);
  list.filter.subject_hash = ReadSubject("filter.", filter.recipient(), filter.subject_hash(), subject_key, violations);
  if (request.page_size() < 0) {
    violations.push_back({"page_size", "must not be negative"});
  }
  if (!v1::EntryView_IsValid(request.view())) {
    violations.push_back({"view", "must be a view of entries"});
  }
  if (!violations.empty()) {
    return violations;
  }
  list.page_size = request.page_size() == 0 ? kPageSizeDefault : std::min(request.page_size(), kPageSizeMax);
  list.with_payload = request.view() == v1::ENTRY_VIEW_FULL ? db::WithPayload::kYes : db::WithPayload::kNo;
  return list;
}

}  // namespace affidavit::ledger
