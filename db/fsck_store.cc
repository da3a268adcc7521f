#include "db/fsck_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// An infinite time is nothing that a leaf can say: NULL, which then differs.
#define AFFIDAVIT_SQL_FINITE(column) "CASE WHEN isfinite(" column ") THEN " AFFIDAVIT_SQL_MICROSECONDS(column) " END"

constexpr char kEntryRows[] =
    "SELECT leaf_index, payload_id, "  //
    AFFIDAVIT_SQL_FINITE("integrate_time") ", leaf, leaf_hash, kind, source, event_id, event_type, schema_version, "
    "channel, direction, message_id, correlation_id, adapter_id, retention_class, provenance, "  //
    AFFIDAVIT_SQL_FINITE("event_time") ", "                                                       //
    AFFIDAVIT_SQL_FINITE("delivery_time") ", "                                                    //
    AFFIDAVIT_SQL_FINITE("receive_time") ", "                                                     //
    AFFIDAVIT_SQL_FINITE("retain_until") ", payload_size, encode(payload_sha256, 'hex') FROM affidavit.entries "
    "WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index";
constexpr int kFirstLeafColumn = 5;

#define AFFIDAVIT_SQL_PAYLOADS(columns)                                                                \
  " FROM affidavit.entries e CROSS JOIN LATERAL ("                                                     \
  "SELECT " columns                                                                                    \
  " FROM affidavit.payloads p WHERE e.kind <> 'excluded' AND p.payload_id = e.payload_id AND "         \
  "p.receive_time = e.receive_time UNION ALL "                                                         \
  "SELECT " columns                                                                                    \
  " FROM affidavit.excluded_payloads p WHERE e.kind = 'excluded' AND p.payload_id = e.payload_id AND " \
  "p.receive_time = e.receive_time) p WHERE e.leaf_index = ANY($1::bigint[])"

constexpr char kPayloadRows[] =
    "SELECT e.leaf_index, p.raw, p.payload_error IS NOT NULL" AFFIDAVIT_SQL_PAYLOADS("raw, payload_error");
constexpr char kCastToJson[] = "SELECT jsonb_typeof(convert_from(p.raw, 'UTF8')::jsonb)" AFFIDAVIT_SQL_PAYLOADS("raw");
constexpr char kWrongJson[] =
    "SELECT e.leaf_index" AFFIDAVIT_SQL_PAYLOADS("raw, payload, payload_error") " AND CASE "
    "WHEN p.payload_error IS NULL THEN p.payload IS DISTINCT FROM convert_from(p.raw, 'UTF8')::jsonb "
    "ELSE p.payload IS NOT NULL END ORDER BY 1";

std::string ArrayOf(std::span<const int64_t> numbers) {
  return absl::StrCat("{", absl::StrJoin(numbers, ","), "}");
}

std::optional<TimePoint> TimeOrNothing(const pqxx::field& field) {
  return field.is_null() ? std::nullopt : std::optional(TimeFromField(field));
}

StoredCheckpoint CheckpointOf(const pqxx::row& row) {
  StoredCheckpoint checkpoint;
  checkpoint.origin = row[0].as<std::string>();
  checkpoint.tree_size = row[1].as<int64_t>();
  const std::string root = BytesFromField(row[2]);
  if (root.size() == checkpoint.root_hash.size()) {
    std::copy(root.begin(), root.end(), checkpoint.root_hash.begin());
  }
  checkpoint.signed_note = BytesFromField(row[3]);
  checkpoint.sign_time = TimeOrNothing(row[4]).value_or(TimePoint());
  return checkpoint;
}

constexpr char kCheckpointColumns[] =
    "origin, tree_size, root_hash, signed_note, " AFFIDAVIT_SQL_FINITE("sign_time") " FROM affidavit.checkpoints ";

}  // namespace

std::vector<EntryRow> ReadEntryRows(Transaction& transaction, int64_t begin, int64_t end) {
  std::vector<EntryRow> rows;
  for (const pqxx::row& row : transaction.exec_params(kEntryRows, begin, end)) {
    EntryRow entry{row[0].as<int64_t>(),   row[1].as<int64_t>(),   TimeOrNothing(row[2]),
                   BytesFromField(row[3]), BytesFromField(row[4]), {}};
    for (size_t i = 0; i < kLeafColumns.size(); ++i) {
      const pqxx::field field = row[kFirstLeafColumn + static_cast<int>(i)];
      entry.columns[i] = field.is_null() ? std::nullopt : std::optional(field.as<std::string>());
    }
    rows.push_back(std::move(entry));
  }
  return rows;
}

std::vector<PayloadRow> ReadPayloadRows(Transaction& transaction, std::span<const int64_t> leaf_indexes) {
  std::vector<PayloadRow> rows;
  for (const pqxx::row& row : transaction.exec_params(kPayloadRows, ArrayOf(leaf_indexes))) {
    rows.push_back({row[0].as<int64_t>(), BytesFromField(row[1]), row[2].as<bool>()});
  }
  return rows;
}

std::vector<int64_t> FindWrongJson(Transaction& transaction, std::span<const int64_t> leaf_indexes) {
  std::vector<int64_t> wrong;
  for (const pqxx::row& row : transaction.exec_params(kWrongJson, ArrayOf(leaf_indexes))) {
    wrong.push_back(row[0].as<int64_t>());
  }
  return wrong;
}

void CastToJson(Transaction& transaction, int64_t leaf_index) {
  transaction.exec_params(kCastToJson, ArrayOf(std::span(&leaf_index, 1)));
}

std::vector<PayloadId> ReadPayloadIds(Transaction& transaction, PayloadTable table, const PayloadId& after, int limit) {
  std::vector<PayloadId> ids;
  const char* name = table == PayloadTable::kPayloads ? "payloads" : "excluded_payloads";
  for (const pqxx::row& row : transaction.exec_params(
           absl::StrCat("SELECT payload_id, receive_time::text FROM affidavit.", name,
                        " WHERE (payload_id, receive_time) > ($1, $2::timestamptz) ORDER BY payload_id, receive_time "
                        "LIMIT $3"),
           after.payload_id, after.receive_time, limit)) {
    ids.push_back({row[0].as<int64_t>(), row[1].as<std::string>()});
  }
  return ids;
}

std::vector<LeafPayload> ReadLeafPayloads(Transaction& transaction, int64_t begin, int64_t end) {
  std::vector<LeafPayload> rows;
  for (const pqxx::row& row : transaction.exec_params("SELECT leaf_index, payload_id FROM affidavit.entries WHERE "
                                                      "leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index",
                                                      begin, end)) {
    rows.push_back({row[0].as<int64_t>(), row[1].as<int64_t>()});
  }
  return rows;
}

absl::StatusOr<std::vector<std::string>> ReadLeaves(Transaction& transaction, int64_t begin, int64_t end) {
  std::vector<std::string> leaves;
  for (const pqxx::row& row : transaction.exec_params("SELECT leaf_index, leaf FROM affidavit.entries WHERE leaf_index "
                                                      ">= $1 AND leaf_index < $2 ORDER BY leaf_index",
                                                      begin, end)) {
    if (row[0].as<int64_t>() != begin + static_cast<int64_t>(leaves.size())) {
      break;
    }
    leaves.push_back(BytesFromField(row[1]));
  }
  if (begin + static_cast<int64_t>(leaves.size()) != end) {
    return absl::DataLossError(
        absl::StrCat("entry ", begin + static_cast<int64_t>(leaves.size()), " is missing: run `affidavit fsck`"));
  }
  return leaves;
}

std::vector<std::optional<StoredTile>> ReadStoredTiles(Transaction& transaction, std::span<const TileId> tiles) {
  std::vector<std::optional<StoredTile>> found(tiles.size());
  std::vector<int64_t> levels, indexes;
  for (const TileId& tile : tiles) {
    levels.push_back(tile.level);
    indexes.push_back(static_cast<int64_t>(tile.index));
  }
  for (const pqxx::row& row :
       transaction.exec_params("SELECT w.place, t.hashes, t.root FROM unnest($1::smallint[], $2::bigint[]) WITH "
                               "ORDINALITY AS w (level, tile_index, place) "
                               "JOIN affidavit.tiles t ON t.level = w.level AND t.tile_index = w.tile_index",
                               ArrayOf(levels), ArrayOf(indexes))) {
    found[row[0].as<size_t>() - 1] = StoredTile{BytesFromField(row[1]), BytesFromField(row[2])};
  }
  return found;
}

std::vector<TileId> FindTilesBeyond(Transaction& transaction) {
  std::vector<TileId> tiles;
  for (const pqxx::row& row :
       transaction.exec("SELECT t.level, t.tile_index FROM affidavit.tiles t, "
                        "(SELECT coalesce(max(leaf_index) + 1, 0) AS size FROM affidavit.entries) s "
                        "WHERE t.tile_index >= s.size >> (8 * (t.level + 1)) ORDER BY 1, 2 LIMIT 10")) {
    tiles.push_back({row[0].as<uint32_t>(), row[1].as<uint64_t>()});
  }
  return tiles;
}

std::vector<StoredCheckpoint> ReadAllCheckpoints(Transaction& transaction, int64_t tree_size_after,
                                                 std::string_view origin_after, int64_t tree_size_max, int limit) {
  std::vector<StoredCheckpoint> checkpoints;
  for (const pqxx::row& row : transaction.exec_params(
           absl::StrCat("SELECT ", kCheckpointColumns,
                        "WHERE (tree_size, origin) > ($1, $2) AND tree_size <= $3 ORDER BY tree_size, origin LIMIT $4"),
           tree_size_after, std::string(origin_after), tree_size_max, limit)) {
    checkpoints.push_back(CheckpointOf(row));
  }
  return checkpoints;
}

LogExtent ReadLogExtent(Transaction& transaction) {
  LogExtent extent;
  // One statement, so one snapshot; the outer join gives the size even when nothing lies beyond.
  for (const pqxx::row& row : transaction.exec(
           absl::StrCat("SELECT s.size, c.* FROM (SELECT coalesce(max(leaf_index) + 1, 0) AS size FROM "
                        "affidavit.entries) s LEFT JOIN LATERAL (SELECT ",
                        kCheckpointColumns, "WHERE tree_size > s.size ORDER BY tree_size LIMIT 10) c ON true"))) {
    extent.tree_size = row[0].as<int64_t>();
    if (!row[1].is_null()) {
      const pqxx::row columns = row.slice(1, 6);
      extent.beyond.push_back(CheckpointOf(columns));
    }
  }
  return extent;
}

int64_t FindFirstReceived(Transaction& transaction, TimePoint time) {
  return transaction
      .exec_params1(
          "SELECT coalesce((SELECT min(leaf_index) FROM affidavit.entries WHERE receive_time >= $1::timestamptz), "
          "(SELECT coalesce(max(leaf_index) + 1, 0) FROM affidavit.entries))",
          FormatRfc3339(time))[0]
      .as<int64_t>();
}

void InsertFsckPass(Transaction& transaction, const FsckPass& pass) {
  transaction.exec_params(
      "INSERT INTO affidavit_state.fsck_passes (start_time, tree_size, finding_count) VALUES ($1::timestamptz, $2, $3)",
      FormatRfc3339(pass.start_time), pass.tree_size, pass.finding_count);
}

std::optional<FsckPass> ReadLastFsckPass(Transaction& transaction) {
  const pqxx::result rows =
      transaction.exec("SELECT " AFFIDAVIT_SQL_MICROSECONDS("start_time") ", " AFFIDAVIT_SQL_MICROSECONDS(
          "end_time") ", tree_size, finding_count FROM affidavit_state.fsck_passes ORDER BY fsck_passes.end_time DESC "
                      "LIMIT 1");
  if (rows.empty()) {
    return std::nullopt;
  }
  return FsckPass{TimeFromField(rows[0][0]), TimeFromField(rows[0][1]), rows[0][2].as<int64_t>(),
                  rows[0][3].as<int64_t>()};
}

}  // namespace affidavit::db
