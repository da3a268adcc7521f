#include "db/mirror_store.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "db/entry_rows.h"
#include "db/mirror_receipt_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// One statement, so one snapshot.
constexpr char kMirrorProgress[] = R"(
  SELECT t.size, m.next_leaf_index, a.next_leaf_index, (SELECT count(*) FROM affidavit_state.mirror_findings),
    (SELECT coalesce(max(receipt_id) + 1, 0) FROM affidavit.mirror_receipts),
    (SELECT coalesce(max(number), 1) FROM affidavit.origins),
    (SELECT )" AFFIDAVIT_SQL_MICROSECONDS("integrate_time") R"( FROM affidavit.entries
     WHERE leaf_index = m.next_leaf_index),
    (SELECT )" AFFIDAVIT_SQL_MICROSECONDS("write_time") R"( FROM affidavit.mirror_receipts
     ORDER BY receipt_id DESC LIMIT 1), )" AFFIDAVIT_SQL_MICROSECONDS("clock_timestamp()") R"(
  FROM affidavit_state.cursors m, affidavit_state.cursors a,
    (SELECT coalesce(max(leaf_index) + 1, 0) AS size FROM affidavit.entries) t
  WHERE m.name = 'mirror' AND a.name = 'mirror_attempt')";

constexpr char kRecordFinding[] = R"(
  INSERT INTO affidavit_state.mirror_findings AS f (leaf_index, reason, detail) VALUES ($1, $2, $3)
  ON CONFLICT (leaf_index) DO UPDATE SET reason = excluded.reason, detail = excluded.detail,
    last_time = clock_timestamp(), attempt_count = f.attempt_count + 1
  RETURNING attempt_count = 1)";

std::optional<TimePoint> MirrorTimeOf(const pqxx::field& microseconds) {
  return microseconds.is_null() ? std::nullopt : std::optional<TimePoint>(TimeFromField(microseconds));
}

std::string SelectReceipts(const char* which) {
  return absl::StrCat("SELECT ", kReceiptColumns, " FROM affidavit.mirror_receipts ", which);
}

std::vector<MirrorReceipt> ReceiptsOf(const pqxx::result& rows) {
  std::vector<MirrorReceipt> receipts;
  for (const pqxx::row& row : rows) {
    receipts.push_back(ReceiptFromRow(row));
  }
  return receipts;
}

std::string TimeLiteral(Transaction& transaction, TimePoint time) {
  return absl::StrCat(transaction.quote(FormatRfc3339(time)), "::timestamptz");
}

std::string ReceiptValues(Transaction& transaction, const MirrorReceipt& receipt, int64_t receipt_id) {
  std::string object = "NULL, NULL, NULL, NULL, NULL, NULL";
  if (receipt.outcome != MirrorOutcome::kLeftOut) {
    const Digest checksum = receipt.checksum.value_or(Digest{});
    object = absl::StrCat(transaction.quote(receipt.store), ", ", transaction.quote(receipt.object_key), ", ",
                          transaction.quote(receipt.version_id), ", '\\x", HexEncode(AsBytes(checksum)), "'::bytea, ",
                          TimeLiteral(transaction, receipt.retain_until.value_or(TimePoint())), ", ",
                          TimeLiteral(transaction, receipt.store_time.value_or(TimePoint())));
  }
  return absl::StrCat("(", receipt.leaf_index, ", ", receipt_id, ", ",
                      transaction.quote(std::string(MirrorOutcomeName(receipt.outcome))), ", ", object, ", ",
                      receipt.legal_hold ? "true" : "false", ", ", transaction.quote(receipt.worker_id), ")");
}

}  // namespace

std::string_view MirrorOutcomeName(MirrorOutcome outcome) {
  switch (outcome) {
    case MirrorOutcome::kCopied:
      return "copied";
    case MirrorOutcome::kExisting:
      return "existing";
    case MirrorOutcome::kLeftOut:
      break;
  }
  return "left_out";
}

absl::Status InsertMirrorReceipts(Transaction& transaction, std::span<const MirrorReceipt> receipts) {
  if (receipts.empty()) {
    return absl::OkStatus();
  }
  // The row lock makes writers queue up, so that receipt_ids are dense and grow with the commits. What follows is a
  // statement of its own: its snapshot is taken after the wait.
  transaction.exec1("SELECT FROM affidavit_state.cursors WHERE name = 'mirror' FOR UPDATE");
  auto receipt_id =
      transaction.exec1("SELECT coalesce(max(receipt_id) + 1, 0) FROM affidavit.mirror_receipts")[0].as<int64_t>();
  std::string values;
  std::string leaf_indexes;
  std::optional<TimePoint> retain_until;
  for (const MirrorReceipt& receipt : receipts) {
    absl::StrAppend(&values, values.empty() ? "" : ", ", ReceiptValues(transaction, receipt, receipt_id++));
    absl::StrAppend(&leaf_indexes, leaf_indexes.empty() ? "" : ", ", receipt.leaf_index);
    retain_until = std::max(retain_until, receipt.retain_until);
  }
  const pqxx::result inserted = transaction.exec(
      absl::StrCat("INSERT INTO affidavit.mirror_receipts (leaf_index, receipt_id, outcome, store, object_key, "
                   "version_id, checksum, retain_until, store_time, legal_hold, worker_id) VALUES ",
                   values, " ON CONFLICT (leaf_index) DO NOTHING"));
  if (inserted.affected_rows() != receipts.size()) {
    return absl::AlreadyExistsError("an entry has a mirror receipt already");
  }
  transaction.exec(
      absl::StrCat("DELETE FROM affidavit_state.mirror_findings WHERE leaf_index IN (", leaf_indexes, ")"));
  if (retain_until.has_value()) {
    RaiseMirroredRetention(transaction, *retain_until);
  }
  return absl::OkStatus();
}

std::optional<MirrorReceipt> ReadMirrorReceipt(Transaction& transaction, int64_t leaf_index) {
  const pqxx::result rows = transaction.exec_params(SelectReceipts("WHERE leaf_index = $1"), leaf_index);
  return rows.empty() ? std::nullopt : std::optional<MirrorReceipt>(ReceiptFromRow(rows[0]));
}

std::vector<MirrorReceipt> ListMirrorReceipts(Transaction& transaction, int64_t receipt_id_min, int limit) {
  return ReceiptsOf(transaction.exec_params(SelectReceipts("WHERE receipt_id >= $1 ORDER BY receipt_id LIMIT $2"),
                                            receipt_id_min, limit));
}

std::vector<MirrorReceipt> ReadMirrorReceipts(Transaction& transaction, int64_t begin, int64_t end) {
  return ReceiptsOf(transaction.exec_params(
      SelectReceipts("WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index"), begin, end));
}

bool RecordMirrorFinding(Transaction& transaction, const MirrorFinding& finding) {
  return transaction.exec_params1(kRecordFinding, finding.leaf_index, finding.reason, finding.detail)[0].as<bool>();
}

std::vector<MirrorFinding> ListMirrorFindings(Transaction& transaction, int limit) {
  std::vector<MirrorFinding> findings;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT leaf_index, reason, detail, " AFFIDAVIT_SQL_MICROSECONDS(
               "first_time") ", " AFFIDAVIT_SQL_MICROSECONDS("last_time") ", attempt_count FROM "
                                                                          "affidavit_state.mirror_findings ORDER BY "
                                                                          "last_time, leaf_index LIMIT $1",
           limit)) {
    findings.push_back({row[0].as<int64_t>(), row[1].as<std::string>(), row[2].as<std::string>(), TimeFromField(row[3]),
                        TimeFromField(row[4]), row[5].as<int>()});
  }
  return findings;
}

MirrorProgress ReadMirrorProgress(Transaction& transaction) {
  const pqxx::row row = transaction.exec1(kMirrorProgress);
  return {.tree_size = row[0].as<int64_t>(),
          .next_leaf_index = row[1].as<int64_t>(),
          .attempted_leaf_index = row[2].as<int64_t>(),
          .finding_count = row[3].as<int64_t>(),
          .receipt_count = row[4].as<int64_t>(),
          .incarnation = row[5].as<int>(),
          .waiting_since = MirrorTimeOf(row[6]),
          .last_write_time = MirrorTimeOf(row[7]),
          .database_time = TimeFromField(row[8])};
}

void SetMirrorCursor(Transaction& transaction, int64_t next_leaf_index) {
  transaction.exec_params(
      "UPDATE affidavit_state.cursors SET next_leaf_index = greatest(next_leaf_index, $1) WHERE name = 'mirror'",
      next_leaf_index);
}

void RaiseMirrorAttempt(Transaction& transaction, int64_t leaf_index_end) {
  transaction.exec_params(
      "UPDATE affidavit_state.cursors SET next_leaf_index = greatest(next_leaf_index, $1) "
      "WHERE name = 'mirror_attempt'",
      leaf_index_end);
}

void RaiseMirroredRetention(Transaction& transaction, TimePoint retain_until) {
  transaction.exec_params(
      "UPDATE affidavit_state.mirror_retention SET retain_until = $1::timestamptz WHERE retain_until < $1::timestamptz",
      FormatRfc3339(retain_until));
}

absl::StatusOr<std::vector<MirrorEntry>> ReadMirrorEntries(Transaction& transaction, int64_t begin, int64_t tree_size,
                                                           int limit, int64_t payload_bytes_max) {
  const int64_t end = std::min(tree_size, begin + limit);
  std::vector<MirrorEntry> entries;
  absl::StatusOr<ListPage> page = ListEntries(transaction, {}, begin, end, limit, WithPayload::kYes, payload_bytes_max);
  if (page.ok()) {
    int64_t next = begin;
    for (StoredEntry& entry : page->entries) {
      for (; next < entry.leaf_index; ++next) {
        entries.push_back({next, absl::DataLossError("the entry is missing")});
      }
      entries.push_back({next++, std::move(entry)});
    }
    for (const int64_t until = page->next_leaf_index.value_or(end); next < until; ++next) {
      entries.push_back({next, absl::DataLossError("the entry is missing")});
    }
    return entries;
  }
  if (!absl::IsDataLoss(page.status())) {
    return page.status();
  }
  // One of them is damaged: which, is seen when each is read by itself.
  for (int64_t next = begin; next < end && payload_bytes_max > 0; ++next) {
    absl::StatusOr<std::optional<StoredEntry>> entry = ReadEntry(transaction, next, WithPayload::kYes);
    if (!entry.ok() && !absl::IsDataLoss(entry.status())) {
      return entry.status();
    }
    if (entry.ok() && entry->has_value()) {
      payload_bytes_max -= static_cast<int64_t>((*entry)->payload.value_or("").size());
      entries.push_back({next, **std::move(entry)});
    } else {
      entries.push_back({next, entry.ok() ? absl::DataLossError("the entry is missing") : entry.status()});
    }
  }
  return entries;
}

}  // namespace affidavit::db
