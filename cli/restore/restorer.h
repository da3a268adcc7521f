// A ledger rebuilt from the object store alone. docs/runbook.md, "Postgres is lost".
//
// The order in which things are written keeps a ledger that is started too early from going on where it must not:
// first the newest signed checkpoint, which the database does not extend until the last entry is in; then entries, in
// leaf order; and with the last entry, in one transaction, the record and the origin of the next incarnation. A run
// that was ended anywhere is followed by another, which goes on behind the last entry that is there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/fsck/losses.h"
#include "cli/recovery.h"
#include "cli/restore/bucket_log.h"
#include "cli/restore/entry_writer.h"
#include "cli/restore/log_proof.h"
#include "cli/restore/restore_result.h"
#include "db/connection.h"
#include "db/restore_store.h"
#include "services/objectstore/object_store.h"

namespace affidavit::cli {

class Restorer {
 public:
  // `things`: what is counted; the bundles are read twice.
  using Show = std::function<void(const char* things, int64_t done, int64_t total)>;

  // `store` and `database` outlive it.
  Restorer(objectstore::ObjectStore* store, const db::ConnectionOptions* database, RestoreOptions options, Show show);

  // A finding is no error: what could be restored is. FAILED_PRECONDITION: another log's database, keys or guard.
  // DATA_LOSS: what the bucket has is not what was signed; nothing more was written. UNAVAILABLE: run it again.
  absl::StatusOr<RestoreResult> Run();

 private:
  absl::Status FindTarget();
  absl::Status ReadDatabase();
  absl::Status ReadGuard();
  absl::Status Prove();
  absl::Status CompareWithProof() const;
  absl::Status ReadIncarnations();
  // The lost checkpoint that an incarnation's record names, and the loss.
  absl::Status AddIncarnation(const LogRecord& record);
  // Origins, the checkpoint that keeps every ledger out until the last entry is there, and the mirror's cursor.
  absl::Status OpenLog();
  absl::Status AddCheckpoints();
  void AddCheckpoint(db::Transaction& transaction, const BucketCheckpoint& checkpoint) const;
  bool IsOfThisTree(const BucketCheckpoint& checkpoint);
  absl::Status AppendEntries();
  // The last entry of all: the record that announces the next incarnation. Nothing when `recover` is to decide.
  absl::StatusOr<std::optional<db::StoredOrigin>> AddOpening(std::deque<EntryOnItsWay>& entries);
  absl::Status FillGaps();
  absl::Status CompareWithDatabase();

  int64_t size() const { return static_cast<int64_t>(target_.checkpoint.tree_size); }

  objectstore::ObjectStore* const store_;
  const db::ConnectionOptions& database_;
  const RestoreOptions options_;
  const Show show_;
  RestoreResult result_;
  std::vector<BucketCheckpoint> checkpoints_;
  BucketCheckpoint target_;
  std::optional<Checkpoint> guard_;
  std::unique_ptr<db::Connection> connection_;
  std::unique_ptr<db::RestoreStore> writer_;
  std::unique_ptr<EntryWriter> entries_;
  std::unique_ptr<BucketLog> log_;
  ProvenLog proven_;
  std::vector<db::StoredOrigin> origins_;  // as the log announces them
  Losses losses_;
  int64_t next_ = 0;        // tree size of the database
  Digest database_root_{};  // of the smaller of the two trees
  std::string opening_payload_;
};

}  // namespace affidavit::cli
