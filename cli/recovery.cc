#include "cli/recovery.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "core/base/status_macros.h"
#include "core/checkpoint/incarnation.h"
#include "core/envelope/leaf.h"
#include "core/retention/retention.h"
#include "db/connection.h"
#include "db/entry_reader.h"
#include "db/postgres_append_store.h"
#include "db/publishing.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

struct SignedCheckpoint {
  std::string note;
  Checkpoint checkpoint;
};

absl::StatusOr<SignedCheckpoint> Verify(const std::string& note, const CheckpointPolicy& policy, const char* what) {
  const absl::StatusOr<VerifiedCheckpoint> verified = VerifyCheckpoint(note, policy);
  if (!verified.ok() || !IncarnationNumber(policy.log_keys.front().name, verified->checkpoint.origin)) {
    return absl::FailedPreconditionError(absl::StrCat(what, " is not signed by this log's keys"));
  }
  return SignedCheckpoint{note, verified->checkpoint};
}

// Of the guard and the database's newest checkpoint the one that the database does not extend; of two the larger.
absl::StatusOr<std::optional<SignedCheckpoint>> FindLost(db::Transaction& transaction, const LogIdentity& identity,
                                                         std::string& why) {
  std::vector<SignedCheckpoint> known;
  if (identity.guard_note) {
    ASSIGN_OR_RETURN(SignedCheckpoint guard, Verify(*identity.guard_note, identity.policy, "the guard file"));
    known.push_back(std::move(guard));
  }
  if (const auto origin = db::ReadCurrentOrigin(transaction)) {
    if (const auto newest = db::ReadNewestCheckpoint(transaction, origin->origin)) {
      ASSIGN_OR_RETURN(SignedCheckpoint checkpoint,
                       Verify(newest->signed_note, identity.policy, "the database's newest checkpoint"));
      known.push_back(std::move(checkpoint));
    }
  }
  std::optional<SignedCheckpoint> lost;
  for (SignedCheckpoint& each : known) {
    ASSIGN_OR_RETURN(const db::StandingFinding finding, db::ReadStanding(transaction, each.checkpoint));
    if (finding.standing == db::Standing::kRolledBack &&
        (!lost || each.checkpoint.tree_size > lost->checkpoint.tree_size)) {
      lost = std::move(each);
      why = finding.why;
    }
  }
  return lost;
}

// The size of the largest checkpoint of the lost incarnation that the database has and extends; 0 when there is none.
absl::StatusOr<int64_t> ReadAgreedSize(db::Transaction& transaction, const LogIdentity& identity, const LostLog& loss) {
  const auto kept = db::ReadCheckpointUpTo(transaction, loss.lost.origin, loss.tree_size);
  if (!kept || !Verify(kept->signed_note, identity.policy, "a checkpoint").ok()) {
    return 0;
  }
  ASSIGN_OR_RETURN(const Digest root, db::ReadRoot(transaction, static_cast<uint64_t>(kept->tree_size)));
  return root == kept->root_hash ? kept->tree_size : 0;
}

absl::Status Examine(db::Transaction& transaction, const LogIdentity& identity, std::optional<LostLog>& loss) {
  loss.reset();
  std::string why;
  ASSIGN_OR_RETURN(std::optional<SignedCheckpoint> lost, FindLost(transaction, identity, why));
  if (!lost) {
    return absl::OkStatus();
  }
  loss.emplace();
  loss->why = std::move(why);
  loss->lost_note = std::move(lost->note);
  loss->lost = std::move(lost->checkpoint);
  loss->tree_size = db::ReadTreeSize(transaction);
  ASSIGN_OR_RETURN(loss->agreed_tree_size, ReadAgreedSize(transaction, identity, *loss));
  if (loss->tree_size > 0) {
    ASSIGN_OR_RETURN(const auto newest, db::ReadEntry(transaction, loss->tree_size - 1, db::WithPayload::kNo));
    if (newest) {
      ASSIGN_OR_RETURN(const LeafFields fields, DecodeLeaf(newest->leaf));
      loss->last_receive_time = fields.receive_time;
    }
  }
  const std::string& first_origin = identity.policy.log_keys.front().name;
  const std::vector<db::StoredOrigin> origins = db::ReadOrigins(transaction);
  const int known_number = origins.empty() ? 1 : origins.back().number;
  // Not a number that the lost part of the log has used.
  loss->new_number = std::max(known_number, *IncarnationNumber(first_origin, loss->lost.origin)) + 1;
  loss->new_origin = IncarnationOrigin(first_origin, loss->new_number);
  return absl::OkStatus();
}

// The record's leaf_index: it is the first entry after what the database has, or was there before.
absl::StatusOr<int64_t> AppendOpening(const db::ConnectionOptions& options, const LostLog& loss, db::NewEntry& entry) {
  const std::unique_ptr<db::AppendStore> store = db::MakePostgresAppendStore(options);
  ASSIGN_OR_RETURN(const db::AppendStore::IdBlock ids, store->ReservePayloadIds());
  entry.payload_id = ids.first;
  const std::vector<db::LookupKey> keys = {{.kind = entry.fields.kind,
                                            .source = entry.fields.source,
                                            .event_id = entry.fields.event_id,
                                            .payload_sha256 = entry.fields.payload_sha256}};
  ASSIGN_OR_RETURN(const db::OpenBatch open, store->Begin(keys, {.lock_first = true, .recommit = false}));
  if (!open.found.empty()) {
    store->Rollback();
    return open.found.front().leaf_index;
  }
  const std::vector<const db::NewEntry*> entries = {&entry};
  ASSIGN_OR_RETURN(const db::LockedBatch locked, store->Integrate(entries, keys));
  if (locked.tree_size != loss.tree_size) {
    store->Rollback();
    return absl::AbortedError("something was appended meanwhile: stop whatever appends, and run it again");
  }
  RETURN_IF_ERROR(store->Commit(entries).status());
  return locked.tree_size;
}

}  // namespace

int64_t LostLog::first_lost() const {
  const auto lost_size = static_cast<int64_t>(lost.tree_size);
  return tree_size < lost_size ? tree_size : std::min(agreed_tree_size, lost_size);
}

std::string RecoveryPayload(const LostLog& loss) {
  json::object payload{
      {"new_origin", loss.new_origin},
      {"old_origin", loss.lost.origin},
      {"last_checkpoint", loss.lost_note},
      {"first_lost_leaf_index", loss.first_lost()},
  };
  if (loss.is_end_known) {
    payload["last_lost_leaf_index"] = loss.lost.tree_size - 1;
  }
  payload["tree_size"] = loss.tree_size;
  payload["agreed_tree_size"] = loss.agreed_tree_size;
  return json::serialize(payload);
}

absl::StatusOr<db::NewEntry> MakeRecoveryRecord(const LostLog& loss, const std::string& payload, int retention_years) {
  db::NewEntry entry;
  entry.payload = payload;
  LeafFields& fields = entry.fields;
  fields.kind = EntryKind::kGovernance;
  fields.source = "affidavit";
  fields.event_id = loss.new_origin;
  fields.event_type = "log:recovered";
  fields.receive_time = SystemClock().WallNow();
  fields.payload_sha256 = Sha256(payload);
  fields.payload_size = static_cast<int64_t>(payload.size());
  fields.retention_class = "default";
  fields.retain_until = AddYears(fields.receive_time, retention_years);
  fields.provenance = "affidavit";
  ASSIGN_OR_RETURN(entry.leaf, EncodeLeaf(fields));
  entry.leaf_hash = LeafHash(entry.leaf);
  return entry;
}

absl::StatusOr<std::optional<LostLog>> FindLoss(const db::ConnectionOptions& options, const LogIdentity& identity) {
  ASSIGN_OR_RETURN(const std::unique_ptr<db::Connection> connection, db::Connection::Open(options));
  std::optional<LostLog> loss;
  RETURN_IF_ERROR(
      connection->Transact([&](db::Transaction& transaction) { return Examine(transaction, identity, loss); }));
  return loss;
}

absl::StatusOr<int64_t> OpenNewIncarnation(const db::ConnectionOptions& options, const LostLog& loss,
                                           int retention_years) {
  const std::string payload = RecoveryPayload(loss);
  ASSIGN_OR_RETURN(db::NewEntry entry, MakeRecoveryRecord(loss, payload, retention_years));
  // First the record, then the origin: no ledger opens its gate before the origin is there, so nothing else is first.
  ASSIGN_OR_RETURN(const int64_t leaf_index, AppendOpening(options, loss, entry));
  ASSIGN_OR_RETURN(const std::unique_ptr<db::Connection> connection, db::Connection::Open(options));
  RETURN_IF_ERROR(connection->Transact([&loss](db::Transaction& transaction) {
    db::LockLog(transaction);
    db::OpenIncarnation(transaction, loss.new_number, loss.new_origin, loss.lost_note);
    return absl::OkStatus();
  }));
  return leaf_index;
}

}  // namespace affidavit::cli
