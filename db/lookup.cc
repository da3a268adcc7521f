#include "db/lookup.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace affidavit::db {
namespace {

// Each statement repeats its index's predicate word by word, or the planner cannot use the index. Conflicts are looked
// up by pairs: one id may have any number of them, and ANY over both columns would probe every combination. LIMIT (the
// index is unique) keeps Postgres from joining in another way, which it prefers while the table is small, and which
// would stay.
constexpr NamedStatement kStatements[] = {
    {"look_up_envelopes",
     "SELECT leaf_index, payload_id, payload_sha256, event_id, kind FROM affidavit.entries "
     "WHERE kind = 'envelope' AND event_id = ANY($2::text[]) AND source = $1::text"},
    {"look_up_conflicts",
     "SELECT e.* FROM unnest($2::text[], $3::bytea[]) AS known(event_id, payload_sha256) CROSS JOIN LATERAL "
     "(SELECT leaf_index, payload_id, payload_sha256, event_id, kind FROM affidavit.entries "
     "WHERE kind = 'conflict' AND event_id = known.event_id AND source = $1::text "
     "AND payload_sha256 = known.payload_sha256 LIMIT 1) e"},
    {"look_up_bodies",
     "SELECT leaf_index, payload_id, payload_sha256, coalesce(event_id, ''), kind FROM affidavit.entries "
     "WHERE kind IN ('excluded', 'quarantined') AND payload_sha256 = ANY($2::bytea[]) AND source = $1::text"},
    {"look_up_records",
     "SELECT leaf_index, payload_id, payload_sha256, event_id, kind FROM affidavit.entries "
     "WHERE kind IN ('status', 'governance', 'reconciliation', 'heartbeat', 'access') "
     "AND event_id = ANY($2::text[]) AND source = $1::text AND kind = $3::text"},
};

// What makes keys go into one statement; of records also the kind.
using Group = std::tuple<EntryKind, std::string_view>;

Group GroupOf(const LookupKey& key) {
  return {key.kind == EntryKind::kQuarantined ? EntryKind::kExcluded : key.kind, key.source};
}

std::string EventIds(std::span<const LookupKey* const> keys) {
  BinaryArray event_ids(ElementType::kText);
  for (const LookupKey* key : keys) {
    event_ids.AddBytes(key->event_id);
  }
  return event_ids.Wire();
}

std::string Digests(std::span<const LookupKey* const> keys) {
  BinaryArray digests(ElementType::kBytea);
  for (const LookupKey* key : keys) {
    digests.AddBytes(AsBytes(key->payload_sha256));
  }
  return digests.Wire();
}

FoundEntry FoundEntryFromRow(const Answer& answer, int row, const std::string& source) {
  FoundEntry found;
  found.leaf_index = DecodeInt8(answer.Value(row, 0));
  found.payload_id = DecodeInt8(answer.Value(row, 1));
  const std::string_view digest = answer.Value(row, 2);
  std::copy_n(digest.begin(), std::min(digest.size(), found.payload_sha256.size()), found.payload_sha256.begin());
  found.event_id = answer.Value(row, 3);
  found.kind = *ParseEntryKind(answer.Value(row, 4));  // the column's CHECK knows the same names
  found.source = source;
  return found;
}

}  // namespace

std::span<const NamedStatement> LookupStatements() {
  return kStatements;
}

Lookup::Lookup(std::span<const LookupKey> keys) {
  std::map<Group, std::vector<const LookupKey*>> groups;
  for (const LookupKey& key : keys) {
    groups[GroupOf(key)].push_back(&key);
  }
  for (const auto& [group, members] : groups) {
    const auto& [kind, source] = group;
    if (kind == EntryKind::kEnvelope || kind == EntryKind::kConflict) {
      AddEnvelopeStatements(source, members);
    } else if (IsRecord(kind)) {
      AddRecordStatement(source, kind, members);
    } else {
      AddBodyStatement(source, members);
    }
  }
}

void Lookup::AddEnvelopeStatements(std::string_view source, std::span<const LookupKey* const> keys) {
  std::string event_ids = EventIds(keys);
  statements_.push_back({"look_up_envelopes", std::string(source), {event_ids}});
  statements_.push_back({"look_up_conflicts", std::string(source), {std::move(event_ids), Digests(keys)}});
}

void Lookup::AddBodyStatement(std::string_view source, std::span<const LookupKey* const> keys) {
  statements_.push_back({"look_up_bodies", std::string(source), {Digests(keys)}});
}

void Lookup::AddRecordStatement(std::string_view source, EntryKind kind, std::span<const LookupKey* const> keys) {
  statements_.push_back({"look_up_records", std::string(source), {EventIds(keys), std::string(EntryKindName(kind))}});
}

void Lookup::Send(Pipeline& pipeline) const {
  for (const Statement& statement : statements_) {
    std::vector<std::string_view> parameters = {statement.source};
    parameters.insert(parameters.end(), statement.arguments.begin(), statement.arguments.end());
    pipeline.RunPrepared(statement.name, parameters);
  }
}

std::vector<FoundEntry> Lookup::Collect(std::span<const Answer>& answers) const {
  std::map<int64_t, FoundEntry> found;  // a key that the batch has twice finds its entry twice
  for (const Statement& statement : statements_) {
    const Answer& answer = answers.front();
    for (int row = 0; row < answer.RowCount(); ++row) {
      FoundEntry entry = FoundEntryFromRow(answer, row, statement.source);
      found.insert_or_assign(entry.leaf_index, std::move(entry));
    }
    answers = answers.subspan(1);
  }
  std::vector<FoundEntry> sorted;
  sorted.reserve(found.size());
  for (auto& [leaf_index, entry] : found) {
    sorted.push_back(std::move(entry));
  }
  return sorted;
}

}  // namespace affidavit::db
