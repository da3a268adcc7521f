#include "db/siem_store.h"

#include <pqxx/pqxx>
#include <utility>

#include "core/base/text.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kReadReceipts[] =
    "SELECT r.receipt_id, r.leaf_index, e.kind, e.source, e.event_id, encode(e.payload_sha256, 'hex'), r.outcome, "
    "coalesce(r.store, ''), coalesce(r.object_key, ''), coalesce(r.version_id, ''), " AFFIDAVIT_SQL_MICROSECONDS(
        "r.retain_until") ", r.legal_hold, r.worker_id, " AFFIDAVIT_SQL_MICROSECONDS("r.write_time") R"(
  FROM affidavit.mirror_receipts r JOIN affidavit.entries e USING (leaf_index)
  WHERE r.receipt_id >= $1 ORDER BY r.receipt_id LIMIT $2)";

constexpr char kReadSecurityEvents[] = "SELECT event_id, " AFFIDAVIT_SQL_MICROSECONDS("event_time") R"(, name, details
  FROM affidavit_state.security_events WHERE event_id >= $1 ORDER BY event_id LIMIT $2)";

// Receipts are dense, so that their number needs no count.
constexpr char kReceiptLag[] =
    "SELECT (SELECT coalesce(max(receipt_id) + 1, 0) FROM affidavit.mirror_receipts) - $1, "
    "(SELECT " AFFIDAVIT_SQL_MICROSECONDS("write_time") R"( FROM affidavit.mirror_receipts
  WHERE receipt_id >= $1 ORDER BY receipt_id LIMIT 1), )" AFFIDAVIT_SQL_MICROSECONDS("clock_timestamp()");
constexpr char kSecurityEventLag[] =
    "SELECT count(*), " AFFIDAVIT_SQL_MICROSECONDS("min(event_time)") ", " AFFIDAVIT_SQL_MICROSECONDS(
        "clock_timestamp()") " FROM affidavit_state.security_events WHERE event_id >= $1";

std::optional<TimePoint> TimeUnlessNull(const pqxx::field& field) {
  return field.is_null() ? std::nullopt : std::optional(TimeFromField(field));
}

}  // namespace

std::string_view SiemFeedName(SiemFeed feed) {
  return feed == SiemFeed::kReceipts ? "receipts" : "security_events";
}

int64_t ReadSiemCursor(Transaction& transaction, std::string_view sink, SiemFeed feed) {
  transaction.exec_params(
      "INSERT INTO affidavit_state.siem_cursors (sink, feed) VALUES ($1, $2) ON CONFLICT DO NOTHING", std::string(sink),
      std::string(SiemFeedName(feed)));
  return transaction
      .exec_params1("SELECT next_id FROM affidavit_state.siem_cursors WHERE sink = $1 AND feed = $2", std::string(sink),
                    std::string(SiemFeedName(feed)))[0]
      .as<int64_t>();
}

absl::Status MoveSiemCursor(Transaction& transaction, std::string_view sink, SiemFeed feed, int64_t from, int64_t to) {
  const pqxx::result moved = transaction.exec_params(
      "UPDATE affidavit_state.siem_cursors SET next_id = $4, update_time = clock_timestamp() "
      "WHERE sink = $1 AND feed = $2 AND next_id = $3",
      std::string(sink), std::string(SiemFeedName(feed)), from, to);
  return moved.affected_rows() == 1
             ? absl::OkStatus()
             : absl::AbortedError(Concat({"the cursor of sink ", sink, " was moved by somebody else"}));
}

std::vector<WriteReceipt> ReadReceipts(Transaction& transaction, int64_t begin, int limit) {
  std::vector<WriteReceipt> receipts;
  for (const pqxx::row& row : transaction.exec_params(kReadReceipts, begin, limit)) {
    receipts.push_back({.receipt_id = row[0].as<int64_t>(),
                        .leaf_index = row[1].as<int64_t>(),
                        .kind = row[2].as<std::string>(),
                        .source = row[3].as<std::string>(),
                        .event_id = row[4].is_null() ? std::nullopt : std::optional(row[4].as<std::string>()),
                        .payload_sha256 = row[5].as<std::string>(),
                        .outcome = row[6].as<std::string>(),
                        .store = row[7].as<std::string>(),
                        .object_key = row[8].as<std::string>(),
                        .version_id = row[9].as<std::string>(),
                        .retain_until = TimeUnlessNull(row[10]),
                        .legal_hold = row[11].as<bool>(),
                        .worker_id = row[12].as<std::string>(),
                        .write_time = TimeFromField(row[13])});
  }
  return receipts;
}

std::vector<SecurityEvent> ReadSecurityEvents(Transaction& transaction, int64_t begin, int limit) {
  std::vector<SecurityEvent> events;
  for (const pqxx::row& row : transaction.exec_params(kReadSecurityEvents, begin, limit)) {
    events.push_back({.event_id = row[0].as<int64_t>(),
                      .event_time = TimeFromField(row[1]),
                      .name = row[2].as<std::string>(),
                      .details = row[3].as<std::string>()});
  }
  return events;
}

SiemLag ReadSiemLag(Transaction& transaction, SiemFeed feed, int64_t begin) {
  const pqxx::row row = transaction.exec_params1(feed == SiemFeed::kReceipts ? kReceiptLag : kSecurityEventLag, begin);
  return {.count = row[0].as<int64_t>(), .oldest_time = TimeUnlessNull(row[1]), .database_time = TimeFromField(row[2])};
}

absl::Status ReplaySiem(Transaction& transaction, std::string_view sink, int64_t leaf_index, SiemReplay& replay) {
  // The row lock makes a shipper's move wait and then fail, instead of undoing this.
  const pqxx::result cursor = transaction.exec_params(
      "SELECT next_id FROM affidavit_state.siem_cursors WHERE sink = $1 AND feed = 'receipts' FOR UPDATE",
      std::string(sink));
  if (cursor.empty()) {
    return absl::NotFoundError(Concat({"no sink ", sink, " has ever been shipped to"}));
  }
  const pqxx::row found = transaction.exec_params1(
      "SELECT min(receipt_id), (SELECT coalesce(max(receipt_id) + 1, 0) FROM affidavit.mirror_receipts) "
      "FROM affidavit.mirror_receipts WHERE leaf_index >= $1",
      leaf_index);
  if (found[0].is_null()) {
    return absl::NotFoundError(Concat({"no entry from ", std::to_string(leaf_index), " on has a receipt yet"}));
  }
  replay.receipt_id_before = cursor[0][0].as<int64_t>();
  replay.receipt_id_after = std::min(replay.receipt_id_before, found[0].as<int64_t>());
  replay.receipt_count = found[1].as<int64_t>() - replay.receipt_id_after;
  return MoveSiemCursor(transaction, sink, SiemFeed::kReceipts, replay.receipt_id_before, replay.receipt_id_after);
}

std::vector<SiemSinkState> ReadSiemSinks(Transaction& transaction) {
  std::vector<SiemSinkState> sinks;
  for (const pqxx::row& row : transaction.exec("SELECT sink, feed, next_id, " AFFIDAVIT_SQL_MICROSECONDS(
           "update_time") " FROM affidavit_state.siem_cursors ORDER BY sink, feed")) {
    sinks.push_back({.sink = row[0].as<std::string>(),
                     .feed = row[1].as<std::string>() == "receipts" ? SiemFeed::kReceipts : SiemFeed::kSecurityEvents,
                     .next_id = row[2].as<int64_t>(),
                     .update_time = TimeFromField(row[3])});
  }
  return sinks;
}

void RecordSecurityEvent(Transaction& transaction, TimePoint event_time, std::string_view name,
                         std::string_view details) {
  transaction.exec_params(
      "INSERT INTO affidavit_state.security_events (event_time, name, details) VALUES ($1::timestamptz, $2, $3::jsonb)",
      FormatRfc3339(event_time), std::string(name), std::string(details));
}

int64_t PruneSecurityEvents(Transaction& transaction, int days) {
  return static_cast<int64_t>(transaction
                                  .exec_params("DELETE FROM affidavit_state.security_events WHERE event_time < "
                                               "clock_timestamp() - make_interval(days => $1)",
                                               days)
                                  .affected_rows());
}

}  // namespace affidavit::db
