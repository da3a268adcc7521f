#include "services/ledger/query/page_token.h"

#include <algorithm>
#include <vector>

namespace affidavit::ledger {
namespace {

constexpr int kNumberSize = 8;
constexpr int kByteBits = 8;

void AppendNumber(size_t number, std::string& out) {
  for (int shift = (kNumberSize - 1) * kByteBits; shift >= 0; shift -= kByteBits) {
    out += static_cast<char>(uint64_t{number} >> shift);
  }
}

// Each part with its size before it, so that no two filters have one form.
void AppendPart(std::string_view part, std::string& out) {
  AppendNumber(part.size(), out);
  out += part;
}

void AppendTime(const std::optional<TimePoint>& time, std::string& out) {
  AppendPart(time ? FormatRfc3339(*time) : std::string(), out);
}

std::string FormOf(const db::ListFilter& filter) {
  std::vector<EntryKind> kinds = filter.kinds;
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  std::string form;
  AppendNumber(kinds.size(), form);
  for (const EntryKind kind : kinds) {
    AppendPart(EntryKindName(kind), form);
  }
  for (const std::string* part :
       {&filter.source, &filter.channel, &filter.event_type, &filter.message_id, &filter.correlation_id}) {
    AppendPart(*part, form);
  }
  AppendTime(filter.start_time, form);
  AppendTime(filter.end_time, form);
  if (filter.subject_hash) {  // only then: tokens of other filters stay what they were before there was this one
    AppendPart(AsBytes(*filter.subject_hash), form);
  }
  return form;
}

}  // namespace

std::string EncodePageToken(const PageToken& token, const db::ListFilter& filter) {
  return EncodePageToken(token, std::string_view(FormOf(filter)));
}

std::optional<PageToken> DecodePageToken(std::string_view text, const db::ListFilter& filter) {
  return DecodePageToken(text, std::string_view(FormOf(filter)));
}

}  // namespace affidavit::ledger
