#include "db/schema_store.h"

#include <pqxx/pqxx>
#include <tuple>
#include <utility>

#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// Shapes are read so many at a time: one may have 2,000 fields of 512 bytes.
constexpr int kShapesAtOnce = 16;

// Versions known from traffic, from a registration, or from both. Each half is a range of an index.
constexpr char kListVersions[] =
    "WITH known AS ("
    "  (SELECT source, event_type, schema_version FROM affidavit_state.schema_versions"
    "   WHERE (source, event_type, schema_version) >= ($1, $2, $3) AND ($4 = '' OR source = $4)"
    "     AND ($5 = '' OR event_type = $5)"
    "   ORDER BY source, event_type, schema_version LIMIT $6)"
    "  UNION"
    "  (SELECT DISTINCT source, event_type, schema_version FROM affidavit_state.schemas"
    "   WHERE (source, event_type, schema_version) >= ($1, $2, $3) AND ($4 = '' OR source = $4)"
    "     AND ($5 = '' OR event_type = $5)"
    "   ORDER BY source, event_type, schema_version LIMIT $6))"
    "SELECT k.source, k.event_type, k.schema_version, s.leaf_index, s.schema_id, s.actor, "         //
    AFFIDAVIT_SQL_MICROSECONDS("s.register_time") ", CASE WHEN $7 THEN s.schema END, v.first_leaf_index, "  //
    AFFIDAVIT_SQL_MICROSECONDS("v.first_receive_time") ", "                                          //
    AFFIDAVIT_SQL_MICROSECONDS("v.last_receive_time")
    ", v.entry_count, v.valid_count, v.drifted_count, v.unregistered_count, v.shape_count, v.unshaped_count "
    "FROM known k LEFT JOIN affidavit_state.schema_versions v USING (source, event_type, schema_version) "
    "LEFT JOIN LATERAL (SELECT * FROM affidavit_state.schemas s "
    "  WHERE (s.source, s.event_type, s.schema_version) = (k.source, k.event_type, k.schema_version) "
    "  ORDER BY s.leaf_index DESC LIMIT 1) s ON true "
    "ORDER BY k.source, k.event_type, k.schema_version LIMIT $6";

constexpr char kListShapes[] =
    "SELECT shape_id, fields, first_leaf_index, " AFFIDAVIT_SQL_MICROSECONDS("first_receive_time") ", "  //
    AFFIDAVIT_SQL_MICROSECONDS("last_receive_time") ", entry_count FROM affidavit_state.schema_shapes "
    "WHERE source = $1 AND event_type = $2 AND schema_version = $3 AND shape_id > $4 ORDER BY shape_id LIMIT $5";

// A range of entries_record_identity: the predicate is repeated word by word, and ids are compared as bytes.
constexpr char kFindNewestAct[] =
    "SELECT leaf_index FROM affidavit.entries "
    "WHERE kind IN ('status', 'governance', 'reconciliation', 'heartbeat', 'access') "
    "AND event_id >= $1 AND event_id < $2 AND source = 'affidavit' AND kind = 'governance' "
    "ORDER BY event_id DESC LIMIT 1";

StoredSchemaVersion SchemaVersionFrom(const pqxx::row& row) {
  StoredSchemaVersion version{.name = {row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>()}};
  if (!row[3].is_null()) {
    version.registered = RegisteredSchema{.schema_id = row[4].as<std::string>(),
                                          .actor = row[5].as<std::string>(),
                                          .schema = row[7].as<std::string>(""),
                                          .leaf_index = row[3].as<int64_t>(),
                                          .register_time = TimeFromField(row[6])};
  }
  if (!row[8].is_null()) {
    version.traffic = SchemaTraffic{.first_receive_time = TimeFromField(row[9]),
                                    .last_receive_time = TimeFromField(row[10]),
                                    .first_leaf_index = row[8].as<int64_t>(),
                                    .entry_count = row[11].as<int64_t>(),
                                    .valid_count = row[12].as<int64_t>(),
                                    .drifted_count = row[13].as<int64_t>(),
                                    .unregistered_count = row[14].as<int64_t>(),
                                    .unshaped_count = row[16].as<int64_t>(),
                                    .shape_count = row[15].as<int>()};
  }
  return version;
}

StoredShape ShapeFrom(const pqxx::row& row) {
  StoredShape shape{.shape_id = row[0].as<std::string>(),
                    .first_leaf_index = row[2].as<int64_t>(),
                    .first_receive_time = TimeFromField(row[3]),
                    .last_receive_time = TimeFromField(row[4]),
                    .entry_count = row[5].as<int64_t>()};
  pqxx::array_parser parser = row[1].as_array();
  for (auto [juncture, value] = parser.get_next(); juncture != pqxx::array_parser::juncture::done;
       std::tie(juncture, value) = parser.get_next()) {
    if (juncture == pqxx::array_parser::juncture::string_value) {
      shape.fields.push_back(std::move(value));
    }
  }
  return shape;
}

int64_t SizeOf(const StoredShape& shape) {
  int64_t bytes = 128;  // ids, times and counts
  for (const std::string& field : shape.fields) {
    bytes += static_cast<int64_t>(field.size()) + 4;
  }
  return bytes;
}

// Adds shapes behind `after` while they fit, `must_add` at least one. Returns the last one's id when there are more.
std::optional<std::string> AddShapes(Transaction& transaction, std::string after, bool must_add, int64_t& bytes_left,
                                     StoredSchemaVersion& version) {
  while (true) {
    const pqxx::result rows = transaction.exec_params(kListShapes, version.name.source, version.name.event_type,
                                                      version.name.schema_version, after, kShapesAtOnce);
    for (const pqxx::row& row : rows) {
      StoredShape shape = ShapeFrom(row);
      const int64_t size = SizeOf(shape);
      if (size > bytes_left && !(must_add && version.shapes.empty())) {
        return after;
      }
      bytes_left -= size;
      after = shape.shape_id;
      version.shapes.push_back(std::move(shape));
    }
    if (static_cast<int>(rows.size()) < kShapesAtOnce) {
      return std::nullopt;
    }
  }
}

}  // namespace

SchemaPage ListSchemas(Transaction& transaction, const SchemaFilter& filter, const std::optional<SchemaPosition>& after,
                       int limit, WithShapes shapes, int64_t bytes_max) {
  const bool is_full = shapes == WithShapes::kYes;
  const SchemaPosition first = after.value_or(SchemaPosition{});
  // The version of `after` is read again: its shapes may go on, and otherwise it is left out.
  const pqxx::result rows =
      transaction.exec_params(kListVersions, first.name.source, first.name.event_type, first.name.schema_version,
                              filter.source, filter.event_type, limit + 2, is_full);
  SchemaPage page;
  int64_t bytes_left = bytes_max;
  for (const pqxx::row& row : rows) {
    StoredSchemaVersion version = SchemaVersionFrom(row);
    const bool goes_on = after && version.name == first.name;
    if (goes_on && (first.shape_id.empty() || !is_full)) {
      continue;
    }
    const int64_t size = is_full && version.registered ? static_cast<int64_t>(version.registered->schema.size()) : 0;
    const bool is_first = page.versions.empty();
    if (static_cast<int>(page.versions.size()) == limit || (size > bytes_left && !is_first)) {
      page.next = SchemaPosition{.name = page.versions.back().name};
      return page;
    }
    bytes_left -= size;
    std::optional<std::string> rest;
    if (is_full) {
      rest = AddShapes(transaction, goes_on ? first.shape_id : "", is_first, bytes_left, version);
    }
    if (rest && version.shapes.empty()) {  // not even its first one fits
      page.next = SchemaPosition{.name = page.versions.back().name};
      return page;
    }
    page.versions.push_back(std::move(version));
    if (rest) {
      page.next = SchemaPosition{.name = page.versions.back().name, .shape_id = std::move(*rest)};
      return page;
    }
  }
  return page;
}

absl::StatusOr<std::optional<StoredEntry>> FindNewestAct(Transaction& transaction, const std::string& prefix) {
  std::string end = prefix;
  ++end.back();
  const pqxx::result rows = transaction.exec_params(kFindNewestAct, prefix, end);
  if (rows.empty()) {
    return std::nullopt;
  }
  return ReadEntry(transaction, rows[0][0].as<int64_t>(), WithPayload::kYes);
}

}  // namespace affidavit::db
