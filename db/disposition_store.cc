#include "db/disposition_store.h"

#include <pqxx/pqxx>

#include "core/base/text.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kPayloadPartitions[] = R"(
  SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
  WHERE i.inhparent IN ('affidavit.payloads'::regclass, 'affidavit.excluded_payloads'::regclass) ORDER BY 1)";

// As prepare_disposition chooses, without writing. `%` is the partition.
constexpr std::string_view kFate = R"(
  WITH extent AS (SELECT min(receive_time) AS low, max(receive_time) AS high FROM %),
  fate AS (
    SELECT entry.leaf_index, entry.kind, payload.receive_time,
           entry.payload_id IS NULL OR affidavit.is_retained(entry, $1::timestamptz) AS is_retained,
           entry.payload_id IS NOT NULL AND affidavit.is_held(entry) AS is_held
    FROM extent CROSS JOIN % payload LEFT JOIN affidavit.entries entry
      ON entry.payload_id = payload.payload_id AND entry.receive_time BETWEEN extent.low AND extent.high)
  SELECT count(*), count(*) FILTER (WHERE is_retained OR is_held), count(*) FILTER (WHERE is_held AND NOT is_retained),
         count(*) FILTER (WHERE NOT is_retained AND NOT is_held AND fate.kind <> 'excluded'
                            AND receipt.leaf_index IS NULL),
         )" AFFIDAVIT_SQL_MICROSECONDS("min(fate.receive_time)") ", " AFFIDAVIT_SQL_MICROSECONDS(
    "max(fate.receive_time)") " FROM fate LEFT JOIN affidavit.mirror_receipts receipt USING (leaf_index)";

constexpr std::string_view kExpiredObjects = R"(
  SELECT entry.leaf_index, receipt.store, receipt.object_key, receipt.version_id
  FROM affidavit.mirror_receipts receipt JOIN affidavit.entries entry USING (leaf_index)
  WHERE receipt.leaf_index >= $1 AND receipt.outcome <> 'left_out'
    AND entry.receive_time BETWEEN (SELECT min(receive_time) FROM %) AND (SELECT max(receive_time) FROM %)
    AND EXISTS (SELECT FROM % payload
                WHERE payload.payload_id = entry.payload_id AND payload.receive_time = entry.receive_time)
    AND NOT EXISTS (SELECT FROM @ kept
                    WHERE kept.payload_id = entry.payload_id AND kept.receive_time = entry.receive_time)
  ORDER BY receipt.leaf_index LIMIT $2)";

constexpr char kUnconcluded[] = R"(
  SELECT partition_name, intent_leaf_index, row_count - kept_count, kept_count FROM affidavit_state.dispositions
  WHERE complete_time IS NOT NULL AND NOT EXISTS (
    SELECT FROM affidavit.entries
    WHERE event_id = 'disposition:complete:' || intent_leaf_index AND source = 'affidavit' AND kind = 'governance')
  ORDER BY partition_name)";

std::string ForPartition(std::string_view sql, Transaction& transaction, const std::string& partition_name) {
  std::string out;
  for (const char c : sql) {
    if (c == '%' || c == '@') {
      out += "affidavit." + transaction.quote_name(partition_name + (c == '@' ? "_kept" : ""));
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<TimePoint> TimeOrNothing(const pqxx::field& field) {
  return field.is_null() ? std::nullopt : std::optional(TimeFromField(field));
}

}  // namespace

bool KeepDispositionsOut(Transaction& transaction) {
  // Whoever asks idles in this transaction while an act is appended elsewhere.
  transaction.exec("SET LOCAL idle_in_transaction_session_timeout = '7s'");
  return transaction
      .exec_params1("SELECT pg_try_advisory_xact_lock_shared(hashtextextended($1, 0))", kDispositionRunLock)[0]
      .as<bool>();
}

std::vector<std::string> ListPayloadPartitions(Transaction& transaction) {
  std::vector<std::string> names;
  for (const pqxx::row& row : transaction.exec(kPayloadPartitions)) {
    names.push_back(row[0].as<std::string>());
  }
  return names;
}

PartitionFate ReadPartitionFate(Transaction& transaction, const std::string& partition_name, TimePoint cutoff) {
  const pqxx::row row =
      transaction.exec_params1(ForPartition(kFate, transaction, partition_name), FormatRfc3339(cutoff));
  return {.partition_name = partition_name,
          .first_receive_time = TimeOrNothing(row[4]),
          .last_receive_time = TimeOrNothing(row[5]),
          .row_count = row[0].as<int64_t>(),
          .kept_count = row[1].as<int64_t>(),
          .held_count = row[2].as<int64_t>(),
          .unmirrored_count = row[3].as<int64_t>()};
}

PreparedDisposition PrepareDisposition(Transaction& transaction, const std::string& partition_name, TimePoint cutoff) {
  const pqxx::row row = transaction.exec_params1(
      "SELECT row_count, kept_count, held_count FROM affidavit.prepare_disposition($1, $2::timestamptz)",
      partition_name, FormatRfc3339(cutoff));
  return {.row_count = row[0].as<int64_t>(), .kept_count = row[1].as<int64_t>(), .held_count = row[2].as<int64_t>()};
}

std::vector<ExpiredObject> ListExpiredObjects(Transaction& transaction, const std::string& partition_name,
                                              int64_t leaf_index_min, int limit) {
  std::vector<ExpiredObject> objects;
  for (const pqxx::row& row :
       transaction.exec_params(ForPartition(kExpiredObjects, transaction, partition_name), leaf_index_min, limit)) {
    objects.push_back({.leaf_index = row[0].as<int64_t>(),
                       .store = row[1].as<std::string>(),
                       .object_key = row[2].as<std::string>(),
                       .version_id = row[3].as<std::string>()});
  }
  return objects;
}

int64_t CompleteDisposition(Transaction& transaction, const std::string& partition_name, int64_t intent_leaf_index) {
  return transaction.exec_params1("SELECT affidavit.complete_disposition($1, $2)", partition_name, intent_leaf_index)[0]
      .as<int64_t>();
}

std::vector<DroppedDisposition> ListUnconcluded(Transaction& transaction) {
  std::vector<DroppedDisposition> dropped;
  for (const pqxx::row& row : transaction.exec(kUnconcluded)) {
    dropped.push_back({.partition_name = row[0].as<std::string>(),
                       .intent_leaf_index = row[1].as<int64_t>(),
                       .disposed_count = row[2].as<int64_t>(),
                       .kept_count = row[3].as<int64_t>()});
  }
  return dropped;
}

}  // namespace affidavit::db
