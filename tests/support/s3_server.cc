#include "tests/support/s3_server.h"

#include <cstdlib>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"

namespace affidavit::testing {

std::string S3Variable(const std::string& name) {
  const std::string variable = "AFFIDAVIT_TEST_S3_" + name;
  const char* value = std::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (value == nullptr || *value == '\0') {
    throw std::runtime_error(variable + " is not set; run the test as: scripts/with-object-store <test executable>");
  }
  return value;
}

config::ObjectStoreConfig S3TestConfig(const std::string& bucket) {
  config::ObjectStoreConfig config;
  config.kind = "s3";
  config.endpoint = S3Variable("ENDPOINT");
  config.region = S3Variable("REGION");
  config.bucket = bucket;
  config.path_style = true;
  return config;
}

std::unique_ptr<objectstore::S3Store> OpenTestBucket(const std::string& bucket, S3User user) {
  const std::string prefix = user == S3User::kWriter ? "WRITER_" : "";
  objectstore::S3Hooks hooks;
  hooks.environment = [id = S3Variable(prefix + "ACCESS_KEY"), secret = S3Variable(prefix + "SECRET_KEY")](
                          const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_ACCESS_KEY_ID") {
      return id;
    }
    return name == "AWS_SECRET_ACCESS_KEY" ? std::optional<std::string>(secret) : std::nullopt;
  };
  absl::StatusOr<std::unique_ptr<objectstore::S3Store>> store = objectstore::OpenS3Store(S3TestConfig(bucket), hooks);
  if (!store.ok()) {
    throw std::runtime_error(store.status().ToString());
  }
  return *std::move(store);
}

std::string NewBucketName() {
  std::random_device device;
  return absl::StrCat("test-", absl::Hex(device(), absl::kZeroPad8), absl::Hex(device(), absl::kZeroPad8));
}

std::unique_ptr<objectstore::S3Store> MakeTestBucket(bool object_lock) {
  std::unique_ptr<objectstore::S3Store> store = OpenTestBucket(NewBucketName(), S3User::kOwner);
  const absl::Status made = store->CreateBucket(object_lock);
  if (!made.ok()) {
    throw std::runtime_error(made.ToString());
  }
  return store;
}

}  // namespace affidavit::testing
