#include "cli/filter.h"

#include <chrono>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/render.h"
#include "core/base/time.h"

namespace affidavit::cli {
namespace {

v1::EntryKind ParseKind(const std::string& name) {
  v1::EntryKind kind = v1::ENTRY_KIND_UNSPECIFIED;
  return v1::EntryKind_Parse(absl::StrCat("ENTRY_KIND_", absl::AsciiStrToUpper(name)), &kind)
             ? kind
             : v1::ENTRY_KIND_UNSPECIFIED;
}

std::string KindNames() {
  std::vector<std::string> names;
  for (int kind = v1::EntryKind_MIN + 1; kind <= v1::EntryKind_MAX; ++kind) {
    names.push_back(KindName(static_cast<v1::EntryKind>(kind)));
  }
  return absl::StrJoin(names, ", ");
}

void SetTime(const char* option, const std::string& text, google::protobuf::Timestamp* time,
             std::vector<std::string>& faults) {
  const std::optional<TimePoint> parsed = ParseRfc3339(text);
  if (!parsed) {
    faults.push_back(absl::StrCat(option, " is no RFC 3339 time, such as 2026-11-24T03:47:34Z"));
    return;
  }
  const auto second = std::chrono::floor<std::chrono::seconds>(*parsed);
  time->set_seconds(second.time_since_epoch().count());
  time->set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(*parsed - second).count()));
}

}  // namespace

absl::StatusOr<v1::EntryFilter> ParseFilter(const FilterOptions& options) {
  v1::EntryFilter filter;
  std::vector<std::string> faults;
  for (const std::string& name : options.kinds) {
    if (const v1::EntryKind kind = ParseKind(name); kind != v1::ENTRY_KIND_UNSPECIFIED) {
      filter.add_kinds(kind);
    } else {
      faults.push_back(absl::StrCat("--kind ", Printable(name), " is none of: ", KindNames()));
    }
  }
  if (!options.since.empty()) {
    SetTime("--since", options.since, filter.mutable_start_time(), faults);
  }
  if (!options.until.empty()) {
    SetTime("--until", options.until, filter.mutable_end_time(), faults);
  }
  if (!faults.empty()) {
    return absl::InvalidArgumentError(absl::StrJoin(faults, "\n  "));
  }
  filter.set_source(options.source);
  filter.set_channel(options.channel);
  filter.set_event_type(options.event_type);
  filter.set_message_id(options.message_id);
  filter.set_correlation_id(options.correlation_id);
  return filter;
}

}  // namespace affidavit::cli
