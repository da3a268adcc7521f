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

// `next`: the incarnation after the checkpoint's own.
StandingFinding StandingInEndedIncarnation(const Checkpoint& checkpoint, const StoredOrigin& next) {
  const absl::StatusOr<Note> note = ParseNote(next.previous_checkpoint);
  const absl::StatusOr<Checkpoint> named = note.ok() ? ParseCheckpoint(note->text) : note.status();
  if (!named.ok()) {
    return RolledBack(Concat({"incarnation ", next.origin, " does not say which checkpoint was lost"}));
  }
  const bool covers = named->origin == checkpoint.origin &&
                      (named->tree_size > checkpoint.tree_size ||
                       (named->tree_size == checkpoint.tree_size && named->root_hash == checkpoint.root_hash));
  if (covers) {
    return {.standing = Standing::kSuperseded, .why = ""};
  }
  return RolledBack(
      Concat({"incarnation ", next.origin, " was opened for the loss of a checkpoint of ",
              std::to_string(named->tree_size), " entries, and this one has ", std::to_string(checkpoint.tree_size)}));
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

absl::StatusOr<StandingFinding> ReadStanding(Transaction& transaction, const Checkpoint& checkpoint) {
  const std::vector<StoredOrigin> origins = ReadOrigins(transaction);
  const auto own = std::find_if(origins.begin(), origins.end(), [&checkpoint](const StoredOrigin& origin) {
    return origin.origin == checkpoint.origin;
  });
  if (own == origins.end()) {
    return RolledBack(Concat({"the database has no log ", checkpoint.origin}));
  }
  if (const auto next = own + 1; next != origins.end()) {
    return StandingInEndedIncarnation(checkpoint, *next);
  }
  const auto tree_size = static_cast<uint64_t>(ReadTreeSize(transaction));
  if (tree_size < checkpoint.tree_size) {
    return RolledBack(Concat({"the database has ", std::to_string(tree_size), " entries, and a checkpoint of ",
                              std::to_string(checkpoint.tree_size), " was signed"}));
  }
  ASSIGN_OR_RETURN(const Digest root, ReadRoot(transaction, checkpoint.tree_size));
  if (root != checkpoint.root_hash) {
    return RolledBack(Concat({"the first ", std::to_string(checkpoint.tree_size),
                              " entries of the database are not those that a checkpoint was signed over"}));
  }
  return StandingFinding();
}

std::optional<TimePoint> ReadUncosignedSince(Transaction& transaction, std::string_view origin) {
  const pqxx::result rows = transaction.exec_params(kReadUncosignedSince, std::string(origin));
  return rows.empty() ? std::nullopt : std::optional<TimePoint>(TimeFromField(rows[0][0]));
}

}  // namespace affidavit::db
