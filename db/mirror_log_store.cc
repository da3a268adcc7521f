// The part of db/mirror_store.h that is about the copy of the log itself.
#include <pqxx/pqxx>

#include "db/entry_rows.h"
#include "db/mirror_store.h"
#include "db/transaction.h"

namespace affidavit::db {

MirrorLogState ReadMirrorLogState(Transaction& transaction, int incarnation) {
  MirrorLogState state;
  const pqxx::result rows = transaction.exec_params(
      "SELECT next_tile, checkpoint_size, " AFFIDAVIT_SQL_MICROSECONDS("kept_time") " FROM affidavit_state.mirror_log "
                                                                                    "WHERE incarnation = $1",
      incarnation);
  if (!rows.empty()) {
    state.next_tile = rows[0][0].as<int64_t>();
    state.checkpoint_size = rows[0][1].as<int64_t>();
    if (!rows[0][2].is_null()) {
      state.kept_time = TimeFromField(rows[0][2]);
    }
  }
  return state;
}

void WriteMirrorLogState(Transaction& transaction, int incarnation, const MirrorLogState& state) {
  const std::string kept = state.kept_time.has_value() ? FormatRfc3339(*state.kept_time) : "";
  transaction.exec_params(
      "INSERT INTO affidavit_state.mirror_log (incarnation, next_tile, checkpoint_size, kept_time) "
      "VALUES ($1, $2, $3, $4::timestamptz) ON CONFLICT (incarnation) DO UPDATE SET next_tile = excluded.next_tile, "
      "checkpoint_size = excluded.checkpoint_size, kept_time = excluded.kept_time",
      incarnation, state.next_tile, state.checkpoint_size, kept.empty() ? nullptr : kept.c_str());
}

void WriteMirrorLogFiles(Transaction& transaction, std::span<const MirrorLogFile> files) {
  for (const MirrorLogFile& file : files) {
    transaction.exec_params(
        "INSERT INTO affidavit_state.mirror_log_files (object_key, version_id, retain_until) "
        "VALUES ($1, $2, $3::timestamptz) ON CONFLICT (object_key) DO UPDATE SET version_id = excluded.version_id, "
        "retain_until = excluded.retain_until",
        file.object_key, file.version_id, FormatRfc3339(file.retain_until));
  }
}

std::vector<MirrorLogFile> ListMirrorLogFilesBefore(Transaction& transaction, TimePoint retain_until, int limit) {
  std::vector<MirrorLogFile> files;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT object_key, version_id, " AFFIDAVIT_SQL_MICROSECONDS(
               "retain_until") " FROM affidavit_state.mirror_log_files WHERE retain_until < $1::timestamptz "
                               "ORDER BY retain_until, object_key LIMIT $2",
           FormatRfc3339(retain_until), limit)) {
    files.push_back({row[0].as<std::string>(), row[1].as<std::string>(), TimeFromField(row[2])});
  }
  return files;
}

std::optional<TimePoint> ReadMirroredRetention(Transaction& transaction) {
  const pqxx::result rows = transaction.exec("SELECT " AFFIDAVIT_SQL_MICROSECONDS(
      "retain_until") " FROM affidavit_state.mirror_retention WHERE isfinite(retain_until)");
  return rows.empty() ? std::nullopt : std::optional<TimePoint>(TimeFromField(rows[0][0]));
}

}  // namespace affidavit::db
