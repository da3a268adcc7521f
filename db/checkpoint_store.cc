#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "db/entry_rows.h"
#include "db/log_store.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kCheckpointColumns[] =
    "SELECT origin, tree_size, root_hash, signed_note, " AFFIDAVIT_SQL_MICROSECONDS("sign_time") " FROM "
    "affidavit.checkpoints WHERE origin = $1";

StoredCheckpoint CheckpointFromRow(const pqxx::row& row) {
  StoredCheckpoint checkpoint;
  checkpoint.origin = row[0].as<std::string>();
  checkpoint.tree_size = row[1].as<int64_t>();
  // The column's CHECK says 32 bytes.
  const std::string root_hash = BytesFromField(row[2]);
  std::copy(root_hash.begin(), root_hash.end(), checkpoint.root_hash.begin());
  checkpoint.signed_note = BytesFromField(row[3]);
  checkpoint.sign_time = TimeFromField(row[4]);
  return checkpoint;
}

std::optional<StoredCheckpoint> FirstOf(const pqxx::result& rows) {
  if (rows.empty()) {
    return std::nullopt;
  }
  return CheckpointFromRow(rows[0]);
}

pqxx::binarystring Bytea(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

std::optional<StoredOrigin> ReadCurrentOrigin(Transaction& transaction) {
  const pqxx::result rows = transaction.exec("SELECT number, origin, " AFFIDAVIT_SQL_MICROSECONDS(
      "open_time") ", coalesce(previous_checkpoint, '') FROM affidavit.origins ORDER BY number DESC LIMIT 1");
  if (rows.empty()) {
    return std::nullopt;
  }
  const pqxx::row row = rows[0];
  return StoredOrigin{row[0].as<int>(), row[1].as<std::string>(), TimeFromField(row[2]), row[3].as<std::string>()};
}

void OpenOrigin(Transaction& transaction, std::string_view origin, std::string_view previous_checkpoint) {
  transaction.exec_params(
      "INSERT INTO affidavit.origins (origin, number, previous_checkpoint) "
      "SELECT $1, coalesce(max(number), 0) + 1, nullif($2, '') FROM affidavit.origins "
      "HAVING count(*) FILTER (WHERE origin = $1) = 0 ON CONFLICT (origin) DO NOTHING",
      std::string(origin), std::string(previous_checkpoint));
}

std::optional<StoredCheckpoint> ReadNewestCheckpoint(Transaction& transaction, std::string_view origin) {
  return FirstOf(transaction.exec_params(absl::StrCat(kCheckpointColumns, " ORDER BY tree_size DESC LIMIT 1"),
                                         std::string(origin)));
}

std::optional<StoredCheckpoint> ReadCheckpoint(Transaction& transaction, std::string_view origin, int64_t tree_size) {
  return FirstOf(
      transaction.exec_params(absl::StrCat(kCheckpointColumns, " AND tree_size = $2"), std::string(origin), tree_size));
}

std::optional<StoredCheckpoint> ReadCheckpointCovering(Transaction& transaction, std::string_view origin,
                                                       int64_t tree_size_min) {
  return FirstOf(
      transaction.exec_params(absl::StrCat(kCheckpointColumns, " AND tree_size >= $2 ORDER BY tree_size LIMIT 1"),
                              std::string(origin), tree_size_min));
}

std::vector<StoredCheckpoint> ListCheckpoints(Transaction& transaction, std::string_view origin,
                                              int64_t tree_size_after, int limit) {
  std::vector<StoredCheckpoint> checkpoints;
  for (const pqxx::row& row :
       transaction.exec_params(absl::StrCat(kCheckpointColumns, " AND tree_size > $2 ORDER BY tree_size LIMIT $3"),
                               std::string(origin), tree_size_after, limit)) {
    checkpoints.push_back(CheckpointFromRow(row));
  }
  return checkpoints;
}

void InsertCheckpoint(Transaction& transaction, const StoredCheckpoint& checkpoint) {
  transaction.exec_params(
      "INSERT INTO affidavit.checkpoints (origin, tree_size, root_hash, signed_note) VALUES ($1, $2, $3, $4)",
      checkpoint.origin, checkpoint.tree_size, Bytea(AsBytes(checkpoint.root_hash)), Bytea(checkpoint.signed_note));
}

void InsertCosignature(Transaction& transaction, std::string_view origin, int64_t tree_size,
                       const StoredCosignature& cosignature) {
  transaction.exec_params(
      "INSERT INTO affidavit.cosignatures (origin, tree_size, witness, line, cosign_time) "
      "VALUES ($1, $2, $3, $4, $5::timestamptz) ON CONFLICT DO NOTHING",
      std::string(origin), tree_size, cosignature.witness, Bytea(cosignature.line),
      FormatRfc3339(cosignature.cosign_time));
}

void InsertTimestamp(Transaction& transaction, std::string_view origin, int64_t tree_size,
                     const StoredTimestamp& timestamp) {
  transaction.exec_params(
      "INSERT INTO affidavit.timestamps (origin, tree_size, authority, token, generation_time) "
      "VALUES ($1, $2, $3, $4, $5::timestamptz) ON CONFLICT DO NOTHING",
      std::string(origin), tree_size, timestamp.authority, Bytea(timestamp.token),
      FormatRfc3339(timestamp.generation_time));
}

std::vector<StoredCosignature> ReadCosignatures(Transaction& transaction, std::string_view origin, int64_t tree_size) {
  std::vector<StoredCosignature> cosignatures;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT witness, line, " AFFIDAVIT_SQL_MICROSECONDS(
               "cosign_time") " FROM affidavit.cosignatures WHERE origin = $1 AND tree_size = $2 ORDER BY witness",
           std::string(origin), tree_size)) {
    cosignatures.push_back({row[0].as<std::string>(), BytesFromField(row[1]), TimeFromField(row[2])});
  }
  return cosignatures;
}

std::vector<StoredTimestamp> ReadTimestamps(Transaction& transaction, std::string_view origin, int64_t tree_size) {
  std::vector<StoredTimestamp> timestamps;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT authority, token, " AFFIDAVIT_SQL_MICROSECONDS(
               "generation_time") " FROM affidavit.timestamps WHERE origin = $1 AND tree_size = $2 ORDER BY authority",
           std::string(origin), tree_size)) {
    timestamps.push_back({row[0].as<std::string>(), BytesFromField(row[1]), TimeFromField(row[2])});
  }
  return timestamps;
}

}  // namespace affidavit::db
