#include "core/base/encoding.h"
#include "db/postgres_append_store.h"
#include "tests/contract/append_store_contract.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

class PostgresBackend final : public AppendStoreBackend {
 public:
  std::unique_ptr<db::AppendStore> Connect() override {
    db::ConnectionOptions options;
    options.url = database_.url(Role::kLedger);
    options.lock_timeout_ms = static_cast<int>(kLockTimeout.count());
    return db::MakePostgresAppendStore(options);
  }

  std::vector<Row> Rows() override {
    const absl::StatusOr<affidavit::testing::Rows> result = database_.Run(Role::kReader, R"(
      SELECT leaf_index, kind, source, coalesce(event_id, ''), encode(leaf, 'hex'), encode(raw, 'hex'),
             coalesce(payload_error, ''), payload_id
      FROM affidavit.entries
      JOIN (SELECT * FROM affidavit.payloads UNION ALL SELECT * FROM affidavit.excluded_payloads) p
      USING (payload_id, receive_time) ORDER BY leaf_index)");
    EXPECT_TRUE(result.ok()) << result.status();
    std::vector<Row> rows;
    for (const std::vector<std::string>& row : *result) {
      EXPECT_EQ(row[0], std::to_string(rows.size()));
      rows.push_back({*ParseEntryKind(row[1]), row[2], row[3], *HexDecode(row[4]), *HexDecode(row[5]), row[6],
                      std::stoll(row[7])});
    }
    return rows;
  }

 private:
  TestDatabase database_;
};

std::unique_ptr<AppendStoreBackend> Make() {
  return std::make_unique<PostgresBackend>();
}

INSTANTIATE_TEST_SUITE_P(Postgres, AppendStoreContract, ::testing::Values(&Make));

}  // namespace
}  // namespace affidavit::testing
