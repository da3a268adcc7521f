// Writers, readers and a deleter on the same few keys: nobody sees half a version, and no error but NOT_FOUND.
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "services/objectstore/directory_store.h"
#include "tests/unit/cli/temporary_folder.h"

namespace affidavit::objectstore {
namespace {

constexpr std::array kRacedKeys{"log/checkpoint", "log/checkpoint/below", "audit/a"};
constexpr int kPutsEach = 30;

class DirectoryStoreRaceTest : public ::testing::Test {
 protected:
  void Write(int writer) {
    for (int i = 0; i < kPutsEach; ++i) {
      PutRequest request;
      request.key = kRacedKeys[static_cast<size_t>(i) % kRacedKeys.size()];
      const std::string body = std::to_string(writer) + " wrote " + std::to_string(i);
      request.body = body;
      request.sha256 = Sha256(body);
      const absl::StatusOr<PutResult> put = store_->Put(request);
      Expect(put.status(), absl::StatusCode::kOk);
      if (put.ok() && i % 4 == 3) {
        Expect(store_->Delete(request.key, put->version_id), absl::StatusCode::kOk);
      }
    }
    --writing_;
  }

  void Read() {
    while (writing_ > 0) {
      for (const char* key : kRacedKeys) {
        Expect(store_->Get(key, "").status(), absl::StatusCode::kNotFound);
      }
      Expect(store_->ListVersions("", "", 1'000).status(), absl::StatusCode::kOk);
    }
  }

  // OK, or this.
  void Expect(const absl::Status& status, absl::StatusCode code) {
    if (!status.ok() && status.code() != code) {
      ++surprises_;
      ADD_FAILURE() << status;
    }
  }

  const cli::TemporaryFolder folder_;
  const std::unique_ptr<ObjectStore> store_ = OpenDirectoryStore(folder_.Path("store")).value();
  std::atomic<int> writing_{0};
  std::atomic<int> surprises_{0};
};

TEST_F(DirectoryStoreRaceTest, LetsNobodySeeHalfAVersion) {
  constexpr int kWriters = 3;
  writing_ = kWriters;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([this, writer] { Write(writer); });
  }
  threads.emplace_back([this] { Read(); });
  threads.emplace_back([this] { Read(); });
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(surprises_, 0);
  for (const char* key : kRacedKeys) {
    EXPECT_TRUE(store_->Get(key, "").ok()) << key;
  }
}

}  // namespace
}  // namespace affidavit::objectstore
