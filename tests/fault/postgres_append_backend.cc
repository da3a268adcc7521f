#include <gtest/gtest.h>

#include "core/base/status_macros.h"
#include "db/connection_pool.h"
#include "db/entry_reader.h"
#include "db/postgres_append_store.h"
#include "tests/fault/append_backend.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

class PostgresAppendBackend final : public AppendBackend {
 public:
  std::unique_ptr<db::AppendStore> Connect() override {
    return db::MakePostgresAppendStore({.url = database_.url(Role::kLedger)});
  }

  std::vector<Entry> Entries() override {
    std::vector<Entry> entries;
    const absl::Status status = pool_.Transact([&](db::Transaction& transaction) -> absl::Status {
      const int64_t tree_size = db::ReadTreeSize(transaction);
      for (int64_t leaf_index = 0; leaf_index < tree_size; ++leaf_index) {
        // With the payload: it has to be there, and to match the digest.
        ASSIGN_OR_RETURN(const auto stored, db::ReadEntry(transaction, leaf_index, db::WithPayload::kYes));
        if (!stored || !stored->payload) {
          return absl::DataLossError("a gap at " + std::to_string(leaf_index));
        }
        ASSIGN_OR_RETURN(const LeafFields fields, DecodeLeaf(stored->leaf));
        entries.push_back({fields.kind, fields.event_id, fields.payload_sha256});
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return entries;
  }

 private:
  TestDatabase database_;
  db::ConnectionPool pool_{{.url = database_.url(Role::kLedger)}, 1};
};

}  // namespace

std::unique_ptr<AppendBackend> MakeAppendBackend() {
  return std::make_unique<PostgresAppendBackend>();
}

}  // namespace affidavit::testing
