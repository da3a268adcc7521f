#include "db/entry_reader.h"

#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// One branch for each index that has event ids in it; the predicates are those of the indexes
// (migrations/0002_entries). Each ordered and cut off by itself, so that an id with a million conflicts costs no more
// than one with ten.
constexpr char kFindByEventId[] = R"(
  (SELECT leaf_index, source, kind FROM affidavit.entries
   WHERE kind = 'envelope' AND event_id = $1 AND ($2 = '' OR source = $2) LIMIT $3)
  UNION ALL
  (SELECT leaf_index, source, kind FROM affidavit.entries
   WHERE kind = 'conflict' AND event_id = $1 AND ($2 = '' OR source = $2) LIMIT $3)
  UNION ALL
  (SELECT leaf_index, source, kind FROM affidavit.entries
   WHERE kind IN ('status', 'governance', 'reconciliation', 'heartbeat', 'access')
     AND event_id = $1 AND ($2 = '' OR source = $2) LIMIT $3)
  UNION ALL
  (SELECT e.leaf_index, e.source, e.kind
   FROM generate_series(0, (SELECT coalesce(max(leaf_index), 0) FROM affidavit.entries) >> 16) w
   CROSS JOIN LATERAL (
     SELECT leaf_index, source, kind FROM affidavit.entries
     WHERE kind IN ('excluded', 'quarantined') AND event_id = $1 AND ($2 = '' OR source = $2)
       AND affidavit.window_key(leaf_index >> 16, event_id) = affidavit.window_key(w, $1) OFFSET 0) e LIMIT $3)
  ORDER BY leaf_index LIMIT $3)";

// One statement for each identity index (migrations/0002_entries): which one holds a leaf follows from its kind.
constexpr char kFindEnvelope[] =
    "SELECT leaf_index FROM affidavit.entries WHERE kind = 'envelope' AND event_id = $1 AND source = $2 AND "
    "payload_sha256 = $3 AND leaf_hash = $4";
constexpr char kFindConflict[] =
    "SELECT leaf_index FROM affidavit.entries WHERE kind = 'conflict' AND event_id = $1 AND source = $2 AND "
    "payload_sha256 = $3 AND leaf_hash = $4";
constexpr char kFindBody[] =
    "SELECT leaf_index FROM affidavit.entries WHERE kind IN ('excluded', 'quarantined') AND "
    "coalesce(event_id, '') = $1 AND source = $2 AND payload_sha256 = $3 AND leaf_hash = $4";
constexpr char kFindRecord[] =
    "SELECT leaf_index FROM affidavit.entries WHERE kind IN ('status', 'governance', 'reconciliation', 'heartbeat', "
    "'access') AND event_id = $1 AND source = $2 AND payload_sha256 = $3 AND leaf_hash = $4";

const char* FindStatement(EntryKind kind) {
  switch (kind) {
    case EntryKind::kEnvelope:
      return kFindEnvelope;
    case EntryKind::kConflict:
      return kFindConflict;
    case EntryKind::kExcluded:
    case EntryKind::kQuarantined:
      return kFindBody;
    case EntryKind::kStatus:
    case EntryKind::kGovernance:
    case EntryKind::kReconciliation:
    case EntryKind::kHeartbeat:
    case EntryKind::kAccess:
      break;
  }
  return kFindRecord;
}

pqxx::binarystring Bytea(const Digest& digest) {
  return {digest.data(), digest.size()};
}

}  // namespace

absl::StatusOr<std::optional<StoredEntry>> ReadEntry(Transaction& transaction, int64_t leaf_index,
                                                     WithPayload payload) {
  const pqxx::result rows = transaction.exec_params(
      absl::StrCat("SELECT ", kEntryColumns, " FROM affidavit.entries e WHERE e.leaf_index = $1"), leaf_index);
  if (rows.empty()) {
    return std::optional<StoredEntry>();
  }
  std::vector<StoredEntry> entries;
  ASSIGN_OR_RETURN(StoredEntry entry, EntryFromRow(rows[0]));
  entries.push_back(std::move(entry));
  if (payload == WithPayload::kYes) {
    RETURN_IF_ERROR(ReadPayloads(transaction, entries));
  }
  return std::optional<StoredEntry>(std::move(entries.front()));
}

std::vector<Candidate> FindByEventId(Transaction& transaction, std::string_view event_id, std::string_view source,
                                     int limit) {
  std::vector<Candidate> candidates;
  // libpq's text parameters end at a NUL, and no stored text has one.
  if (event_id.find('\0') != std::string_view::npos || source.find('\0') != std::string_view::npos) {
    return candidates;
  }
  for (const pqxx::row& row :
       transaction.exec_params(kFindByEventId, std::string(event_id), std::string(source), limit)) {
    // The column's CHECK knows the same names as ParseEntryKind.
    candidates.push_back({row[0].as<int64_t>(), row[1].as<std::string>(), *ParseEntryKind(row[2].c_str())});
  }
  return candidates;
}

const char* FindByEventIdSql() {
  return kFindByEventId;
}

std::optional<int64_t> FindByLeaf(Transaction& transaction, const LeafFields& fields, const Digest& leaf_hash) {
  // A NUL would end the parameter early; the leaf's hash then still tells the found row from the one that was asked
  // for.
  const pqxx::result rows = transaction.exec_params(FindStatement(fields.kind), fields.event_id, fields.source,
                                                    Bytea(fields.payload_sha256), Bytea(leaf_hash));
  if (rows.empty()) {
    return std::nullopt;
  }
  return rows[0][0].as<int64_t>();
}

int64_t ReadTreeSize(Transaction& transaction) {
  return transaction.exec1("SELECT coalesce(max(leaf_index) + 1, 0) FROM affidavit.entries")[0].as<int64_t>();
}

}  // namespace affidavit::db
