#include "tests/fault/append_backend.h"
#include "tests/support/memory_append_store.h"

namespace affidavit::testing {
namespace {

class MemoryAppendBackend final : public AppendBackend {
 public:
  std::unique_ptr<db::AppendStore> Connect() override { return log_.Connect(); }

  std::vector<Entry> Entries() override {
    std::vector<Entry> entries;
    for (const MemoryLog::Entry& entry : log_.Entries()) {
      entries.push_back({entry.fields.kind, entry.fields.event_id, entry.fields.payload_sha256});
    }
    return entries;
  }

 private:
  MemoryLog log_;
};

}  // namespace

std::unique_ptr<AppendBackend> MakeAppendBackend() {
  return std::make_unique<MemoryAppendBackend>();
}

}  // namespace affidavit::testing
