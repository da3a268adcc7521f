#include "db/governance_store.h"

#include <pqxx/pqxx>
#include <utility>

#include "core/base/status_macros.h"
#include "db/entry_reader.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// Of one step: keeps its transaction short.
constexpr int kActsAtOnceMax = 200;
constexpr int64_t kActBytesAtOnceMax = 3 << 20;

// What is folded may be folded again: a policy is only ever lengthened, the first of two holds or releases counts.
constexpr char kFoldPolicy[] = R"(
  INSERT INTO affidavit_state.retention_policies AS known
    (source, channel, event_type, regime, years, actor, leaf_index, set_time, first_leaf_index)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $7)
  ON CONFLICT (source, channel, event_type, regime) DO UPDATE
  SET years = excluded.years, actor = excluded.actor, leaf_index = excluded.leaf_index, set_time = excluded.set_time
  WHERE known.years < excluded.years)";
constexpr char kFoldHold[] = R"(
  INSERT INTO affidavit_state.legal_holds
    (hold_id, leaf_index, case_reference, actor, source, message_id, correlation_id, start_time, end_time, create_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $9::timestamptz, $10::timestamptz) ON CONFLICT DO NOTHING)";
constexpr char kFoldRelease[] = R"(
  UPDATE affidavit_state.legal_holds
  SET release_leaf_index = $2, release_actor = $3, release_reason = $4, release_time = $5::timestamptz
  WHERE hold_id = $1 AND release_leaf_index IS NULL)";

#define AFFIDAVIT_SQL_PROGRESS(job)                                                                            \
  job ".next_receipt_id, " job ".until_receipt_id, " job ".changed_count, " AFFIDAVIT_SQL_MICROSECONDS(job     \
                                                                                                       ".end_" \
                                                                                                       "time")

constexpr char kPolicies[] =
    "SELECT p.source, p.channel, p.event_type, p.regime, p.years, p.actor, p.leaf_index, p.first_leaf_index, "  //
    AFFIDAVIT_SQL_MICROSECONDS("p.set_time") ", " AFFIDAVIT_SQL_PROGRESS(
        "j") " FROM affidavit_state.retention_policies p "
             "LEFT JOIN affidavit_state.protection_jobs j ON j.act_leaf_index = p.leaf_index ";

constexpr char kHolds[] = "SELECT h.hold_id, h.case_reference, h.actor, h.source, h.message_id, h.correlation_id, "  //
    AFFIDAVIT_SQL_MICROSECONDS("h.start_time") ", " AFFIDAVIT_SQL_MICROSECONDS("h.end_time") ", h.leaf_index, "      //
    AFFIDAVIT_SQL_MICROSECONDS("h.create_time") ", h.release_leaf_index, h.release_actor, h.release_reason, "        //
    AFFIDAVIT_SQL_MICROSECONDS("h.release_time") ", " AFFIDAVIT_SQL_PROGRESS("j") ", " AFFIDAVIT_SQL_PROGRESS("r")   //
    " FROM affidavit_state.legal_holds h "
    "LEFT JOIN affidavit_state.protection_jobs j ON j.act_leaf_index = h.leaf_index "
    "LEFT JOIN affidavit_state.protection_jobs r ON r.act_leaf_index = h.release_leaf_index ";

std::optional<TimePoint> OptionalTime(const pqxx::field& field) {
  return field.is_null() ? std::nullopt : std::optional(TimeFromField(field));
}

std::optional<ActProgress> ProgressFrom(const pqxx::row& row, int column) {
  if (row[column].is_null()) {
    return std::nullopt;
  }
  return ActProgress{.checked_count = row[column].as<int64_t>(),
                     .total_count = row[column + 1].as<int64_t>(),
                     .changed_count = row[column + 2].as<int64_t>(),
                     .end_time = OptionalTime(row[column + 3])};
}

StoredPolicy PolicyFrom(const pqxx::row& row) {
  return {.policy = {.source = row[0].as<std::string>(),
                     .channel = row[1].as<std::string>(),
                     .event_type = row[2].as<std::string>(),
                     .regime = row[3].as<std::string>(),
                     .years = row[4].as<int>()},
          .actor = row[5].as<std::string>(),
          .leaf_index = row[6].as<int64_t>(),
          .first_leaf_index = row[7].as<int64_t>(),
          .set_time = TimeFromField(row[8]),
          .progress = ProgressFrom(row, 9)};
}

StoredHold HoldFrom(const pqxx::row& row) {
  StoredHold stored{.hold = {.hold_id = row[0].as<std::string>(),
                             .case_reference = row[1].as<std::string>(),
                             .actor = row[2].as<std::string>(),
                             .predicate = {.source = row[3].as<std::string>(),
                                           .message_id = row[4].as<std::string>(),
                                           .correlation_id = row[5].as<std::string>(),
                                           .start_time = OptionalTime(row[6]),
                                           .end_time = OptionalTime(row[7])}},
                    .leaf_index = row[8].as<int64_t>(),
                    .create_time = TimeFromField(row[9])};
  if (!row[10].is_null()) {
    stored.release_leaf_index = row[10].as<int64_t>();
    stored.release = ReleaseHold{
        .hold_id = stored.hold.hold_id, .actor = row[11].as<std::string>(), .reason = row[12].as<std::string>()};
    stored.release_time = TimeFromField(row[13]);
  }
  stored.progress = ProgressFrom(row, 14);
  stored.release_progress = ProgressFrom(row, 18);
  return stored;
}

// Folds acts into the tables. One act's time is when the ledger received it.
class ActFolder {
 public:
  ActFolder(Transaction& transaction, int64_t leaf_index, TimePoint time)
      : transaction_(transaction), leaf_index_(leaf_index), time_(FormatRfc3339(time)) {}

  void operator()(const SetRetention& act) {
    const RetentionPolicy& policy = act.policy;
    transaction_.exec_params(kFoldPolicy, policy.source, policy.channel, policy.event_type, policy.regime, policy.years,
                             act.actor, leaf_index_, time_);
  }

  void operator()(const LegalHold& hold) {
    const HoldPredicate& predicate = hold.predicate;
    const std::string start = predicate.start_time ? FormatRfc3339(*predicate.start_time) : "";
    const std::string end = predicate.end_time ? FormatRfc3339(*predicate.end_time) : "";
    transaction_.exec_params(kFoldHold, hold.hold_id, leaf_index_, hold.case_reference, hold.actor, predicate.source,
                             predicate.message_id, predicate.correlation_id, start.empty() ? nullptr : start.c_str(),
                             end.empty() ? nullptr : end.c_str(), time_);
  }

  void operator()(const ReleaseHold& act) {
    transaction_.exec_params(kFoldRelease, act.hold_id, leaf_index_, act.actor, act.reason, time_);
  }

 private:
  Transaction& transaction_;
  const int64_t leaf_index_;
  const std::string time_;
};

// False: it is an act that cannot be read.
absl::StatusOr<bool> FoldEntry(Transaction& transaction, const StoredEntry& entry) {
  ASSIGN_OR_RETURN(const LeafFields fields, DecodeLeaf(entry.leaf));
  if (!IsActType(fields.event_type)) {
    return true;
  }
  const absl::StatusOr<GovernanceAct> act = DecodeAct(fields.event_type, entry.payload.value_or(""));
  if (!act.ok()) {
    return false;
  }
  std::visit(ActFolder(transaction, entry.leaf_index, fields.receive_time), *act);
  return true;
}

}  // namespace

absl::StatusOr<GovernanceFold> FoldGovernance(Transaction& transaction) {
  // The row lock makes folders queue up; what is read afterwards shows a prefix of the log (db/state.cc, FoldCounts).
  GovernanceFold fold;
  fold.next_leaf_index =
      transaction.exec1("SELECT next_leaf_index FROM affidavit_state.cursors WHERE name = 'governance' FOR UPDATE")[0]
          .as<int64_t>();
  fold.tree_size = ReadTreeSize(transaction);
  if (fold.next_leaf_index >= fold.tree_size) {
    return fold;
  }
  const ListFilter filter{.kinds = {EntryKind::kGovernance}};
  ASSIGN_OR_RETURN(const ListPage page, ListEntries(transaction, filter, fold.next_leaf_index, fold.tree_size,
                                                    kActsAtOnceMax, WithPayload::kYes, kActBytesAtOnceMax));
  for (const StoredEntry& entry : page.entries) {
    ASSIGN_OR_RETURN(const bool readable, FoldEntry(transaction, entry));
    if (!readable) {
      fold.unreadable.push_back(entry.leaf_index);
    }
  }
  fold.next_leaf_index = page.next_leaf_index.value_or(fold.tree_size);
  transaction.exec_params0("UPDATE affidavit_state.cursors SET next_leaf_index = $1 WHERE name = 'governance'",
                           fold.next_leaf_index);
  return fold;
}

Governance ReadGovernance(Transaction& transaction) {
  // The lock keeps tables and cursor together: three statements have three snapshots.
  Governance governance;
  governance.next_leaf_index =
      transaction.exec1("SELECT next_leaf_index FROM affidavit_state.cursors WHERE name = 'governance' FOR SHARE")[0]
          .as<int64_t>();
  governance.policies = ReadPolicies(transaction);
  for (const pqxx::row& row : transaction.exec(std::string(kHolds) + "WHERE h.release_leaf_index IS NULL")) {
    governance.holds.Create(HoldFrom(row).hold);
  }
  return governance;
}

RetentionPolicies ReadPolicies(Transaction& transaction) {
  RetentionPolicies policies;
  for (const pqxx::row& row : transaction.exec(kPolicies)) {
    policies.Add(PolicyFrom(row).policy);
  }
  return policies;
}

std::vector<StoredPolicy> ListPolicies(Transaction& transaction, int64_t from_leaf_index, int64_t tree_size,
                                       int limit) {
  std::vector<StoredPolicy> policies;
  for (const pqxx::row& row : transaction.exec_params(
           std::string(kPolicies) +
               "WHERE p.first_leaf_index >= $1 AND p.first_leaf_index < $2 ORDER BY p.first_leaf_index LIMIT $3",
           from_leaf_index, tree_size, limit)) {
    policies.push_back(PolicyFrom(row));
  }
  return policies;
}

std::optional<StoredPolicy> FindPolicy(Transaction& transaction, const RetentionPolicy& same) {
  const pqxx::result rows = transaction.exec_params(
      std::string(kPolicies) + "WHERE p.source = $1 AND p.channel = $2 AND p.event_type = $3 AND p.regime = $4",
      same.source, same.channel, same.event_type, same.regime);
  return rows.empty() ? std::nullopt : std::optional(PolicyFrom(rows[0]));
}

std::vector<StoredHold> ListHolds(Transaction& transaction, int64_t from_leaf_index, int64_t tree_size,
                                  WithReleased released, std::string_view case_reference, int limit) {
  std::vector<StoredHold> holds;
  for (const pqxx::row& row : transaction.exec_params(
           std::string(kHolds) +
               "WHERE h.leaf_index >= $1 AND h.leaf_index < $2 AND ($3 OR h.release_leaf_index IS NULL) AND "
               "($4 = '' OR h.case_reference = $4) ORDER BY h.leaf_index LIMIT $5",
           from_leaf_index, tree_size, released == WithReleased::kYes, std::string(case_reference), limit)) {
    holds.push_back(HoldFrom(row));
  }
  return holds;
}

std::optional<StoredHold> FindHold(Transaction& transaction, std::string_view hold_id) {
  const pqxx::result rows = transaction.exec_params(std::string(kHolds) + "WHERE h.hold_id = $1", std::string(hold_id));
  return rows.empty() ? std::nullopt : std::optional(HoldFrom(rows[0]));
}

std::optional<ActScope> FindActScope(Transaction& transaction, int64_t leaf_index) {
  const pqxx::result policies = transaction.exec_params(std::string(kPolicies) + "WHERE p.leaf_index = $1", leaf_index);
  if (!policies.empty()) {
    return PolicyFrom(policies[0]).policy;
  }
  const pqxx::result holds =
      transaction.exec_params(std::string(kHolds) + "WHERE h.leaf_index = $1 OR h.release_leaf_index = $1", leaf_index);
  return holds.empty() ? std::nullopt : std::optional<ActScope>(HoldFrom(holds[0]).hold.predicate);
}

int64_t CountLengthened(Transaction& transaction, const RetentionPolicy& policy, int64_t from_leaf_index,
                        int64_t until_leaf_index) {
  // A range of the primary key, whatever the planner guesses. Calendar years are counted in UTC (core/retention).
  transaction.exec("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off");
  return transaction
      .exec_params1(R"(
        SELECT count(*) FROM affidavit.entries
        WHERE leaf_index >= $1 AND leaf_index < $2 AND kind <> 'excluded'
          AND retain_until < (receive_time AT TIME ZONE 'UTC' + make_interval(years => $3)) AT TIME ZONE 'UTC'
          AND (kind = 'governance' OR (($4 = '' OR source = $4) AND ($5 = '' OR channel = $5)
                                       AND ($6 = '' OR event_type = $6))))",
                    from_leaf_index, until_leaf_index, policy.years, policy.source, policy.channel,
                    policy.event_type)[0]
      .as<int64_t>();
}

}  // namespace affidavit::db
