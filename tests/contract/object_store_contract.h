// What every ObjectStore must do. A store's test instantiates the suite with a way to make an empty one:
//   INSTANTIATE_TEST_SUITE_P(Directory, ObjectStoreContract, ::testing::Values(&MakeDirectoryBackend));
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "gtest/gtest.h"
#include "services/objectstore/object_store.h"

namespace affidavit::testing {

// One empty store that keeps locks and versions.
class ObjectStoreBackend {
 public:
  virtual ~ObjectStoreBackend() = default;
  virtual objectstore::ObjectStore& store() = 0;
  // Returns when the store's clock is past `time`, at most some seconds from now.
  virtual void PassTime(TimePoint time) = 0;
  // Whether Delete without a version leaves a marker (else it is refused).
  virtual bool has_delete_markers() const = 0;
  virtual bool honours_only_if_absent() const = 0;
};

using MakeObjectStoreBackend = std::unique_ptr<ObjectStoreBackend> (*)();

inline constexpr std::chrono::hours kDay{24};

inline TimePoint Now() {
  return SystemClock().WallNow();
}

// At least `duration` from now, on a whole second.
inline TimePoint Soon(std::chrono::seconds duration) {
  return std::chrono::ceil<std::chrono::seconds>(Now() + duration);
}

inline objectstore::PutRequest RequestFor(const std::string& key, std::string_view body) {
  objectstore::PutRequest request;
  request.key = key;
  request.body = body;
  request.sha256 = Sha256(body);
  return request;
}

inline objectstore::PutRequest LockedUntil(TimePoint time) {
  objectstore::PutRequest request;
  request.retain_until = time;
  return request;
}

class ObjectStoreContract : public ::testing::TestWithParam<MakeObjectStoreBackend> {
 protected:
  const std::unique_ptr<ObjectStoreBackend> backend_ = GetParam()();
  objectstore::ObjectStore& store_ = backend_->store();

  // A body of its own under `key`, with all that `request` says otherwise. Fails the test when it is refused.
  objectstore::PutResult MustPut(const std::string& key, const std::string& body, objectstore::PutRequest request = {});
  // "KEY VERSION" of all pages; fails the test on an error.
  std::vector<std::string> ListAll(const std::string& prefix, int page_size);
};

}  // namespace affidavit::testing
