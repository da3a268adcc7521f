// How rows of affidavit.entries become StoredEntry, checked. For the files of this room only.
#pragma once

#include <pqxx/pqxx>

#include "absl/status/statusor.h"
#include "db/entry_reader.h"

namespace affidavit::db {

// timestamptz as microseconds since 1970: exact (numeric), and without a text format to parse.
#define AFFIDAVIT_SQL_MICROSECONDS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

// What EntryFromRow reads, from `entries e`.
inline constexpr char kEntryColumns[] = "e.leaf_index, e.payload_id, " AFFIDAVIT_SQL_MICROSECONDS(
    "e.integrate_time") ", e.leaf, e.leaf_hash, e.payload_size";

TimePoint TimeFromField(const pqxx::field& microseconds);
std::string BytesFromField(const pqxx::field& bytea);

// DATA_LOSS, naming the entry, unless leaf_hash is the leaf's.
absl::StatusOr<StoredEntry> EntryFromRow(const pqxx::row& row);

// For tests: the statement of ReadPayloads, to look at its plan.
const char* PayloadsSql();

}  // namespace affidavit::db
