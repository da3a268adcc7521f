#include "db/facts_store.h"

#include <pqxx/pqxx>
#include <stdexcept>

#include "db/columns.h"
#include "db/entry_rows.h"
#include "db/facts_parts.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kMoveFactsCursor[] =
    "UPDATE affidavit_state.cursors SET next_leaf_index = $2 WHERE name = 'facts' AND next_leaf_index = $1";

constexpr char kInsertFacts[] = R"(
  INSERT INTO affidavit_state.message_facts
    (leaf_index, source, message_id, kind, event_type, channel, carrier, status, status_word, event_time, delivery_time,
     receive_time, integrate_time, consent, verdict, schema_id, drift_pointer, drift_reason, shape_id, payload_error)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::text[],
    $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[]))";

constexpr char kInsertSubjects[] =
    "INSERT INTO affidavit_state.entry_subjects (subject_hash, leaf_index) "
    "SELECT * FROM unnest($1::bytea[], $2::bigint[])";

// A block is folded in as many steps as it likes: counts add up, times widen.
constexpr char kAddToBlocks[] = R"(
  INSERT INTO affidavit_state.entry_blocks AS b
    (block, source, kind, event_type, channel, entry_count, min_receive_time, max_receive_time)
  SELECT leaf_index >> 10, source, kind, event_type, channel, count(*), min(receive_time), max(receive_time)
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    AS e (leaf_index, source, kind, event_type, channel, receive_time)
  GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT (block, source, kind, event_type, channel) DO UPDATE
  SET entry_count = b.entry_count + excluded.entry_count,
      min_receive_time = least(b.min_receive_time, excluded.min_receive_time),
      max_receive_time = greatest(b.max_receive_time, excluded.max_receive_time))";

constexpr char kAddToCounts[] = R"(
  INSERT INTO affidavit_state.fact_counts AS c (name, fact_count) SELECT * FROM unnest($1::text[], $2::bigint[])
  ON CONFLICT (name) DO UPDATE SET fact_count = c.fact_count + excluded.fact_count)";

// The last retirement counts: an adapter may come back and be retired again.
constexpr char kWriteRetirements[] = R"(
  INSERT INTO affidavit_state.adapter_retirements (adapter_id, leaf_index, retire_time, actor)
  SELECT DISTINCT ON (adapter_id) adapter_id, leaf_index, retire_time, actor
  FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::text[]) AS r (adapter_id, leaf_index, retire_time, actor)
  ORDER BY adapter_id, leaf_index DESC
  ON CONFLICT (adapter_id) DO UPDATE
  SET leaf_index = excluded.leaf_index, retire_time = excluded.retire_time, actor = excluded.actor)";

// One statement, so one snapshot.
constexpr char kFactsProgress[] = R"(
  SELECT t.size, c.next_leaf_index,
    (SELECT )" AFFIDAVIT_SQL_MICROSECONDS("integrate_time") R"( FROM affidavit.entries
     WHERE leaf_index = c.next_leaf_index), )" AFFIDAVIT_SQL_MICROSECONDS("clock_timestamp()") R"(
  FROM affidavit_state.cursors c, (SELECT coalesce(max(leaf_index) + 1, 0) AS size FROM affidavit.entries) t
  WHERE c.name = 'facts')";

// Writes nothing unless the cursor is at step.begin: nothing is counted twice, whatever the caller did.
void MoveFactsCursor(Transaction& transaction, const FactsStep& step) {
  if (step.begin < 0 || step.end < step.begin) {
    throw std::invalid_argument("a step of the projections ends before it begins");
  }
  const auto outside = [&step](int64_t leaf_index) { return leaf_index < step.begin || leaf_index >= step.end; };
  for (const MessageFactRow& row : step.facts) {
    if (outside(row.fact.leaf_index)) {
      throw std::invalid_argument("a step of the projections has a fact of an entry outside it");
    }
  }
  for (const BlockedEntry& entry : step.entries) {
    if (outside(entry.leaf_index)) {
      throw std::invalid_argument("a step of the projections has an entry outside it");
    }
  }
  if (transaction.exec_params(kMoveFactsCursor, step.begin, step.end).affected_rows() != 1) {
    throw std::logic_error("the projections' cursor is not where the step begins");
  }
}

void InsertFacts(Transaction& transaction, const std::vector<MessageFactRow>& facts) {
  using enum ElementType;
  Columns rows{kInt8,        kText,        kText,        kText, kText, kText, kText, kText, kText, kTimestamptz,
               kTimestamptz, kTimestamptz, kTimestamptz, kText, kText, kText, kText, kText, kText, kText};
  Columns subjects{kBytea, kInt8};
  for (const MessageFactRow& row : facts) {
    const MessageFact& fact = row.fact;
    rows.AddRow(fact.leaf_index, row.source, row.message_id, row.kind, row.event_type, row.channel, row.carrier,
                MessageStatusName(fact.status), fact.detail, fact.event_time, fact.delivery_time, fact.receive_time,
                row.integrate_time, NullIfEmpty(row.consent), NullIfEmpty(row.verdict), NullIfEmpty(row.schema_id),
                NullIfEmpty(row.drift_pointer), NullIfEmpty(row.drift_reason), NullIfEmpty(row.shape_id),
                NullIfEmpty(row.payload_error));
    if (row.subject_hash.has_value()) {
      subjects.AddRow(*row.subject_hash, fact.leaf_index);
    }
  }
  if (!rows.empty()) {
    rows.Run(transaction, kInsertFacts);
  }
  if (!subjects.empty()) {
    subjects.Run(transaction, kInsertSubjects);
  }
}

void AddToBlocks(Transaction& transaction, const std::vector<BlockedEntry>& entries) {
  using enum ElementType;
  Columns rows{kInt8, kText, kText, kText, kText, kTimestamptz};
  for (const BlockedEntry& entry : entries) {
    rows.AddRow(entry.leaf_index, entry.source, entry.kind, entry.event_type, entry.channel, entry.receive_time);
  }
  if (!rows.empty()) {
    rows.Run(transaction, kAddToBlocks);
  }
}

// Every name is written at every step, so that which rows there are does not depend on the steps.
FactCounts CountFacts(const std::vector<MessageFactRow>& facts) {
  FactCounts counts;
  for (const MessageStatus status : kMessageStatuses) {
    counts[CountOfStatus(status)] = 0;
  }
  for (const char* name :
       {"unheld", "without_message", "unknown_status", "without_event_time", "unconsented_read", "drifted"}) {
    counts[name] = 0;
  }
  for (const MessageFactRow& row : facts) {
    if (row.kind != "envelope") {
      continue;
    }
    counts["unheld"] += row.payload_error.empty() ? 0 : 1;
    counts["without_message"] += row.message_id.empty() ? 1 : 0;
    counts["unknown_status"] += row.fact.status == MessageStatus::kUnknown ? 1 : 0;
    counts["without_event_time"] += row.fact.event_time.has_value() ? 0 : 1;
    counts["unconsented_read"] += row.consent == "absent" || row.consent == "refused" ? 1 : 0;
    counts["drifted"] += row.verdict == "drifted" ? 1 : 0;
  }
  return counts;
}

void AddToCounts(Transaction& transaction, const FactCounts& counts) {
  Columns rows{ElementType::kText, ElementType::kInt8};
  for (const auto& [name, count] : counts) {
    rows.AddRow(name, count);
  }
  rows.Run(transaction, kAddToCounts);
}

void WriteRetirements(Transaction& transaction, const std::vector<AdapterRetirement>& retirements) {
  using enum ElementType;
  Columns rows{kText, kInt8, kTimestamptz, kText};
  for (const AdapterRetirement& retirement : retirements) {
    rows.AddRow(retirement.adapter_id, retirement.leaf_index, retirement.retire_time, retirement.actor);
  }
  if (!rows.empty()) {
    rows.Run(transaction, kWriteRetirements);
  }
}

}  // namespace

int64_t LockFactsCursor(Transaction& transaction) {
  // What is read afterwards is read in statements of their own, whose snapshots are taken after the wait and show a
  // prefix of the log (db/state.cc, FoldCounts).
  return transaction.exec1("SELECT next_leaf_index FROM affidavit_state.cursors WHERE name = 'facts' FOR UPDATE")[0]
      .as<int64_t>();
}

void WriteFacts(Transaction& transaction, const FactsStep& step) {
  MoveFactsCursor(transaction, step);
  // Right after a reset the planner has no statistics: index look-ups, whatever it guesses.
  transaction.exec("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off");
  InsertFacts(transaction, step.facts);
  FactCounts counts = CountFacts(step.facts);
  WriteMessages(transaction, step, counts);
  AddToCounts(transaction, counts);
  AddToBlocks(transaction, step.entries);
  WriteSchemas(transaction, step);
  WriteRetirements(transaction, step.retirements);
}

void ResetFacts(Transaction& transaction) {
  transaction.exec("SELECT affidavit_state.reset_facts()");
}

FactsProgress ReadFactsProgress(Transaction& transaction) {
  const pqxx::row row = transaction.exec1(kFactsProgress);
  FactsProgress progress{.tree_size = row[0].as<int64_t>(),
                         .next_leaf_index = row[1].as<int64_t>(),
                         .waiting_since = std::nullopt,
                         .database_time = TimeFromField(row[3])};
  if (!row[2].is_null()) {
    progress.waiting_since = TimeFromField(row[2]);
  }
  return progress;
}

}  // namespace affidavit::db
