#include "db/protection_store.h"

#include <pqxx/pqxx>

#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// What was done to an object last is its state; before anything was, its receipt is.
constexpr char kObjects[] =
    "SELECT m.receipt_id, m.leaf_index, m.store, m.object_key, m.version_id, e.kind, e.source, "
    "coalesce(e.channel, ''), coalesce(e.event_type, ''), coalesce(e.message_id, ''), coalesce(e.correlation_id, ''), "
    AFFIDAVIT_SQL_MICROSECONDS("e.receive_time") ", "
    AFFIDAVIT_SQL_MICROSECONDS("e.retain_until") ", "
    AFFIDAVIT_SQL_MICROSECONDS("coalesce(p.retain_until, m.retain_until)") ", "
    "coalesce(p.legal_hold, m.legal_hold), d.receipt_id IS NOT NULL "
    "FROM affidavit.mirror_receipts m JOIN affidavit.entries e ON e.leaf_index = m.leaf_index "
    "LEFT JOIN LATERAL (SELECT retain_until, legal_hold FROM affidavit.protection_receipts "
    "                   WHERE leaf_index = m.leaf_index ORDER BY protection_id DESC LIMIT 1) p ON true "
    "LEFT JOIN affidavit_state.protection_doubts d ON d.receipt_id = m.receipt_id "
    "WHERE m.receipt_id >= $1 AND m.receipt_id < $2 AND m.outcome <> 'left_out' ORDER BY m.receipt_id";

constexpr char kOpenJobs[] = R"(
  WITH tail AS (SELECT next_receipt_id, next_act_leaf_index FROM affidavit_state.protection_tail FOR UPDATE),
  acts AS (SELECT leaf_index FROM affidavit_state.retention_policies
           UNION ALL SELECT leaf_index FROM affidavit_state.legal_holds
           UNION ALL SELECT release_leaf_index FROM affidavit_state.legal_holds WHERE release_leaf_index IS NOT NULL)
  INSERT INTO affidavit_state.protection_jobs (act_leaf_index, until_receipt_id, end_time)
  SELECT acts.leaf_index, tail.next_receipt_id, CASE WHEN tail.next_receipt_id = 0 THEN clock_timestamp() END
  FROM acts, tail WHERE acts.leaf_index >= tail.next_act_leaf_index AND acts.leaf_index < $1
  ON CONFLICT DO NOTHING)";

ProtectedObject ObjectFrom(const pqxx::row& row) {
  return {.receipt_id = row[0].as<int64_t>(),
          .leaf_index = row[1].as<int64_t>(),
          .store = row[2].as<std::string>(),
          .object_key = row[3].as<std::string>(),
          .version_id = row[4].as<std::string>(),
          .fields = {.kind = *ParseEntryKind(row[5].c_str()),
                     .source = row[6].as<std::string>(),
                     .event_type = row[8].as<std::string>(),
                     .channel = row[7].as<std::string>(),
                     .message_id = row[9].as<std::string>(),
                     .correlation_id = row[10].as<std::string>(),
                     .receive_time = TimeFromField(row[11]),
                     .retain_until = TimeFromField(row[12])},
          .protection = {.retain_until = TimeFromField(row[13]), .legal_hold = row[14].as<bool>()},
          .hold_in_doubt = row[15].as<bool>()};
}

}  // namespace

std::vector<ProtectedObject> ListProtectedObjects(Transaction& transaction, int64_t receipt_id_from,
                                                  int64_t receipt_id_until) {
  std::vector<ProtectedObject> objects;
  for (const pqxx::row& row : transaction.exec_params(kObjects, receipt_id_from, receipt_id_until)) {
    objects.push_back(ObjectFrom(row));
  }
  return objects;
}

int64_t ReadReceiptCount(Transaction& transaction) {
  return transaction.exec1("SELECT coalesce(max(receipt_id) + 1, 0) FROM affidavit.mirror_receipts")[0].as<int64_t>();
}

ProtectionTail ReadProtectionTail(Transaction& transaction) {
  const pqxx::row row =
      transaction.exec1("SELECT next_receipt_id, next_act_leaf_index FROM affidavit_state.protection_tail");
  return {.next_receipt_id = row[0].as<int64_t>(), .next_act_leaf_index = row[1].as<int64_t>()};
}

void SetProtectionTail(Transaction& transaction, int64_t next_receipt_id) {
  transaction.exec_params0("UPDATE affidavit_state.protection_tail SET next_receipt_id = greatest(next_receipt_id, $1)",
                           next_receipt_id);
}

int64_t OpenProtectionJobs(Transaction& transaction) {
  const auto folded =
      transaction.exec1("SELECT next_leaf_index FROM affidavit_state.cursors WHERE name = 'governance' FOR SHARE")[0]
          .as<int64_t>();
  const pqxx::result opened = transaction.exec_params(kOpenJobs, folded);
  transaction.exec_params0(
      "UPDATE affidavit_state.protection_tail SET next_act_leaf_index = $1 WHERE next_act_leaf_index < $1", folded);
  return static_cast<int64_t>(opened.affected_rows());
}

std::optional<ProtectionJobState> ReadOpenProtectionJob(Transaction& transaction) {
  const pqxx::result rows = transaction.exec(
      "SELECT act_leaf_index, next_receipt_id, until_receipt_id FROM affidavit_state.protection_jobs "
      "WHERE end_time IS NULL ORDER BY act_leaf_index LIMIT 1");
  if (rows.empty()) {
    return std::nullopt;
  }
  return ProtectionJobState{.act_leaf_index = rows[0][0].as<int64_t>(),
                            .next_receipt_id = rows[0][1].as<int64_t>(),
                            .until_receipt_id = rows[0][2].as<int64_t>()};
}

void AdvanceProtectionJob(Transaction& transaction, int64_t act_leaf_index, int64_t next_receipt_id,
                          int64_t changed_count) {
  transaction.exec_params0(
      "UPDATE affidavit_state.protection_jobs SET next_receipt_id = $2, changed_count = changed_count + $3, "
      "end_time = CASE WHEN $2 >= until_receipt_id THEN clock_timestamp() END WHERE act_leaf_index = $1",
      act_leaf_index, next_receipt_id, changed_count);
}

void InsertProtectionReceipt(Transaction& transaction, const ProtectionReceipt& receipt) {
  transaction.exec_params0(
      "INSERT INTO affidavit.protection_receipts (leaf_index, regarded_leaf_index, retain_until, legal_hold, "
      "worker_id) VALUES ($1, $2, $3::timestamptz, $4, $5)",
      receipt.leaf_index, receipt.regarded_leaf_index, FormatRfc3339(receipt.protection.retain_until),
      receipt.protection.legal_hold, receipt.worker_id);
}

void RecordHoldDoubt(Transaction& transaction, int64_t receipt_id) {
  transaction.exec_params0(
      "INSERT INTO affidavit_state.protection_doubts (receipt_id) VALUES ($1) ON CONFLICT DO NOTHING", receipt_id);
}

void ForgetHoldDoubt(Transaction& transaction, int64_t receipt_id) {
  transaction.exec_params0("DELETE FROM affidavit_state.protection_doubts WHERE receipt_id = $1", receipt_id);
}

void RecordProtectionFinding(Transaction& transaction, int64_t receipt_id, std::string_view detail) {
  transaction.exec_params0(
      "INSERT INTO affidavit_state.protection_findings AS known (receipt_id, detail) VALUES ($1, $2) "
      "ON CONFLICT (receipt_id) DO UPDATE SET detail = excluded.detail, last_time = clock_timestamp(), "
      "attempt_count = known.attempt_count + 1",
      receipt_id, std::string(detail));
}

void ForgetProtectionFinding(Transaction& transaction, int64_t receipt_id) {
  transaction.exec_params0("DELETE FROM affidavit_state.protection_findings WHERE receipt_id = $1", receipt_id);
}

std::vector<int64_t> ListProtectionFindings(Transaction& transaction, std::chrono::seconds age, int limit) {
  std::vector<int64_t> receipt_ids;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT receipt_id FROM affidavit_state.protection_findings "
           "WHERE last_time <= clock_timestamp() - make_interval(secs => $1) ORDER BY last_time LIMIT $2",
           age.count(), limit)) {
    receipt_ids.push_back(row[0].as<int64_t>());
  }
  return receipt_ids;
}

ProtectionBacklog ReadProtectionBacklog(Transaction& transaction) {
  const pqxx::row row = transaction.exec1(
      "SELECT (SELECT coalesce(sum(until_receipt_id - next_receipt_id), 0)::bigint "
      "        FROM affidavit_state.protection_jobs WHERE end_time IS NULL), "
      "       (SELECT count(*) FROM affidavit_state.protection_findings)");
  return {.receipt_count = row[0].as<int64_t>(), .finding_count = row[1].as<int64_t>()};
}

}  // namespace affidavit::db
