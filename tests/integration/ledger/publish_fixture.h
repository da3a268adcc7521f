// A database, keys and a folder for guard files; entries without the append room; and what a restore of an older dump
// does to the database.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/key.h"
#include "db/connection_pool.h"
#include "db/log_store.h"
#include "services/ledger/publish/checkpointer.h"
#include "tests/support/test_database.h"

namespace affidavit::ledger {

inline constexpr char kOrigin[] = "example.com/log";

class PublishFixture : public ::testing::Test {
 protected:
  PublishFixture();
  ~PublishFixture() override;

  // A key of this log, in a file of its own; returns its path.
  std::string WriteKey(const std::string& name, const std::string& origin = kOrigin);
  std::unique_ptr<LogSigners> LoadKeys(const std::vector<std::string>& names) const;
  std::string GuardPath(const std::string& name = "guard") const { return folder_ + "/" + name; }

  void Append(int count);
  // As the superuser, past the triggers: the entries, tiles, checkpoints, anchors and incarnations of a dump that was
  // taken when the log had `tree_size` entries.
  void RestoreTo(int64_t tree_size);
  // Runs `statement` on `table`, past its trigger.
  void Tamper(const std::string& table, const std::string& statement);

  int64_t TreeSize();
  std::vector<db::StoredCheckpoint> Checkpoints(const std::string& origin = kOrigin);
  std::optional<std::string> GuardNote(const std::string& name = "guard") const;
  // Every checkpoint of the current incarnation is signed, and its root is that of the entries' leaf hashes; the guard
  // file, if any, is one of them.
  void ExpectSound(const LogSigners& signers, const std::string& guard = "guard");

  testing::TestDatabase database_;
  db::ConnectionPool pool_{{.url = database_.url(testing::Role::kLedger)}, 4};
  std::string folder_;
  AppendGate gate_;

 private:
  int appended_count_ = 0;
};

}  // namespace affidavit::ledger
