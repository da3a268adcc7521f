#include "tests/contract/append_store_contract.h"
#include "tests/support/memory_append_store.h"

namespace affidavit::testing {
namespace {

class MemoryBackend final : public AppendStoreBackend {
 public:
  MemoryBackend() { log_.SetLockTimeout(kLockTimeout); }

  std::unique_ptr<db::AppendStore> Connect() override { return log_.Connect(); }

  std::vector<Row> Rows() override {
    std::vector<Row> rows;
    for (const MemoryLog::Entry& entry : log_.Entries()) {
      rows.push_back({entry.fields.kind, entry.fields.source, entry.fields.event_id, entry.leaf, entry.payload,
                      entry.payload_error, entry.payload_id});
    }
    return rows;
  }

 private:
  MemoryLog log_;
};

std::unique_ptr<AppendStoreBackend> Make() {
  return std::make_unique<MemoryBackend>();
}

INSTANTIATE_TEST_SUITE_P(Memory, AppendStoreContract, ::testing::Values(&Make));

}  // namespace
}  // namespace affidavit::testing
