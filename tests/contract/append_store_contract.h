// What every AppendStore must do. A store's test instantiates the suite with a way to make a fresh log:
//   INSTANTIATE_TEST_SUITE_P(Postgres, AppendStoreContract, ::testing::Values(&MakePostgresBackend));
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "db/append_store.h"
#include "gtest/gtest.h"

namespace affidavit::testing {

// One empty log.
class AppendStoreBackend {
 public:
  static constexpr std::chrono::milliseconds kLockTimeout{300};

  struct Row {
    EntryKind kind;
    std::string source, event_id, leaf, payload, payload_error;
    int64_t payload_id;

    bool operator==(const Row&) const = default;
  };

  virtual ~AppendStoreBackend() = default;
  // A store that waits for the log's lock kLockTimeout at most. Any thread may call it.
  virtual std::unique_ptr<db::AppendStore> Connect() = 0;
  // By leaf_index. Fails the test unless these are gapless from 0.
  virtual std::vector<Row> Rows() = 0;
};

using MakeAppendStoreBackend = std::unique_ptr<AppendStoreBackend> (*)();

class AppendStoreContract : public ::testing::TestWithParam<MakeAppendStoreBackend> {
 protected:
  const std::unique_ptr<AppendStoreBackend> backend_ = GetParam()();
  const std::unique_ptr<db::AppendStore> store_ = backend_->Connect();
};

}  // namespace affidavit::testing
