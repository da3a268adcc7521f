#include "db/timeouts_store.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <utility>

#include "db/columns.h"
#include "db/entry_rows.h"
#include "db/state.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// True: no append has given out an index, and with it an integrate_time, that it has not committed.
constexpr char kNobodyAppends[] = R"(
  SELECT NOT EXISTS (
    SELECT FROM pg_locks l, hashtextextended('affidavit.log', 0) k
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid::bigint = ((k >> 32) & 4294967295) AND l.objid::bigint = (k & 4294967295)))";

constexpr char kAroundCursor[] =
    "SELECT (SELECT " AFFIDAVIT_SQL_MICROSECONDS(
        "integrate_time") " FROM affidavit.entries WHERE leaf_index = $1 - 1), "
                          "EXISTS (SELECT FROM affidavit.entries WHERE leaf_index = $1)";

constexpr char kKnownAdapters[] = "SELECT a.adapter_id, " AFFIDAVIT_SQL_MICROSECONDS("a.last_seen_time") ", "  //
    AFFIDAVIT_SQL_MICROSECONDS("a.oldest_spooled_receive_time") ", "                                           //
    AFFIDAVIT_SQL_MICROSECONDS("CASE WHEN r.retire_time >= a.last_seen_time THEN r.retire_time END") R"(
  FROM affidavit_state.adapters a LEFT JOIN affidavit_state.adapter_retirements r USING (adapter_id)
  ORDER BY a.adapter_id)";

// The condition of the index messages_unanswered.
#define AFFIDAVIT_SQL_UNANSWERED "send_leaf_index IS NOT NULL AND NOT is_answered AND timeout_leaf_index IS NULL"

constexpr char kOnlyChannels[] = "WITH c AS (SELECT DISTINCT channel FROM unnest($1::text[]) AS given (channel)) ";

// From channel to channel by the index, over all that they have: a channel without receipts may have millions.
constexpr char kAllButChannels[] = R"(
  WITH RECURSIVE known AS (
    (SELECT channel FROM affidavit_state.messages WHERE )" AFFIDAVIT_SQL_UNANSWERED R"( ORDER BY channel LIMIT 1)
    UNION ALL
    SELECT (SELECT m.channel FROM affidavit_state.messages m
            WHERE m.channel > k.channel AND )" AFFIDAVIT_SQL_UNANSWERED R"( ORDER BY m.channel LIMIT 1)
    FROM known k WHERE k.channel IS NOT NULL),
  c AS (SELECT channel FROM known WHERE channel IS NOT NULL AND ($1::text[] IS NULL OR channel <> ALL ($1::text[]))) )";

constexpr char kDueSends[] =
    "SELECT m.source, m.message_id, e.correlation_id, m.channel, m.send_event_id, m.send_leaf_index, "  //
    AFFIDAVIT_SQL_MICROSECONDS("m.counted_from_time") ", " AFFIDAVIT_SQL_MICROSECONDS(
        "e.receive_time") ", " AFFIDAVIT_SQL_MICROSECONDS("e.integrate_time") ", "  //
    AFFIDAVIT_SQL_MICROSECONDS("e.event_time") R"(
  FROM (
    SELECT m.* FROM c CROSS JOIN LATERAL (
      SELECT * FROM affidavit_state.messages
      WHERE channel = c.channel AND counted_from_time <= $2::timestamptz AND )" AFFIDAVIT_SQL_UNANSWERED R"(
      ORDER BY counted_from_time, send_leaf_index LIMIT $3) m
    ORDER BY m.counted_from_time, m.send_leaf_index LIMIT $3) m
  CROSS JOIN LATERAL (SELECT * FROM affidavit.entries WHERE leaf_index = m.send_leaf_index OFFSET 0) e
  ORDER BY m.counted_from_time, m.send_leaf_index)";

std::optional<TimePoint> TimeIfAny(const pqxx::field& microseconds) {
  return microseconds.is_null() ? std::nullopt : std::optional(TimeFromField(microseconds));
}

DueSend DueSendFrom(const pqxx::row& row) {
  DueSend send{.source = row[0].as<std::string>(),
               .message_id = row[1].as<std::string>(),
               .correlation_id = std::nullopt,
               .channel = row[3].as<std::string>(),
               .event_id = row[4].as<std::string>(),
               .leaf_index = row[5].as<int64_t>(),
               .counted_from_time = TimeFromField(row[6]),
               .receive_time = TimeFromField(row[7]),
               .integrate_time = TimeFromField(row[8]),
               .event_time = TimeIfAny(row[9])};
  if (!row[2].is_null()) {
    send.correlation_id = row[2].as<std::string>();
  }
  return send;
}

}  // namespace

TimeoutHorizon ReadTimeoutHorizon(Transaction& transaction) {
  const auto cursor =
      transaction.exec1("SELECT next_leaf_index FROM affidavit_state.cursors WHERE name = 'facts' FOR SHARE")[0]
          .as<int64_t>();
  // In this order, each with a snapshot of its own: an append that was under way at database_time either still holds
  // the log's lock, or its entries are seen by the last statement.
  TimeoutHorizon horizon{.folded_until = std::nullopt, .database_time = ReadDatabaseTime(transaction)};
  const bool nobody_appends = transaction.exec1(kNobodyAppends)[0].as<bool>();
  const pqxx::row around = transaction.exec_params1(kAroundCursor, cursor);
  const bool all_folded = !around[1].as<bool>();
  horizon.folded_until = all_folded && nobody_appends ? horizon.database_time : TimeIfAny(around[0]);
  return horizon;
}

AdapterHoldup ReadAdapterHoldup(Transaction& transaction, std::chrono::seconds silence) {
  AdapterHoldup holdup;
  const TimePoint now = ReadDatabaseTime(transaction);
  for (KnownAdapter& adapter : ReadKnownAdapters(transaction)) {
    if (adapter.retire_time.has_value()) {
      continue;
    }
    const std::optional<TimePoint> spooled = adapter.oldest_spooled_receive_time;
    if (spooled.has_value()) {
      holdup.oldest_spooled_receive_time = std::min(*spooled, holdup.oldest_spooled_receive_time.value_or(*spooled));
    }
    if (now - adapter.last_seen_time > silence) {
      holdup.silent_adapter_ids.push_back(std::move(adapter.adapter_id));
    }
  }
  return holdup;
}

std::vector<DueSend> ReadDueSends(Transaction& transaction, ChannelMatch match, std::span<const std::string> channels,
                                  TimePoint until, int limit) {
  Columns given{ElementType::kText};
  for (const std::string& channel : channels) {
    if (StorableText(channel) == channel) {
      given.AddRow(channel);
    }
  }
  const bool only = match == ChannelMatch::kOnly;
  if (only && given.empty()) {
    return {};
  }
  // The planner's guesses about who is unanswered are poor, and it looks here every second.
  transaction.exec("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off");
  const std::string sql = std::string(only ? kOnlyChannels : kAllButChannels) + kDueSends;
  const std::string until_text = FormatRfc3339(until);
  std::vector<DueSend> sends;
  for (const pqxx::row& row : given.empty() ? transaction.exec_params(sql, nullptr, until_text, limit)
                                            : transaction.exec_params(sql, given.Parameter(0), until_text, limit)) {
    sends.push_back(DueSendFrom(row));
  }
  return sends;
}

std::vector<KnownAdapter> ReadKnownAdapters(Transaction& transaction) {
  std::vector<KnownAdapter> adapters;
  for (const pqxx::row& row : transaction.exec(kKnownAdapters)) {
    adapters.push_back({.adapter_id = row[0].as<std::string>(),
                        .last_seen_time = TimeFromField(row[1]),
                        .oldest_spooled_receive_time = TimeIfAny(row[2]),
                        .retire_time = TimeIfAny(row[3])});
  }
  return adapters;
}

}  // namespace affidavit::db
