#include "db/append_statements.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "db/append_tiles.h"
#include "db/lookup.h"

namespace affidavit::db {
namespace {

constexpr NamedStatement kStatements[] = {
    // A constant key: every ledger of this database takes the same lock; released with the transaction, when its rows
    // are visible.
    {statement::kLock, "SELECT pg_advisory_xact_lock(hashtextextended('affidavit.log', 0))"},
    {statement::kTime, "SELECT clock_timestamp()"},
    // A statement of its own after the lock: READ COMMITTED gives it a snapshot in which the last holder's entries are
    // visible.
    {statement::kHead, "SELECT leaf_index, payload_id FROM affidavit.entries ORDER BY leaf_index DESC LIMIT 1"},
    {statement::kPayloadIds, "SELECT nextval('affidavit.payload_ids')"},
    {statement::kRecommit, "SELECT pg_logical_emit_message(true, 'affidavit', 'recommit')"},
    {"insert_payloads",
     "INSERT INTO affidavit.payloads (payload_id, receive_time, raw, payload, payload_error) "
     "SELECT payload_id, receive_time, raw, CASE WHEN payload_error IS NULL THEN convert_from(raw, 'UTF8')::jsonb END, "
     "payload_error FROM unnest($1::bigint[], $2::timestamptz[], $3::bytea[], $4::text[]) "
     "AS new(payload_id, receive_time, raw, payload_error)"},
    {"insert_excluded_payloads",
     "INSERT INTO affidavit.excluded_payloads (payload_id, receive_time, raw, payload, payload_error) "
     "SELECT payload_id, receive_time, raw, CASE WHEN payload_error IS NULL THEN convert_from(raw, 'UTF8')::jsonb END, "
     "payload_error FROM unnest($1::bigint[], $2::timestamptz[], $3::bytea[], $4::text[]) "
     "AS new(payload_id, receive_time, raw, payload_error)"},
    {"insert_entries",
     "INSERT INTO affidavit.entries (leaf_index, payload_id, receive_time, retain_until, event_time, delivery_time, "
     "payload_size, payload_sha256, leaf_hash, kind, source, event_id, event_type, schema_version, channel, direction, "
     "message_id, correlation_id, adapter_id, retention_class, provenance, leaf) "
     "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], "
     "$6::timestamptz[], $7::integer[], $8::bytea[], $9::bytea[], $10::text[], $11::text[], $12::text[], $13::text[], "
     "$14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], "
     "$22::bytea[])"},
};

// Absent text is NULL in a column and left out of the leaf.
void AddText(const std::string& text, BinaryArray& column) {
  if (text.empty()) {
    column.AddNull();
  } else {
    column.AddBytes(text);
  }
}

void AddTime(const std::optional<TimePoint>& time, BinaryArray& column) {
  if (time.has_value()) {
    column.AddTime(*time);
  } else {
    column.AddNull();
  }
}

void SendPayloadsTo(const char* name, std::span<const NewEntry* const> entries, Pipeline& pipeline) {
  BinaryArray ids(ElementType::kInt8);
  BinaryArray receive_times(ElementType::kTimestamptz);
  BinaryArray raws(ElementType::kBytea);
  BinaryArray errors(ElementType::kText);
  size_t size = 0;
  for (const NewEntry* entry : entries) {
    size += entry->payload.size() + sizeof(int32_t);
  }
  raws.Reserve(size);
  for (const NewEntry* entry : entries) {
    ids.AddInt8(entry->payload_id);
    receive_times.AddTime(entry->fields.receive_time);
    raws.AddBytes(entry->payload);
    AddText(entry->payload_error, errors);
  }
  const std::string_view parameters[] = {ids.Wire(), receive_times.Wire(), raws.Wire(), errors.Wire()};
  pipeline.RunPrepared(name, parameters);
}

// The text columns of insert_entries from `kind` on, in its order.
void AddTextColumns(const LeafFields& fields, std::span<BinaryArray> columns) {
  columns[0].AddBytes(EntryKindName(fields.kind));
  const std::string* const texts[] = {&fields.source,          &fields.event_id,       &fields.event_type,
                                      &fields.schema_version,  &fields.channel,        &fields.direction,
                                      &fields.message_id,      &fields.correlation_id, &fields.adapter_id,
                                      &fields.retention_class, &fields.provenance};
  for (size_t i = 0; i < std::size(texts); ++i) {
    AddText(*texts[i], columns[i + 1]);
  }
}

}  // namespace

void PrepareAppendStatements(Pipeline& pipeline) {
  for (const std::span<const NamedStatement> statements :
       {std::span<const NamedStatement>(kStatements), TileStatements(), LookupStatements()}) {
    for (const NamedStatement& prepared : statements) {
      pipeline.Prepare(prepared.name, prepared.sql);
    }
  }
}

void SendPayloads(std::span<const NewEntry* const> entries, Pipeline& pipeline) {
  std::vector<const NewEntry*> excluded;
  std::vector<const NewEntry*> others;
  for (const NewEntry* entry : entries) {
    (entry->fields.kind == EntryKind::kExcluded ? excluded : others).push_back(entry);
  }
  if (!others.empty()) {
    SendPayloadsTo("insert_payloads", others, pipeline);
  }
  if (!excluded.empty()) {
    SendPayloadsTo("insert_excluded_payloads", excluded, pipeline);
  }
}

EntryRows::EntryRows(std::span<const NewEntry* const> entries) : entries_(entries.begin(), entries.end()) {
  // The columns of insert_entries after leaf_index.
  using enum ElementType;
  for (const ElementType type :
       {kInt8, kTimestamptz, kTimestamptz, kTimestamptz, kTimestamptz, kInt4, kBytea, kBytea, kText, kText, kText,
        kText, kText,        kText,        kText,        kText,        kText, kText,  kText,  kText, kBytea}) {
    columns_.emplace_back(type);
  }
  for (const NewEntry* entry : entries) {
    const LeafFields& fields = entry->fields;
    columns_[0].AddInt8(entry->payload_id);
    columns_[1].AddTime(fields.receive_time);
    columns_[2].AddTime(fields.retain_until);
    AddTime(fields.event_time, columns_[3]);
    AddTime(fields.delivery_time, columns_[4]);
    columns_[5].AddInt4(static_cast<int32_t>(fields.payload_size));
    columns_[6].AddBytes(AsBytes(fields.payload_sha256));
    columns_[7].AddBytes(AsBytes(entry->leaf_hash));
    AddTextColumns(fields, std::span(columns_).subspan(8, 12));
    columns_[20].AddBytes(entry->leaf);
  }
}

bool EntryRows::AreOf(std::span<const NewEntry* const> entries) const {
  return std::equal(entries_.begin(), entries_.end(), entries.begin(), entries.end());
}

void EntryRows::Send(int64_t first_leaf_index, Pipeline& pipeline) {
  BinaryArray leaf_indexes(ElementType::kInt8);
  for (size_t i = 0; i < entries_.size(); ++i) {
    leaf_indexes.AddInt8(first_leaf_index + static_cast<int64_t>(i));
  }
  std::vector<std::string_view> parameters = {leaf_indexes.Wire()};
  for (BinaryArray& column : columns_) {
    parameters.push_back(column.Wire());
  }
  pipeline.RunPrepared("insert_entries", parameters);
}

}  // namespace affidavit::db
