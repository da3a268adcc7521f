#include "services/mirror/copier.h"

#include "core/base/encoding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/memory_object_store.h"

namespace affidavit::mirror {
namespace {

using std::chrono::hours;
using testing::MemoryObjectStore;
using testing::StoreFault;
using testing::StoreStep;

const TimePoint kUntil = *ParseRfc3339("2033-11-24T00:00:00Z");

class CopierTest : public ::testing::TestWithParam<MemoryObjectStore::Traits> {
 protected:
  static objectstore::PutRequest Request(const std::string& body) {
    return {.key = "k",
            .body = body,
            .sha256 = Sha256(body),
            .retain_until = kUntil,
            .metadata = {{"audit_hash", HexEncode(AsBytes(Sha256(body)))}}};
  }
  absl::StatusOr<CopiedObject> Copy(const std::string& body, bool may_exist, bool verify_existing = true) {
    return Copier(&store_, verify_existing).Copy(Request(body), may_exist);
  }

  MemoryObjectStore store_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(EachKind, CopierTest,
                         ::testing::Values(MemoryObjectStore::Traits{},
                                           MemoryObjectStore::Traits{.keeps_digests = false,
                                                                     .honours_if_absent = false}));

TEST_P(CopierTest, PutsWhatIsNotThereUnderLock) {
  const std::string body = "{}";
  for (const bool may_exist : {false, true}) {
    MemoryObjectStore store(GetParam());
    const auto copied = Copier(&store, true).Copy(Request(body), may_exist);
    ASSERT_TRUE(copied.ok()) << copied.status();
    EXPECT_FALSE(copied->existed);
    EXPECT_FALSE(copied->is_repeat);
    const auto versions = store.Versions("k");
    ASSERT_EQ(versions.size(), 1U);
    EXPECT_EQ(versions[0].body, body);
    EXPECT_EQ(versions[0].info.retain_until, kUntil);
    EXPECT_EQ(versions[0].info.version_id, copied->version_id);
    EXPECT_EQ(copied->retain_until, kUntil);
  }
}

TEST_P(CopierTest, TheSameBytesAreASuccessAndStayTheOnlyVersion) {
  const std::string body = "{}";
  const auto first = Copy(body, false);
  const auto second = Copy(body, true);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(second->existed);
  EXPECT_EQ(second->version_id, first->version_id);
  EXPECT_EQ(store_.Versions("k").size(), 1U);
}

TEST_P(CopierTest, OtherBytesAreRefusedAndLeftAlone) {
  for (const std::string& other : {std::string("[]"), std::string("[1, 2]")}) {
    ASSERT_TRUE(Copy("{}", true).ok());
    EXPECT_TRUE(absl::IsAlreadyExists(Copy(other, true).status()));
    EXPECT_EQ(store_.Versions("k").size(), 1U);
  }
}

TEST_P(CopierTest, WhatFallsShortOfTheLockIsBroughtUpToIt) {
  ASSERT_TRUE(Copy("{}", false).ok());
  const std::string body = "{}";
  objectstore::PutRequest request = Request(body);
  request.retain_until = kUntil + hours(24);
  request.legal_hold = true;
  const auto copied = Copier(&store_, true).Copy(request, true);
  ASSERT_TRUE(copied.ok()) << copied.status();
  EXPECT_TRUE(copied->legal_hold);
  EXPECT_EQ(copied->retain_until, kUntil + hours(24));
  EXPECT_EQ(store_.Versions("k")[0].info.retain_until, kUntil + hours(24));
  EXPECT_TRUE(store_.Versions("k")[0].info.legal_hold);
  // What is longer than asked for stays, and is what is reported.
  EXPECT_EQ(Copy(body, true)->retain_until, kUntil + hours(24));
}

TEST_P(CopierTest, AnUnlockedOneIsLocked) {
  const std::string body = "{}";
  objectstore::PutRequest request = Request(body);
  request.retain_until.reset();
  ASSERT_TRUE(store_.Put(request).ok());
  ASSERT_TRUE(Copy(body, true).ok());
  EXPECT_EQ(store_.Versions("k")[0].info.lock_mode, "COMPLIANCE");
}

TEST_P(CopierTest, AWriteOnlyRolePutsAgain) {
  ASSERT_TRUE(Copy("{}", false, /*verify_existing=*/false).ok());
  const auto again = Copy("{}", true, /*verify_existing=*/false);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->is_repeat);
  EXPECT_EQ(store_.Versions("k").size(), 2U);
  EXPECT_EQ(store_.CallCount(StoreStep::kHead), 0);
}

TEST_P(CopierTest, ARoleThatTurnsOutNotToReadPutsAgain) {
  ASSERT_TRUE(Copy("{}", false).ok());
  MemoryObjectStore::Traits traits = GetParam();
  traits.may_read = false;
  store_.set_traits(traits);
  for (const bool may_exist : {true, false}) {
    const size_t before = store_.Versions("k").size();
    const auto again = Copy("{}", may_exist);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(store_.Versions("k").size(), before + 1);
  }
}

TEST_P(CopierTest, OneThatMayNotLengthenPutsAgain) {
  ASSERT_TRUE(Copy("{}", false).ok());
  store_.Arm({.step = StoreStep::kExtend, .code = absl::StatusCode::kPermissionDenied});
  const std::string body = "{}";
  objectstore::PutRequest request = Request(body);
  request.retain_until = kUntil + hours(24);
  ASSERT_TRUE(Copier(&store_, true).Copy(request, true).ok());
  ASSERT_EQ(store_.Versions("k").size(), 2U);
  EXPECT_EQ(store_.Versions("k")[1].info.retain_until, kUntil + hours(24));
}

TEST_P(CopierTest, OtherErrorsAreTheStores) {
  for (const StoreStep step : {StoreStep::kHead, StoreStep::kPut}) {
    for (const auto code : {absl::StatusCode::kUnavailable, absl::StatusCode::kFailedPrecondition,
                            absl::StatusCode::kInvalidArgument, absl::StatusCode::kInternal}) {
      store_.Arm({.step = step, .code = code});
      EXPECT_EQ(Copy("{}", true).status().code(), code);
      EXPECT_TRUE(store_.IsUsedUp());
      EXPECT_TRUE(store_.Versions("k").empty());
    }
  }
}

TEST(CopierOfAnArchive, TakesTheMetadatasWordForWhatCannotBeRead) {
  MemoryObjectStore store({.keeps_digests = false, .honours_if_absent = false});
  const std::string body = "{}";
  objectstore::PutRequest request{.key = "k",
                                  .body = body,
                                  .sha256 = Sha256(body),
                                  .retain_until = kUntil,
                                  .metadata = {{"audit_hash", HexEncode(AsBytes(Sha256(body)))}}};
  ASSERT_TRUE(store.Put(request).ok());
  store.Arm({.step = StoreStep::kGet, .code = absl::StatusCode::kFailedPrecondition, .times = 2});
  EXPECT_TRUE(Copier(&store, true).Copy(request, true)->existed);
  const std::string other = "[]";
  request.body = other;
  request.sha256 = Sha256(other);
  EXPECT_TRUE(absl::IsAlreadyExists(Copier(&store, true).Copy(request, true).status()));
}

}  // namespace
}  // namespace affidavit::mirror
