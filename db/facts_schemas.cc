// What WriteFacts keeps of schemas, versions and shapes, and what the projector reads back of them.
#include <pqxx/pqxx>
#include <utility>

#include "db/columns.h"
#include "db/entry_rows.h"
#include "db/facts_parts.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kInsertSchemas[] = R"(
  INSERT INTO affidavit_state.schemas
    (leaf_index, schema_id, source, event_type, schema_version, actor, register_time, schema)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                       $8::text[]))";

constexpr char kAddToVersions[] = R"(
  INSERT INTO affidavit_state.schema_versions AS v
    (source, event_type, schema_version, first_leaf_index, first_receive_time, last_receive_time, entry_count,
     valid_count, drifted_count, unregistered_count, shape_count, unshaped_count)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[],
                       $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::integer[], $12::bigint[])
  ON CONFLICT (source, event_type, schema_version) DO UPDATE
  SET first_leaf_index = least(v.first_leaf_index, excluded.first_leaf_index),
      first_receive_time = least(v.first_receive_time, excluded.first_receive_time),
      last_receive_time = greatest(v.last_receive_time, excluded.last_receive_time),
      entry_count = v.entry_count + excluded.entry_count,
      valid_count = v.valid_count + excluded.valid_count,
      drifted_count = v.drifted_count + excluded.drifted_count,
      unregistered_count = v.unregistered_count + excluded.unregistered_count,
      shape_count = v.shape_count + excluded.shape_count,
      unshaped_count = v.unshaped_count + excluded.unshaped_count)";

// The fields of all shapes lie in one array ($10), each with the number of its shape's row ($9); number 0 is nobody's.
constexpr char kAddToShapes[] = R"(
  INSERT INTO affidavit_state.schema_shapes AS s
    (source, event_type, schema_version, shape_id, first_leaf_index, first_receive_time, last_receive_time, entry_count,
     fields)
  SELECT n.source, n.event_type, n.schema_version, n.shape_id, n.first_leaf_index, n.first_receive_time,
         n.last_receive_time, n.entry_count, coalesce(f.fields, '{}')
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[],
              $8::bigint[]) WITH ORDINALITY
    AS n (source, event_type, schema_version, shape_id, first_leaf_index, first_receive_time, last_receive_time,
          entry_count, number)
  LEFT JOIN (SELECT number, array_agg(field ORDER BY position) AS fields
             FROM unnest($9::bigint[], $10::text[]) WITH ORDINALITY AS f (number, field, position) GROUP BY number) f
    ON f.number = n.number
  ON CONFLICT (source, event_type, schema_version, shape_id) DO UPDATE
  SET first_leaf_index = least(s.first_leaf_index, excluded.first_leaf_index),
      first_receive_time = least(s.first_receive_time, excluded.first_receive_time),
      last_receive_time = greatest(s.last_receive_time, excluded.last_receive_time),
      entry_count = s.entry_count + excluded.entry_count)";

constexpr char kSchemasInForce[] =
    "SELECT leaf_index, schema_id, source, event_type, schema_version, actor, schema, " AFFIDAVIT_SQL_MICROSECONDS(
        "register_time") R"(
  FROM (SELECT DISTINCT ON (source, event_type, schema_version) * FROM affidavit_state.schemas
        ORDER BY source, event_type, schema_version, leaf_index DESC) s
  ORDER BY leaf_index)";

constexpr char kKnownShapes[] = R"(
  SELECT source, event_type, schema_version, coalesce(s.shape_id, '')
  FROM affidavit_state.schema_versions v
  LEFT JOIN affidavit_state.schema_shapes s USING (source, event_type, schema_version)
  ORDER BY 1, 2, 3, 4)";

void InsertSchemas(Transaction& transaction, const std::vector<SchemaRow>& schemas) {
  using enum ElementType;
  Columns rows{kInt8, kText, kText, kText, kText, kText, kTimestamptz, kText};
  for (const SchemaRow& row : schemas) {
    rows.AddRow(row.leaf_index, row.schema_id, row.source, row.event_type, row.schema_version, row.actor,
                row.register_time, row.schema);
  }
  if (!rows.empty()) {
    rows.Run(transaction, kInsertSchemas);
  }
}

void AddToVersions(Transaction& transaction, const std::vector<VersionSighting>& versions) {
  using enum ElementType;
  Columns rows{kText, kText, kText, kInt8, kTimestamptz, kTimestamptz, kInt8, kInt8, kInt8, kInt8, kInt4, kInt8};
  for (const VersionSighting& row : versions) {
    rows.AddRow(row.source, row.event_type, row.schema_version, row.first_leaf_index, row.first_receive_time,
                row.last_receive_time, row.entry_count, row.valid_count, row.drifted_count, row.unregistered_count,
                row.new_shape_count, row.unshaped_count);
  }
  if (!rows.empty()) {
    rows.Run(transaction, kAddToVersions);
  }
}

void AddToShapes(Transaction& transaction, const std::vector<ShapeSighting>& shapes) {
  using enum ElementType;
  Columns rows{kText, kText, kText, kText, kInt8, kTimestamptz, kTimestamptz, kInt8};
  Columns fields{kInt8, kText};
  fields.AddRow(int64_t{0}, "");  // Postgres takes no array without elements
  int64_t number = 0;
  for (const ShapeSighting& row : shapes) {
    rows.AddRow(row.source, row.event_type, row.schema_version, row.shape_id, row.first_leaf_index,
                row.first_receive_time, row.last_receive_time, row.entry_count);
    ++number;
    for (const std::string& field : row.fields) {
      fields.AddRow(number, field);
    }
  }
  if (!rows.empty()) {
    rows.Run(transaction, kAddToShapes, std::move(fields));
  }
}

}  // namespace

void WriteSchemas(Transaction& transaction, const FactsStep& step) {
  InsertSchemas(transaction, step.schemas);
  AddToVersions(transaction, step.versions);
  AddToShapes(transaction, step.shapes);
}

std::vector<SchemaRow> ReadSchemas(Transaction& transaction) {
  std::vector<SchemaRow> schemas;
  for (const pqxx::row& row : transaction.exec(kSchemasInForce)) {
    schemas.push_back({.leaf_index = row[0].as<int64_t>(),
                       .schema_id = row[1].as<std::string>(),
                       .source = row[2].as<std::string>(),
                       .event_type = row[3].as<std::string>(),
                       .schema_version = row[4].as<std::string>(),
                       .actor = row[5].as<std::string>(),
                       .schema = row[6].as<std::string>(),
                       .register_time = TimeFromField(row[7])});
  }
  return schemas;
}

std::vector<KnownShape> ReadKnownShapes(Transaction& transaction) {
  std::vector<KnownShape> shapes;
  for (const pqxx::row& row : transaction.exec(kKnownShapes)) {
    shapes.push_back(
        {row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>(), row[3].as<std::string>()});
  }
  return shapes;
}

}  // namespace affidavit::db
