#include <gtest/gtest.h>

#include <optional>

#include "core/base/status_macros.h"
#include "db/connection_pool.h"
#include "db/entry_reader.h"
#include "db/postgres_append_store.h"
#include "tests/fault/append_backend.h"
#include "tests/support/reference_tiles.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

class PostgresAppendBackend final : public AppendBackend {
 public:
  std::unique_ptr<db::AppendStore> Connect() override {
    return db::MakePostgresAppendStore({.url = database_.url(Role::kLedger)}, edge_);
  }

  std::vector<Entry> Entries() override {
    std::vector<Entry> entries;
    const absl::Status status = pool_.Transact([&](db::Transaction& transaction) -> absl::Status {
      const int64_t tree_size = db::ReadTreeSize(transaction);
      constexpr int kPage = 1'000;
      for (std::optional<int64_t> next = 0; next.has_value();) {
        // With the payload: it has to be there, and to match the digest.
        ASSIGN_OR_RETURN(const db::ListPage page, db::ListEntries(transaction, {}, *next, tree_size, kPage,
                                                                  db::WithPayload::kYes, kPage * kPage));
        for (const db::StoredEntry& stored : page.entries) {
          if (stored.leaf_index != static_cast<int64_t>(entries.size()) || !stored.payload) {
            return absl::DataLossError("a gap at " + std::to_string(entries.size()));
          }
          ASSIGN_OR_RETURN(const LeafFields fields, DecodeLeaf(stored.leaf));
          entries.push_back({fields.kind, fields.event_id, fields.payload_sha256});
        }
        next = page.next_leaf_index;
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    ExpectTilesOfEntries(database_);
    return entries;
  }

 private:
  TestDatabase database_;
  const std::shared_ptr<db::LogEdge> edge_ = std::make_shared<db::LogEdge>();
  db::ConnectionPool pool_{{.url = database_.url(Role::kLedger)}, 1};
};

}  // namespace

std::unique_ptr<AppendBackend> MakeAppendBackend() {
  return std::make_unique<PostgresAppendBackend>();
}

}  // namespace affidavit::testing
