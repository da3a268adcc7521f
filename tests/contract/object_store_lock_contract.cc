// The part of the contract that is about locks, holds and deletion.
#include <algorithm>

#include "gmock/gmock.h"
#include "tests/contract/object_store_contract.h"

namespace affidavit::testing {
namespace {

using objectstore::ObjectInfo;
using objectstore::PutRequest;
using objectstore::PutResult;
using objectstore::VersionPage;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::IsEmpty;

TEST_P(ObjectStoreContract, LocksForAtLeastAsLongAsAsked) {
  const TimePoint until = Soon(seconds(86'400)) + milliseconds(1);
  const PutResult put = MustPut("key", "body", LockedUntil(until));
  const absl::StatusOr<ObjectInfo> info = store_.Head("key", put.version_id);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->lock_mode, "COMPLIANCE");
  EXPECT_EQ(info->retain_until, std::chrono::ceil<seconds>(until));
}

TEST_P(ObjectStoreContract, DeletesALockedVersionOnlyWhenItsTimeHasCome) {
  const TimePoint until = Soon(seconds(2));
  const PutResult put = MustPut("key", "body", LockedUntil(until));
  EXPECT_EQ(store_.Delete("key", put.version_id).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(store_.Get("key", "")->body, "body");
  backend_->PassTime(until);
  EXPECT_TRUE(store_.Delete("key", put.version_id).ok());
  EXPECT_EQ(store_.Get("key", put.version_id).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_.Head("key", "").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(store_.Delete("key", put.version_id).ok()) << "a repeat is a success";
  EXPECT_THAT(ListAll("", 10), IsEmpty());
}

TEST_P(ObjectStoreContract, LengthensALockAndNeverShortensIt) {
  const TimePoint until = Soon(seconds(86'400));
  const PutResult put = MustPut("key", "body", LockedUntil(until));
  EXPECT_EQ(store_.ExtendRetention("key", put.version_id, until - seconds(1)).code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(store_.ExtendRetention("key", put.version_id, Now() - seconds(1)).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_.Head("key", put.version_id)->retain_until, until);
  EXPECT_TRUE(store_.ExtendRetention("key", put.version_id, until).ok());
  EXPECT_TRUE(store_.ExtendRetention("key", put.version_id, until + kDay).ok());
  EXPECT_EQ(store_.Head("key", put.version_id)->retain_until, until + kDay);
  EXPECT_EQ(store_.Head("key", put.version_id)->lock_mode, "COMPLIANCE");
}

TEST_P(ObjectStoreContract, LocksWhatHadNoLock) {
  const PutResult put = MustPut("key", "body");
  const TimePoint until = Soon(seconds(86'400));
  ASSERT_TRUE(store_.ExtendRetention("key", put.version_id, until).ok());
  EXPECT_EQ(store_.Head("key", put.version_id)->retain_until, until);
  EXPECT_EQ(store_.Delete("key", put.version_id).code(), absl::StatusCode::kPermissionDenied);
}

TEST_P(ObjectStoreContract, RefusesALockInThePast) {
  PutRequest request = RequestFor("key", "body");
  request.retain_until = Now() - seconds(5);
  EXPECT_EQ(store_.Put(request).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(ListAll("", 10), IsEmpty());
}

TEST_P(ObjectStoreContract, HoldsWhateverTheLockSays) {
  PutRequest held;
  held.legal_hold = true;
  const PutResult put = MustPut("held", "body", held);
  EXPECT_TRUE(store_.Head("held", put.version_id)->legal_hold);
  EXPECT_EQ(store_.Head("held", put.version_id)->retain_until, std::nullopt);
  EXPECT_EQ(store_.Delete("held", put.version_id).code(), absl::StatusCode::kPermissionDenied);

  const TimePoint until = Soon(seconds(2));
  const PutResult later = MustPut("later", "body", LockedUntil(until));
  ASSERT_TRUE(store_.SetLegalHold("later", later.version_id, true).ok());
  ASSERT_TRUE(store_.SetLegalHold("later", later.version_id, true).ok()) << "a repeat is a success";
  backend_->PassTime(until);
  EXPECT_EQ(store_.Delete("later", later.version_id).code(), absl::StatusCode::kPermissionDenied);

  for (const auto& [key, version] : {std::pair("held", put.version_id), std::pair("later", later.version_id)}) {
    ASSERT_TRUE(store_.SetLegalHold(key, version, false).ok());
    EXPECT_FALSE(store_.Head(key, version)->legal_hold);
    EXPECT_TRUE(store_.Delete(key, version).ok());
  }
}

TEST_P(ObjectStoreContract, LosesNothingToADeleteWithoutAVersion) {
  const PutResult put = MustPut("key", "body");
  const absl::Status deleted = store_.Delete("key", "");
  if (backend_->has_delete_markers()) {
    ASSERT_TRUE(deleted.ok()) << deleted;
    EXPECT_EQ(store_.Get("key", "").status().code(), absl::StatusCode::kNotFound);
    const absl::StatusOr<VersionPage> page = store_.ListVersions("", "", 10);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->versions.size(), 2);
    EXPECT_EQ(std::count_if(page->versions.begin(), page->versions.end(),
                            [](const ObjectInfo& version) { return version.is_delete_marker; }),
              1);
  } else {
    EXPECT_EQ(deleted.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(store_.Get("key", "")->body, "body");
  }
  EXPECT_EQ(store_.Get("key", put.version_id)->body, "body");
}

}  // namespace
}  // namespace affidavit::testing
