#include <functional>
#include <string>

#include "core/base/status_macros.h"
#include "db/connection.h"
#include "db/log_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr char kOrigin[] = "example.com/log";
constexpr char kSecond[] = "example.com/log/2";

db::StoredCheckpoint CheckpointOf(const std::string& origin, int64_t tree_size) {
  db::StoredCheckpoint checkpoint;
  checkpoint.origin = origin;
  checkpoint.tree_size = tree_size;
  checkpoint.root_hash = Sha256(std::to_string(tree_size));
  checkpoint.signed_note = origin + "\n" + std::to_string(tree_size) + "\n\n— a signature\n";
  return checkpoint;
}

class CheckpointStoreTest : public ::testing::Test {
 protected:
  // As the ledger. Returns what went wrong.
  absl::Status Run(const std::function<void(db::Transaction&)>& body) const {
    ASSIGN_OR_RETURN(const auto connection, db::Connection::Open({.url = database_.url(Role::kLedger)}));
    return connection->Transact([&body](db::Transaction& transaction) {
      body(transaction);
      return absl::OkStatus();
    });
  }

  void ExpectRun(const std::function<void(db::Transaction&)>& body) const {
    const absl::Status status = Run(body);
    EXPECT_TRUE(status.ok()) << status;
  }

  void InsertThree() const {
    ExpectRun([](db::Transaction& transaction) {
      db::OpenOrigin(transaction, kOrigin, "");
      for (const int64_t size : {30, 10, 20}) {
        db::InsertCheckpoint(transaction, CheckpointOf(kOrigin, size));
      }
    });
  }

  TestDatabase database_;
};

std::vector<int64_t> Sizes(const std::vector<db::StoredCheckpoint>& checkpoints) {
  std::vector<int64_t> sizes;
  for (const db::StoredCheckpoint& checkpoint : checkpoints) {
    sizes.push_back(checkpoint.tree_size);
  }
  return sizes;
}

TEST_F(CheckpointStoreTest, NothingBeforeTheFirst) {
  ExpectRun([](db::Transaction& transaction) {
    EXPECT_FALSE(db::ReadCurrentOrigin(transaction).has_value());
    EXPECT_FALSE(db::ReadNewestCheckpoint(transaction, kOrigin).has_value());
    EXPECT_THAT(db::ListCheckpoints(transaction, kOrigin, 0, 10), SizeIs(0));
  });
}

TEST_F(CheckpointStoreTest, TheNewestOriginIsTheCurrentOne) {
  ExpectRun([](db::Transaction& transaction) {
    db::OpenOrigin(transaction, kOrigin, "");
    db::OpenOrigin(transaction, kOrigin, "");
    const auto first = db::ReadCurrentOrigin(transaction);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->number, 1);
    EXPECT_EQ(first->previous_checkpoint, "");
    db::OpenOrigin(transaction, kSecond, "the lost note\n");
    const auto second = db::ReadCurrentOrigin(transaction);
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->number, 2);
    EXPECT_EQ(second->origin, kSecond);
    EXPECT_EQ(second->previous_checkpoint, "the lost note\n");
    EXPECT_LT(std::chrono::abs(second->open_time - SystemClock().WallNow()), std::chrono::minutes(1));
  });
}

TEST_F(CheckpointStoreTest, OnlyTheFirstOriginFollowsNone) {
  EXPECT_FALSE(Run([](db::Transaction& transaction) { db::OpenOrigin(transaction, kOrigin, "a note\n"); }).ok());
  ExpectRun([](db::Transaction& transaction) { db::OpenOrigin(transaction, kOrigin, ""); });
  EXPECT_FALSE(Run([](db::Transaction& transaction) { db::OpenOrigin(transaction, kSecond, ""); }).ok());
}

TEST_F(CheckpointStoreTest, FindsCheckpointsOfOneOriginBySize) {
  InsertThree();
  ExpectRun([](db::Transaction& transaction) {
    db::OpenOrigin(transaction, kSecond, "the lost note\n");
    db::InsertCheckpoint(transaction, CheckpointOf(kSecond, 40));
    const auto newest = db::ReadNewestCheckpoint(transaction, kOrigin);
    ASSERT_TRUE(newest.has_value());
    const db::StoredCheckpoint inserted = CheckpointOf(kOrigin, 30);
    EXPECT_EQ(newest->origin, inserted.origin);
    EXPECT_EQ(newest->tree_size, inserted.tree_size);
    EXPECT_EQ(newest->root_hash, inserted.root_hash);
    EXPECT_EQ(newest->signed_note, inserted.signed_note);
    EXPECT_LT(std::chrono::abs(newest->sign_time - SystemClock().WallNow()), std::chrono::minutes(1));
    EXPECT_TRUE(db::ReadCheckpoint(transaction, kOrigin, 20).has_value());
    EXPECT_FALSE(db::ReadCheckpoint(transaction, kOrigin, 21).has_value());
    EXPECT_FALSE(db::ReadCheckpoint(transaction, kOrigin, 40).has_value());
    EXPECT_EQ(db::ReadCheckpointCovering(transaction, kOrigin, 20)->tree_size, 20);
    EXPECT_EQ(db::ReadCheckpointCovering(transaction, kOrigin, 11)->tree_size, 20);
    EXPECT_FALSE(db::ReadCheckpointCovering(transaction, kOrigin, 31).has_value());
    EXPECT_THAT(Sizes(db::ListCheckpoints(transaction, kOrigin, 0, 2)), ElementsAre(10, 20));
    EXPECT_THAT(Sizes(db::ListCheckpoints(transaction, kOrigin, 20, 2)), ElementsAre(30));
  });
}

TEST_F(CheckpointStoreTest, OneCheckpointASizeAndNoneWithoutAnOrigin) {
  InsertThree();
  const absl::Status again =
      Run([](db::Transaction& transaction) { db::InsertCheckpoint(transaction, CheckpointOf(kOrigin, 20)); });
  EXPECT_TRUE(absl::IsUnavailable(again)) << again;
  EXPECT_FALSE(
      Run([](db::Transaction& transaction) { db::InsertCheckpoint(transaction, CheckpointOf(kSecond, 50)); }).ok());
}

TEST_F(CheckpointStoreTest, WhatOutsidersAddIsKeptOnceByteForByte) {
  InsertThree();
  const TimePoint time = *ParseRfc3339("2026-11-24T12:00:00.123456Z");
  ExpectRun([time](db::Transaction& transaction) {
    db::InsertCosignature(transaction, kOrigin, 20, {"witness+b", "— b line\n", time});
    db::InsertCosignature(transaction, kOrigin, 20, {"witness+a", "— a line\n", time});
    db::InsertCosignature(transaction, kOrigin, 20, {"witness+a", "— another line\n", time});
    db::InsertTimestamp(transaction, kOrigin, 20, {"tsa", std::string("\x30\x00\xff", 3), time});
    db::InsertTimestamp(transaction, kOrigin, 20, {"tsa", "later", time});
    const std::vector<db::StoredCosignature> cosignatures = db::ReadCosignatures(transaction, kOrigin, 20);
    ASSERT_THAT(cosignatures, SizeIs(2));
    EXPECT_EQ(cosignatures[0].witness, "witness+a");
    EXPECT_EQ(cosignatures[0].line, "— a line\n");
    EXPECT_EQ(cosignatures[0].cosign_time, time);
    const std::vector<db::StoredTimestamp> timestamps = db::ReadTimestamps(transaction, kOrigin, 20);
    ASSERT_THAT(timestamps, SizeIs(1));
    EXPECT_EQ(timestamps[0].authority, "tsa");
    EXPECT_EQ(timestamps[0].token, std::string("\x30\x00\xff", 3));
    EXPECT_EQ(timestamps[0].generation_time, time);
    EXPECT_THAT(db::ReadCosignatures(transaction, kOrigin, 10), SizeIs(0));
    EXPECT_THAT(db::ReadTimestamps(transaction, kOrigin, 10), SizeIs(0));
  });
}

}  // namespace
}  // namespace affidavit::testing
