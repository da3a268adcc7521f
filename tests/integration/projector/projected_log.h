// A log in Postgres, its projections, and projectors that fold step by step.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/append_store.h"
#include "db/connection_pool.h"
#include "services/projector/projector.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"

namespace affidavit::projector {

FoldOptions ProjectedDetails();

// Everything that a folding process has in memory: gone with a crash.
struct FoldingProcess {
  explicit FoldingProcess(const std::string& url, Alerting alerting = Alerting::kYes)
      : lock({.url = url}, kFactsLockName), projector(ProjectedDetails(), alerting, &lock) {}

  absl::StatusOr<Projector::Outcome> Step();
  // Until all is folded; how many entries that were.
  int64_t FoldAll();

  db::SessionLock lock;
  Projector projector;
};

class ProjectedLog {
 public:
  ProjectedLog();

  // Consecutive entries; returns the first one's leaf_index.
  int64_t Append(const std::vector<testing::EntrySpec>& specs);
  // `count` events of every sort: new versions and shapes, conflicts, what jsonb cannot hold, reads with and without
  // consent; the first time also, half-way, a schema that some drift from, and an adapter's retirement.
  void AppendEverySort(int count);
  // Runs `statement` past the trigger of `table`.
  void Tamper(const std::string& table, const std::string& statement) const;

  void Reset();
  db::FactsProgress Progress();
  // Every row of every projection, and the cursor, as text.
  std::string Dump() const;
  std::string Ask(const std::string& sql) const { return database_.Exec(sql); }

  std::string url() const { return database_.url(testing::Role::kWorker); }

 private:
  testing::TestDatabase database_;
  db::ConnectionPool pool_{{.url = database_.url(testing::Role::kWorker)}, 2};
  const std::unique_ptr<db::AppendStore> store_;
  int appended_count_ = 0;
  bool is_registered_ = false;
};

}  // namespace affidavit::projector
