#include "services/ledger/query/find_entry.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/ledger/wire/entry_errors.h"

namespace affidavit::ledger {
namespace {

constexpr size_t kConflictsListedMax = 100;
constexpr size_t kCandidatesListedMax = 20;

WireError Ambiguous(const std::vector<db::Candidate>& candidates) {
  const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(std::min(candidates.size(), kCandidatesListedMax));
  const auto describe = [](std::string* out, const db::Candidate& candidate) {
    absl::StrAppend(out, candidate.source, "/", std::string(EntryKindName(candidate.kind)), "/", candidate.leaf_index);
  };
  return AmbiguousId("several entries have this event_id: name the source or a leaf_index",
                     absl::StrJoin(candidates.begin(), end, ",", describe));
}

}  // namespace

std::variant<NamedEntry, WireError> ChooseEntry(const std::vector<db::Candidate>& candidates) {
  if (candidates.empty()) {
    return NoSuchEntry();
  }
  const bool one_source = std::all_of(candidates.begin(), candidates.end(), [&](const db::Candidate& candidate) {
    return candidate.source == candidates.front().source;
  });
  const auto envelope = std::find_if(candidates.begin(), candidates.end(), [](const db::Candidate& candidate) {
    return candidate.kind == EntryKind::kEnvelope;
  });
  if (!one_source || (envelope == candidates.end() && candidates.size() > 1)) {
    return Ambiguous(candidates);
  }
  NamedEntry named{.leaf_index = envelope == candidates.end() ? candidates.front().leaf_index : envelope->leaf_index};
  for (const db::Candidate& candidate : candidates) {
    if (candidate.kind == EntryKind::kConflict && named.conflict_leaf_indexes.size() < kConflictsListedMax) {
      named.conflict_leaf_indexes.push_back(candidate.leaf_index);
    }
  }
  return named;
}

}  // namespace affidavit::ledger
