// `affidavit fsck --store`: each kind of damage in a bucket is found, and named.
#include "cli/fsck/store_check.h"
#include "tests/integration/restore/mirrored_log.h"

namespace affidavit::cli {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing::Role;

class StoreCheckTest : public MirroredLog {
 protected:
  void SetUp() override { FillAndMirror(); }

  StoreCheckResult Check(int64_t sample_count = 0) {
    const auto connection = *db::Connection::Open({.url = database_.url(Role::kReader)});
    absl::StatusOr<StoreCheckResult> result = StoreCheck(&bucket_, connection.get(),
                                                         {.sample_count = sample_count,
                                                          .seed = 7,
                                                          .thread_count = 2,
                                                          .policy = {.log_keys = {*ParseVerifierKey(keys_.vkey)}}},
                                                         [](const char*, int64_t, int64_t) {})
                                                  .Run();
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }
  void ExpectOnly(const std::string& sentence) {
    const StoreCheckResult result = Check();
    EXPECT_EQ(result.findings.count(), 1) << sentence;
    EXPECT_THAT(result.findings.sentences(), Contains(HasSubstr(sentence)));
  }
  objectstore::ObjectInfo InfoOf(const std::string& key) { return *memory_.Head(key, ""); }
};

TEST_F(StoreCheckTest, EachDamageIsNamed) {
  const StoreCheckResult whole = Check();
  EXPECT_EQ(whole.findings.count(), 0) << whole.findings.sentences().front();
  EXPECT_EQ(whole.object_count, 270);
  EXPECT_EQ(whole.left_out_count, 30);
  EXPECT_EQ(whole.mirrored_size, 300);
  EXPECT_EQ(whole.log_tree_size, 300);
  EXPECT_LE(Check(30).object_count, 30);

  const std::string key = KeyOf(10);
  bucket_.flipped = {key};
  ExpectOnly("entry 10: " + key + ", version " + InfoOf(key).version_id + ", does not hold the bytes");
  bucket_.flipped.clear();
  bucket_.hidden = {key};
  ExpectOnly("is not in the store");
  bucket_.hidden.clear();
  bucket_.locks[key] = {};
  ExpectOnly("has no lock");
  bucket_.locks[key] = InfoOf(key);
  *bucket_.locks[key].retain_until -= std::chrono::hours(1);
  ExpectOnly("is locked until");
  bucket_.locks[key] = InfoOf(key);
  bucket_.locks[key].lock_mode = "GOVERNANCE";
  ExpectOnly("is locked in mode GOVERNANCE");
  bucket_.locks[key] = InfoOf(key);
  bucket_.locks[key].legal_hold = true;
  ExpectOnly("is held, and no legal hold binds the entry");
  bucket_.locks.clear();
  bucket_.archived = {key};
  EXPECT_EQ(Check().archived_count, 1);
  EXPECT_EQ(Check().findings.count(), 0);
}

TEST_F(StoreCheckTest, WhatNoReceiptNamesOrAReceiptThatLiesIsNamed) {
  const std::string key = KeyOf(10);
  Cover(key, memory_.Get(key, "")->body);
  EXPECT_EQ(Check().findings.count(), 0);
  EXPECT_EQ(Check().extra_count, 1) << "the same bytes again";
  Cover("audit/2026-11-24/SMS/stranger.json", "{}");
  ExpectOnly("audit/2026-11-24/SMS/stranger.json is in the store, and no receipt names it");
  Cover(key, "{\"n\": 11}");
  EXPECT_THAT(Check().findings.sentences(), Contains(HasSubstr("is no receipt's, and of other bytes")));

  Tamper("mirror_receipts", "DELETE FROM affidavit.mirror_receipts WHERE leaf_index = 20");
  const std::vector<std::string> sentences = Check().findings.sentences();
  EXPECT_THAT(sentences, Contains(HasSubstr("entry 20: it has no receipt, though the mirror has passed it")));
  EXPECT_THAT(sentences, Contains(HasSubstr("and no receipt names it")));
  Tamper("mirror_receipts",
         "UPDATE affidavit.mirror_receipts SET checksum = decode(repeat('00', 32), 'hex') WHERE leaf_index = 21");
  EXPECT_THAT(Check().findings.sentences(), Contains(HasSubstr("entry 21: its receipt names another object")));
  bucket_.flipped = {"log/tile/entries/000"};
  EXPECT_THAT(Check().findings.sentences(), Contains(HasSubstr("log/tile/entries/000")));
}

}  // namespace
}  // namespace affidavit::cli
