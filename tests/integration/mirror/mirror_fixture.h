// A log in Postgres, a store in memory, and a walk that goes step by step.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/signer.h"
#include "db/connection_pool.h"
#include "db/mirror_store.h"
#include "db/session_lock.h"
#include "services/mirror/entry_copier.h"
#include "services/mirror/walk.h"
#include "tests/support/memory_object_store.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"

namespace affidavit::mirror {

inline constexpr char kMirroredOrigin[] = "example.com/log";

// Everything that a worker has in memory: gone with a crash.
struct WalkProcess {
  WalkProcess(const MirrorOptions& with_options, const std::string& url, objectstore::ObjectStore* store)
      : options(with_options), lock({.url = url}, "affidavit.mirror") {
    copier = std::make_unique<EntryCopier>(&options, store, [this] { return lock.Check(std::chrono::seconds(1)); });
    walk = std::make_unique<Walk>(&options, &lock, copier.get());
  }

  absl::StatusOr<WalkReport> Step() {
    const absl::StatusOr<bool> is_ours = lock.Acquire();
    if (!is_ours.ok() || !*is_ours) {
      return is_ours.ok() ? absl::UnavailableError("another has the lock") : is_ours.status();
    }
    return walk->Step();
  }

  const MirrorOptions options;
  db::SessionLock lock;
  std::unique_ptr<EntryCopier> copier;
  std::unique_ptr<Walk> walk;
};

// The log, and what is asked of it afterwards.
class MirroredLog {
 public:
  MirroredLog();

  // Consecutive entries; returns the first one's leaf_index.
  int64_t Append(const std::vector<testing::EntrySpec>& specs);
  int64_t AppendEnvelopes(int count);  // of ids that never were
  // Signs the log as it is.
  std::string Publish(const std::string& origin = kMirroredOrigin);
  // Runs `statement` past the trigger of `table`.
  void Tamper(const std::string& table, const std::string& statement) const;

  db::MirrorProgress Progress();
  std::vector<db::MirrorReceipt> Receipts();  // by leaf_index
  std::vector<db::MirrorFinding> Findings();
  std::optional<LeafFields> Fields(int64_t leaf_index);
  absl::Status Transact(const std::function<absl::Status(db::Transaction&)>& body) { return pool_.Transact(body); }

  // Each entry in [begin, end) has one receipt, ids are dense in all, and each receipt's object is the payload, locked,
  // the only version of its key (or, with `extra_versions`, one of several of the same bytes).
  void ExpectMirrored(const testing::MemoryObjectStore& store, int64_t begin, int64_t end, bool extra_versions = false);

  std::string url() const { return database_.url(testing::Role::kWorker); }
  const testing::TestDatabase& database() const { return database_; }

 private:
  testing::TestDatabase database_;
  db::ConnectionPool pool_{{.url = database_.url(testing::Role::kWorker)}, 2};
  db::ConnectionPool ledger_pool_{{.url = database_.url(testing::Role::kLedger)}, 1};
  const std::unique_ptr<db::AppendStore> store_;
  const std::unique_ptr<Ed25519Signer> signer_;
  int appended_count_ = 0;
};

}  // namespace affidavit::mirror
