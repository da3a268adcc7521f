#include "db/publishing.h"

#include <algorithm>
#include <cstdint>
#include <pqxx/pqxx>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/checkpoint/note.h"
#include "db/entry_reader.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kReadOrigins[] = "SELECT number, origin, " AFFIDAVIT_SQL_MICROSECONDS(
    "open_time") ", coalesce(previous_checkpoint, '') FROM affidavit.origins ORDER BY number";

constexpr char kReadUncosignedSince[] = "SELECT " AFFIDAVIT_SQL_MICROSECONDS("sign_time") R"(
  FROM affidavit.checkpoints
  WHERE origin = $1
    AND tree_size > coalesce((SELECT max(tree_size) FROM affidavit.cosignatures WHERE origin = $1), 0)
  ORDER BY tree_size LIMIT 1)";

StandingFinding RolledBack(std::string why) {
  return {.standing = Standing::kRolledBack, .why = std::move(why)};
}

// Whether `opened` says that the loss of `checkpoint`, or of a later one of the same incarnation, is known.
bool NamesLossOf(const StoredOrigin& opened, const Checkpoint& checkpoint) {
  const absl::StatusOr<Note> note = ParseNote(opened.previous_checkpoint);
  const absl::StatusOr<Checkpoint> lost = note.ok() ? ParseCheckpoint(note->text) : note.status();
  return lost.ok() && lost->origin == checkpoint.origin &&
         (lost->tree_size > checkpoint.tree_size ||
          (lost->tree_size == checkpoint.tree_size && lost->root_hash == checkpoint.root_hash));
}

// Why the tree does not extend the checkpoint; empty when it does.
absl::StatusOr<std::string> FaultOfTree(Transaction& transaction, const Checkpoint& checkpoint) {
  const auto tree_size = static_cast<uint64_t>(ReadTreeSize(transaction));
  if (tree_size < checkpoint.tree_size) {
    return Concat({"the database has ", std::to_string(tree_size), " entries, and a checkpoint of ",
                   std::to_string(checkpoint.tree_size), " was signed"});
  }
  ASSIGN_OR_RETURN(const Digest root, ReadRoot(transaction, checkpoint.tree_size));
  if (root != checkpoint.root_hash) {
    return Concat({"the first ", std::to_string(checkpoint.tree_size),
                   " entries of the database are not those that a checkpoint was signed over"});
  }
  return std::string();
}

}  // namespace

bool TryLockPublishing(Transaction& transaction) {
  return transaction.exec1("SELECT pg_try_advisory_xact_lock(hashtextextended('affidavit.publish', 0))")[0].as<bool>();
}

void LockLog(Transaction& transaction) {
  // The key is that of the append (db/append_statements.cc).
  transaction.exec("SELECT pg_advisory_xact_lock(hashtextextended('affidavit.log', 0))");
}

std::vector<StoredOrigin> ReadOrigins(Transaction& transaction) {
  std::vector<StoredOrigin> origins;
  for (const pqxx::row& row : transaction.exec(kReadOrigins)) {
    origins.push_back({.number = row[0].as<int>(),
                       .origin = row[1].as<std::string>(),
                       .open_time = TimeFromField(row[2]),
                       .previous_checkpoint = row[3].as<std::string>()});
  }
  return origins;
}

void OpenIncarnation(Transaction& transaction, int number, std::string_view origin, std::string_view lost_checkpoint) {
  transaction.exec_params("INSERT INTO affidavit.origins (origin, number, previous_checkpoint) VALUES ($1, $2, $3)",
                          std::string(origin), number, std::string(lost_checkpoint));
}

absl::StatusOr<StandingFinding> ReadStanding(Transaction& transaction, const Checkpoint& checkpoint) {
  const std::vector<StoredOrigin> origins = ReadOrigins(transaction);
  if (std::any_of(origins.begin(), origins.end(),
                  [&checkpoint](const StoredOrigin& origin) { return NamesLossOf(origin, checkpoint); })) {
    return StandingFinding{.standing = Standing::kSuperseded, .why = ""};
  }
  if (std::none_of(origins.begin(), origins.end(),
                   [&checkpoint](const StoredOrigin& origin) { return origin.origin == checkpoint.origin; })) {
    return RolledBack(Concat({"the database knows nothing of the log ", checkpoint.origin}));
  }
  ASSIGN_OR_RETURN(std::string fault, FaultOfTree(transaction, checkpoint));
  if (!fault.empty()) {
    return RolledBack(std::move(fault));
  }
  return StandingFinding{
      .standing = checkpoint.origin == origins.back().origin ? Standing::kExtends : Standing::kSuperseded, .why = ""};
}

std::optional<StoredCheckpoint> ReadCheckpointUpTo(Transaction& transaction, std::string_view origin,
                                                   int64_t tree_size_max) {
  const pqxx::result rows =
      transaction.exec_params("SELECT max(tree_size) FROM affidavit.checkpoints WHERE origin = $1 AND tree_size <= $2",
                              std::string(origin), tree_size_max);
  return rows[0][0].is_null() ? std::nullopt : ReadCheckpoint(transaction, origin, rows[0][0].as<int64_t>());
}

std::optional<TimePoint> ReadUncosignedSince(Transaction& transaction, std::string_view origin) {
  const pqxx::result rows = transaction.exec_params(kReadUncosignedSince, std::string(origin));
  return rows.empty() ? std::nullopt : std::optional<TimePoint>(TimeFromField(rows[0][0]));
}

}  // namespace affidavit::db
