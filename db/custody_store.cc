#include "db/custody_store.h"

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "db/columns.h"
#include "db/lookup.h"
#include "db/mirror_receipt_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// A probe of the primary key for each entry: LIMIT keeps the planner from joining in another way, which it would prefer
// while the tables are small. What was done to an object last is its state, as in db/protection_store.cc.
constexpr char kCopyRows[] = R"(
  FROM (
    SELECT i.leaf_index, m.receipt_id, m.outcome, m.store, m.object_key, m.version_id, m.checksum,
      coalesce(p.retain_until, m.retain_until) AS retain_until, m.store_time,
      coalesce(p.legal_hold, m.legal_hold) AS legal_hold, m.worker_id, m.write_time, f.finding
    FROM unnest($1::bigint[]) AS i(leaf_index)
    LEFT JOIN LATERAL (
      SELECT * FROM affidavit.mirror_receipts WHERE leaf_index = i.leaf_index LIMIT 1) m ON true
    LEFT JOIN LATERAL (
      SELECT retain_until, legal_hold FROM affidavit.protection_receipts WHERE leaf_index = i.leaf_index
      ORDER BY protection_id DESC LIMIT 1) p ON true
    LEFT JOIN LATERAL (
      SELECT coalesce(nullif(detail, ''), reason) AS finding FROM affidavit_state.mirror_findings
      WHERE leaf_index = i.leaf_index LIMIT 1) f ON true) c
  WHERE receipt_id IS NOT NULL OR finding IS NOT NULL)";
constexpr int kFindingColumn = 12;  // after kReceiptColumns

constexpr char kProjectedFacts[] = R"(
  SELECT f.leaf_index, f.carrier, coalesce(f.consent, ''), coalesce(f.verdict, ''), coalesce(f.schema_id, ''),
    coalesce(f.drift_pointer, ''), coalesce(f.drift_reason, '')
  FROM unnest($1::bigint[]) AS i(leaf_index)
  CROSS JOIN LATERAL (
    SELECT * FROM affidavit_state.message_facts WHERE leaf_index = i.leaf_index LIMIT 1) f)";

// Each branch is the predicate of one index (migrations/0011_facts): there may be thousands of holds on single
// messages.
constexpr char kHoldsFor[] = "SELECT hold_id, case_reference, actor, source, message_id, correlation_id, "  //
    AFFIDAVIT_SQL_MICROSECONDS("start_time") ", " AFFIDAVIT_SQL_MICROSECONDS("end_time") R"(
  FROM (
    SELECT * FROM affidavit_state.legal_holds
    WHERE release_leaf_index IS NULL AND message_id <> '' AND message_id = ANY($1::text[])
    UNION ALL
    SELECT * FROM affidavit_state.legal_holds
    WHERE release_leaf_index IS NULL AND correlation_id <> '' AND correlation_id = ANY($2::text[])
    UNION ALL
    SELECT * FROM affidavit_state.legal_holds
    WHERE release_leaf_index IS NULL AND message_id = '' AND correlation_id = '') h
  ORDER BY leaf_index)";

constexpr char kFindBySubject[] = R"(
  SELECT leaf_index FROM affidavit_state.entry_subjects WHERE subject_hash = $1::bytea AND leaf_index < $2::bigint
  ORDER BY leaf_index DESC LIMIT $3::integer)";

const std::string& CopiesSql() {
  static const std::string* const sql =
      new std::string(absl::StrCat("SELECT ", kReceiptColumns, ", finding", kCopyRows));
  return *sql;
}

pqxx::result RunForEach(Transaction& transaction, const char* sql, std::span<const int64_t> leaf_indexes) {
  if (leaf_indexes.empty()) {
    return {};
  }
  Columns indexes{ElementType::kInt8};
  for (const int64_t leaf_index : leaf_indexes) {
    indexes.AddRow(leaf_index);
  }
  return indexes.Run(transaction, sql);
}

std::optional<TimePoint> HoldTimeOf(const pqxx::field& microseconds) {
  return microseconds.is_null() ? std::nullopt : std::optional<TimePoint>(TimeFromField(microseconds));
}

LegalHold ActiveHoldFrom(const pqxx::row& row) {
  return {.hold_id = row[0].as<std::string>(),
          .case_reference = row[1].as<std::string>(),
          .actor = row[2].as<std::string>(),
          .predicate = {.source = row[3].as<std::string>(),
                        .message_id = row[4].as<std::string>(),
                        .correlation_id = row[5].as<std::string>(),
                        .start_time = HoldTimeOf(row[6]),
                        .end_time = HoldTimeOf(row[7])}};
}

}  // namespace

std::span<const NamedStatement> CustodyStatements() {
  static const NamedStatement kStatementsOfCustody[] = {{"copies", CopiesSql().c_str()},
                                                        {"projected_facts", kProjectedFacts},
                                                        {"holds_for", kHoldsFor},
                                                        {"find_by_subject", kFindBySubject}};
  return kStatementsOfCustody;
}

std::map<int64_t, CopyState> ReadCopies(Transaction& transaction, std::span<const int64_t> leaf_indexes) {
  std::map<int64_t, CopyState> copies;
  for (const pqxx::row& row : RunForEach(transaction, CopiesSql().c_str(), leaf_indexes)) {
    CopyState& copy = copies[row[0].as<int64_t>()];
    copy.has_receipt = !row[1].is_null();
    if (copy.has_receipt) {
      copy.receipt = ReceiptFromRow(row);
    } else {
      copy.finding = row[kFindingColumn].as<std::string>();
    }
  }
  return copies;
}

std::map<int64_t, ProjectedFact> ReadProjectedFacts(Transaction& transaction, std::span<const int64_t> leaf_indexes) {
  std::map<int64_t, ProjectedFact> facts;
  for (const pqxx::row& row : RunForEach(transaction, kProjectedFacts, leaf_indexes)) {
    facts[row[0].as<int64_t>()] = {.carrier = row[1].as<std::string>(),
                                   .consent = row[2].as<std::string>(),
                                   .verdict = row[3].as<std::string>(),
                                   .schema_id = row[4].as<std::string>(),
                                   .drift_pointer = row[5].as<std::string>(),
                                   .drift_reason = row[6].as<std::string>()};
  }
  return facts;
}

std::vector<LegalHold> ReadHoldsFor(Transaction& transaction, const std::string& message_id,
                                    std::span<const std::string> correlation_ids) {
  Columns of_message{ElementType::kText}, of_correlations{ElementType::kText};
  of_message.AddRow(message_id);
  of_correlations.AddRow(std::string());  // that of no hold: no array may be empty
  for (const std::string& correlation_id : correlation_ids) {
    of_correlations.AddRow(correlation_id);
  }
  std::vector<LegalHold> holds;
  for (const pqxx::row& row : of_message.Run(transaction, kHoldsFor, of_correlations)) {
    holds.push_back(ActiveHoldFrom(row));
  }
  return holds;
}

std::vector<int64_t> FindBySubject(Transaction& transaction, const Digest& subject_hash, int64_t before_leaf_index,
                                   int limit) {
  std::vector<int64_t> leaf_indexes;
  const pqxx::binarystring hash(subject_hash.data(), subject_hash.size());
  for (const pqxx::row& row : transaction.exec_params(kFindBySubject, hash, before_leaf_index, limit)) {
    leaf_indexes.push_back(row[0].as<int64_t>());
  }
  return leaf_indexes;
}

}  // namespace affidavit::db
