#include "services/ledger/append/classify.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace affidavit::ledger {
namespace {

// What holds an identity: an entry found in the log, or one that this batch will add.
struct Holder {
  EntryKind kind;
  Digest payload_sha256;
  int64_t payload_id;
  int64_t leaf_index;     // -1 while new
  int new_position = -1;  // -1 when found
};

bool IsBody(EntryKind kind) {
  return kind == EntryKind::kExcluded || kind == EntryKind::kQuarantined;
}

// One string an identity. Names and ids hold no control characters, so a NUL parts them without doubt.
std::string IdentityOf(EntryKind kind, std::string_view source, std::string_view event_id, const Digest& digest) {
  // Excluded and quarantined share one identity: the same bytes may be read differently by a later profile.
  std::string identity(IsBody(kind) ? "body" : EntryKindName(kind));
  identity.append(1, '\0').append(source).append(1, '\0');
  if (!IsBody(kind)) {
    identity.append(event_id).append(1, '\0');
  }
  if (IsBody(kind) || kind == EntryKind::kConflict) {
    identity.append(AsBytes(digest));
  }
  return identity;
}

AppendOutcome OutcomeOfBody(EntryKind kind) {
  return kind == EntryKind::kExcluded ? AppendOutcome::kExcluded : AppendOutcome::kQuarantined;
}

bool ClockExplains(const PreparedEntry& prepared, TimePoint database_time, std::chrono::seconds clock_skew_max) {
  if (!prepared.clock_checked) {
    return true;
  }
  TimePoint oldest = database_time - kAgeUnexplainedMax;
  if (prepared.oldest_spooled_receive_time) {
    oldest = std::min(oldest, *prepared.oldest_spooled_receive_time - clock_skew_max);
  }
  const TimePoint receive_time = prepared.entry.fields.receive_time;
  return receive_time >= oldest && receive_time <= database_time + clock_skew_max;
}

class Classifier {
 public:
  Classifier(const std::vector<db::FoundEntry>& found, TimePoint database_time, std::chrono::seconds clock_skew_max)
      : database_time_(database_time), clock_skew_max_(clock_skew_max) {
    holders_.reserve(found.size() * 2);
    for (const db::FoundEntry& entry : found) {
      holders_.emplace(IdentityOf(entry.kind, entry.source, entry.event_id, entry.payload_sha256),
                       Holder{entry.kind, entry.payload_sha256, entry.payload_id, entry.leaf_index});
    }
  }

  void Add(LaneEntry& entry) { plan_.verdicts.push_back(VerdictOn(entry)); }
  Plan Take() { return std::move(plan_); }

 private:
  Verdict VerdictOn(LaneEntry& entry) {
    const db::NewEntry& candidate = entry.prepared->entry;
    const EntryKind kind = candidate.fields.kind;
    std::string identity =
        IdentityOf(kind, candidate.fields.source, candidate.fields.event_id, candidate.fields.payload_sha256);
    const auto known = holders_.find(identity);
    if (known == holders_.end()) {
      return Store(entry, candidate, std::move(identity),
                   IsBody(kind) ? OutcomeOfBody(kind) : AppendOutcome::kAccepted);
    }
    const Holder& holder = known->second;
    const bool ours = holder.payload_id == candidate.payload_id;
    if (IsBody(kind)) {
      return Known(holder, OutcomeOfBody(holder.kind), ours);
    }
    if (ours) {
      return Known(holder, AppendOutcome::kAccepted, ours);
    }
    // A record's key decides alone; an envelope repeats another only with the same bytes.
    if (IsRecord(kind) || holder.payload_sha256 == candidate.fields.payload_sha256) {
      return Known(holder, AppendOutcome::kDuplicate, ours);
    }
    return VerdictOnConflict(entry);
  }

  Verdict VerdictOnConflict(LaneEntry& entry) {
    const db::NewEntry& candidate = entry.prepared->entry;
    std::string identity = IdentityOf(EntryKind::kConflict, candidate.fields.source, candidate.fields.event_id,
                                      candidate.fields.payload_sha256);
    const auto known = holders_.find(identity);
    if (known != holders_.end()) {
      return Known(known->second, AppendOutcome::kConflict, known->second.payload_id == candidate.payload_id);
    }
    if (entry.as_conflict == nullptr) {
      auto conflict = std::make_unique<db::NewEntry>(candidate);
      conflict->fields.kind = EntryKind::kConflict;
      absl::StatusOr<std::string> leaf = EncodeLeaf(conflict->fields);
      if (!leaf.ok()) {  // cannot be: "conflict" is as long as "envelope", whose leaf was encoded
        return {.answer = Refused(Refusal::kEntryRefused)};
      }
      conflict->leaf = *std::move(leaf);
      conflict->leaf_hash = LeafHash(conflict->leaf);
      entry.as_conflict = std::move(conflict);
    }
    entry.as_conflict->payload_error = candidate.payload_error;
    return Store(entry, *entry.as_conflict, std::move(identity), AppendOutcome::kConflict);
  }

  Verdict Store(const LaneEntry& entry, const db::NewEntry& stored, std::string identity, AppendOutcome outcome) {
    if (!ClockExplains(*entry.prepared, database_time_, clock_skew_max_)) {
      return {.answer = Refused(Refusal::kClockSkew)};
    }
    const int position = static_cast<int>(plan_.new_entries.size());
    plan_.new_entries.push_back(&stored);
    holders_.emplace(std::move(identity),
                     Holder{stored.fields.kind, stored.fields.payload_sha256, stored.payload_id, -1, position});
    return {.answer = {.outcome = outcome, .is_new = true, .payload_sha256 = stored.fields.payload_sha256},
            .new_position = position};
  }

  static Verdict Known(const Holder& holder, AppendOutcome outcome, bool ours) {
    return {.answer = {.outcome = outcome,
                       .is_new = ours,
                       .leaf_index = holder.leaf_index,
                       .payload_sha256 = holder.payload_sha256},
            .new_position = holder.new_position};
  }

  const TimePoint database_time_;
  const std::chrono::seconds clock_skew_max_;
  std::unordered_map<std::string, Holder> holders_;  // by identity
  Plan plan_;
};

}  // namespace

Plan Classify(std::span<LaneEntry* const> entries, const std::vector<db::FoundEntry>& found, TimePoint database_time,
              std::chrono::seconds clock_skew_max) {
  Classifier classifier(found, database_time, clock_skew_max);
  for (LaneEntry* entry : entries) {
    classifier.Add(*entry);
  }
  return classifier.Take();
}

std::vector<db::LookupKey> LookupKeysOf(std::span<LaneEntry* const> entries) {
  std::vector<db::LookupKey> keys;
  keys.reserve(entries.size());
  for (const LaneEntry* entry : entries) {
    const LeafFields& fields = entry->prepared->entry.fields;
    keys.push_back({fields.kind, fields.source, fields.event_id, fields.payload_sha256});
  }
  return keys;
}

}  // namespace affidavit::ledger
