#include "db/entry_rows.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

absl::Status Corrupt(int64_t leaf_index, const char* what) {
  return absl::DataLossError(absl::StrCat("entry ", leaf_index, ": ", what));
}

absl::Status CheckPayload(const StoredEntry& entry, std::string_view payload) {
  const absl::StatusOr<LeafFields> fields = DecodeLeaf(entry.leaf);
  if (!fields.ok()) {
    return Corrupt(entry.leaf_index, "its leaf is not of version 1");
  }
  if (Sha256(payload) != fields->payload_sha256) {
    return Corrupt(entry.leaf_index, "its payload is not the one that its leaf names");
  }
  return absl::OkStatus();
}

// An entry's payload lies in one of two tables, by its kind; both are looked up by their primary key.
constexpr char kPayloads[] = R"(
  SELECT e.leaf_index, p.raw, coalesce(p.payload_error, '')
  FROM affidavit.entries e
  CROSS JOIN LATERAL (
    SELECT raw, payload_error FROM affidavit.payloads p
    WHERE e.kind <> 'excluded' AND p.payload_id = e.payload_id AND p.receive_time = e.receive_time
    UNION ALL
    SELECT raw, payload_error FROM affidavit.excluded_payloads p
    WHERE e.kind = 'excluded' AND p.payload_id = e.payload_id AND p.receive_time = e.receive_time) p
  WHERE e.leaf_index = ANY($1::bigint[]))";

}  // namespace

TimePoint TimeFromField(const pqxx::field& microseconds) {
  return TimePoint(std::chrono::microseconds(microseconds.as<int64_t>()));
}

std::string BytesFromField(const pqxx::field& bytea) {
  return pqxx::binarystring(bytea).str();
}

absl::StatusOr<StoredEntry> EntryFromRow(const pqxx::row& row) {
  StoredEntry entry;
  entry.leaf_index = row[0].as<int64_t>();
  entry.payload_id = row[1].as<int64_t>();
  entry.integrate_time = TimeFromField(row[2]);
  entry.leaf = BytesFromField(row[3]);
  entry.leaf_hash = LeafHash(entry.leaf);
  if (AsBytes(entry.leaf_hash) != BytesFromField(row[4])) {
    return Corrupt(entry.leaf_index, "leaf_hash is not the hash of its leaf");
  }
  return entry;
}

const char* PayloadsSql() {
  return kPayloads;
}

absl::Status ReadPayloads(Transaction& transaction, std::vector<StoredEntry>& entries) {
  if (entries.empty()) {
    return absl::OkStatus();
  }
  std::map<int64_t, StoredEntry*> by_index;
  for (StoredEntry& entry : entries) {
    by_index[entry.leaf_index] = &entry;
  }
  const std::string indexes = absl::StrCat(
      "{",
      absl::StrJoin(entries, ",", [](std::string* out, const StoredEntry& e) { absl::StrAppend(out, e.leaf_index); }),
      "}");
  for (const pqxx::row& row : transaction.exec_params(kPayloads, indexes)) {
    StoredEntry& entry = *by_index.at(row[0].as<int64_t>());
    std::string payload = BytesFromField(row[1]);
    RETURN_IF_ERROR(CheckPayload(entry, payload));
    entry.payload = std::move(payload);
    entry.payload_error = row[2].as<std::string>();
  }
  return absl::OkStatus();
}

}  // namespace affidavit::db
