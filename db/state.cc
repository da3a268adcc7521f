#include "db/state.h"

#include <pqxx/pqxx>
#include <string>

#include "core/base/text.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// One statement, so one snapshot: the folded part and the rest can neither overlap nor leave a gap.
constexpr char kReadCounts[] = "SELECT source, kind, sum(n), " AFFIDAVIT_SQL_MICROSECONDS("max(last)") R"(
  FROM (SELECT source, kind, entry_count AS n, last_receive_time AS last FROM affidavit_state.entry_counts
        UNION ALL
        SELECT source, kind, count(*), max(receive_time) FROM affidavit.entries
        WHERE leaf_index >= (SELECT next_leaf_index FROM affidavit_state.cursors WHERE name = 'entry_counts')
        GROUP BY source, kind) parts
  GROUP BY source, kind ORDER BY source, kind)";

constexpr char kFoldCounts[] = R"(
  WITH part AS (
    SELECT source, kind, count(*) AS n, max(receive_time) AS last FROM affidavit.entries
    WHERE leaf_index >= $1 AND leaf_index < $1 + $2 GROUP BY source, kind),
  folded AS (
    INSERT INTO affidavit_state.entry_counts AS counts (source, kind, entry_count, last_receive_time)
    SELECT source, kind, n, last FROM part
    ON CONFLICT (source, kind) DO UPDATE
    SET entry_count = counts.entry_count + excluded.entry_count,
        last_receive_time = greatest(counts.last_receive_time, excluded.last_receive_time))
  UPDATE affidavit_state.cursors SET next_leaf_index = $1 + (SELECT coalesce(sum(n), 0) FROM part)
  WHERE name = 'entry_counts' RETURNING next_leaf_index - $1)";

}  // namespace

Counts ReadCounts(Transaction& transaction) {
  // The planner does not know where the cursor stands and would guess a third of the log.
  transaction.exec("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off");
  Counts counts{0, {}};
  for (const pqxx::row& row : transaction.exec(kReadCounts)) {
    counts.counts.push_back(
        {row[0].as<std::string>(), *ParseEntryKind(row[1].c_str()), row[2].as<int64_t>(), TimeFromField(row[3])});
    counts.tree_size += counts.counts.back().entry_count;
  }
  return counts;
}

int64_t FoldCounts(Transaction& transaction, int64_t entry_count_max) {
  // The row lock makes folders queue up. The fold is a statement of its own: its snapshot is taken after the wait, and
  // a snapshot always shows a prefix of the log, because indexes are given out and committed under one lock.
  const auto cursor =
      transaction.exec1("SELECT next_leaf_index FROM affidavit_state.cursors WHERE name = 'entry_counts' FOR UPDATE")[0]
          .as<int64_t>();
  return transaction.exec_params1(kFoldCounts, cursor, entry_count_max)[0].as<int64_t>();
}

void RecordAdapterSeen(Transaction& transaction, const AdapterSeen& adapter) {
  // libpqxx writes a null pointer as NULL.
  const std::string oldest =
      adapter.oldest_spooled_receive_time.has_value() ? FormatRfc3339(*adapter.oldest_spooled_receive_time) : "";
  transaction.exec_params(
      "INSERT INTO affidavit_state.adapters (adapter_id, last_seen_time, oldest_spooled_receive_time) "
      "VALUES ($1, clock_timestamp(), $2::timestamptz) ON CONFLICT (adapter_id) DO UPDATE "
      "SET last_seen_time = excluded.last_seen_time, oldest_spooled_receive_time = "
      "excluded.oldest_spooled_receive_time",
      adapter.adapter_id, oldest.empty() ? nullptr : oldest.c_str());
}

std::vector<AdapterSeen> ReadAdapters(Transaction& transaction) {
  std::vector<AdapterSeen> adapters;
  for (const pqxx::row& row : transaction.exec(
           "SELECT adapter_id, " AFFIDAVIT_SQL_MICROSECONDS("last_seen_time") ", " AFFIDAVIT_SQL_MICROSECONDS(
               "oldest_spooled_receive_time") " FROM affidavit_state.adapters ORDER BY adapter_id")) {
    AdapterSeen adapter{row[0].as<std::string>(), TimeFromField(row[1]), std::nullopt};
    if (!row[2].is_null()) {
      adapter.oldest_spooled_receive_time = TimeFromField(row[2]);
    }
    adapters.push_back(std::move(adapter));
  }
  return adapters;
}

absl::Status RecordSigningKey(Transaction& transaction, std::string_view source, std::string_view key_id,
                              std::string_view key_fingerprint) {
  // DO NOTHING leaves no trace, so the row that counts is read afterwards: whoever was first has made it.
  const pqxx::binarystring fingerprint(key_fingerprint.data(), key_fingerprint.size());
  transaction.exec_params(
      "INSERT INTO affidavit.signing_keys (source, key_id, key_fingerprint) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
      std::string(source), std::string(key_id), fingerprint);
  const bool same =
      transaction
          .exec_params1("SELECT key_fingerprint = $3 FROM affidavit.signing_keys WHERE source = $1 AND key_id = $2",
                        std::string(source), std::string(key_id), fingerprint)[0]
          .as<bool>();
  if (!same) {
    return absl::FailedPreconditionError(
        Concat({"key ", key_id, " of source ", source,
                " has signed with another secret before: give the new secret a new id"}));
  }
  return absl::OkStatus();
}

int EnsurePartitions(Transaction& transaction) {
  return transaction.exec1("SELECT affidavit.ensure_partitions(3)")[0].as<int>();
}

TimePoint ReadDatabaseTime(Transaction& transaction) {
  return TimeFromField(transaction.exec1("SELECT " AFFIDAVIT_SQL_MICROSECONDS("clock_timestamp()"))[0]);
}

}  // namespace affidavit::db
