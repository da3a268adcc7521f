#include <atomic>

#include "services/objectstore/directory_store.h"
#include "tests/contract/object_store_contract.h"
#include "tests/unit/cli/temporary_folder.h"

namespace affidavit::testing {
namespace {

class HandSetClock final : public Clock {
 public:
  void Set(TimePoint time) { offset_ = time - SystemClock().WallNow(); }

  TimePoint WallNow() const override { return SystemClock().WallNow() + offset_.load(); }
  std::chrono::steady_clock::time_point SteadyNow() const override { return SystemClock().SteadyNow(); }

 private:
  std::atomic<TimePoint::duration> offset_{TimePoint::duration(0)};
};

class DirectoryBackend final : public ObjectStoreBackend {
 public:
  DirectoryBackend() { EXPECT_TRUE(store_.ok()) << store_.status(); }

  objectstore::ObjectStore& store() override { return **store_; }
  void PassTime(TimePoint time) override { clock_.Set(time + std::chrono::milliseconds(1)); }
  bool has_delete_markers() const override { return false; }
  bool honours_only_if_absent() const override { return true; }

 private:
  const cli::TemporaryFolder folder_;
  HandSetClock clock_;
  absl::StatusOr<std::unique_ptr<objectstore::ObjectStore>> store_ =
      objectstore::OpenDirectoryStore(folder_.Path("store"), clock_);
};

std::unique_ptr<ObjectStoreBackend> MakeDirectoryBackend() {
  return std::make_unique<DirectoryBackend>();
}

INSTANTIATE_TEST_SUITE_P(Directory, ObjectStoreContract, ::testing::Values(&MakeDirectoryBackend));

}  // namespace
}  // namespace affidavit::testing
