#include <chrono>
#include <thread>

#include "tests/contract/object_store_contract.h"
#include "tests/support/s3_server.h"

namespace affidavit::testing {
namespace {

class S3Backend final : public ObjectStoreBackend {
 public:
  objectstore::ObjectStore& store() override { return *store_; }

  // The server is on this machine.
  void PassTime(TimePoint time) override {
    std::this_thread::sleep_until(time + std::chrono::milliseconds(50));
    while (SystemClock().WallNow() <= time) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  bool has_delete_markers() const override { return true; }
  bool honours_only_if_absent() const override { return false; }  // Ceph 16 does not where there are versions

 private:
  std::unique_ptr<objectstore::S3Store> store_ = MakeTestBucket();
};

std::unique_ptr<ObjectStoreBackend> MakeS3Backend() {
  return std::make_unique<S3Backend>();
}

INSTANTIATE_TEST_SUITE_P(S3, ObjectStoreContract, ::testing::Values(&MakeS3Backend));

}  // namespace
}  // namespace affidavit::testing
