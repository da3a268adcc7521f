#include "services/ledger/publish/heartbeat.h"

#include <gmock/gmock.h>

#include "tests/integration/ledger/publish_fixture.h"

namespace affidavit::ledger {
namespace {

// Steady time as the test says; the wall clock is the database's own.
class SteadyHand final : public Clock {
 public:
  TimePoint WallNow() const override { return TimePoint(); }
  std::chrono::steady_clock::time_point SteadyNow() const override { return now; }

  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
};

class HeartbeatTest : public PublishFixture {
 protected:
  Heartbeat Make(std::chrono::seconds interval) {
    return Heartbeat(
        interval, &pool_,
        [this](const HeartbeatRecord& record) {
          keys_.push_back(record.idempotency_key);
          return answer_;
        },
        clock_);
  }

  // The wall clock moves on by itself; intervals of a second pass while the test waits for the database's clock.
  void PassSecond() {
    database_.Exec("SELECT pg_sleep(1)");
    clock_.now += std::chrono::seconds(1);
  }

  SteadyHand clock_;
  absl::Status answer_;
  std::vector<std::string> keys_;
};

TEST_F(HeartbeatTest, ALogBeginsWithEventsAndEachIntervalThatBeginsIsTold) {
  Heartbeat heartbeat = Make(std::chrono::seconds(1));
  EXPECT_TRUE(heartbeat.RunOnce().ok());
  EXPECT_TRUE(keys_.empty());
  for (int i = 0; i < 2; ++i) {
    PassSecond();
    EXPECT_TRUE(heartbeat.RunOnce().ok());
    EXPECT_TRUE(heartbeat.RunOnce().ok());
  }
  ASSERT_EQ(keys_.size(), 2U);
  EXPECT_NE(keys_[0], keys_[1]);
  for (const std::string& key : keys_) {
    EXPECT_THAT(key, ::testing::EndsWith(".000000Z"));
  }
}

TEST_F(HeartbeatTest, WhatIsNotDueAsksNobody) {
  Heartbeat heartbeat = Make(std::chrono::hours(24 * 365 * 50));
  EXPECT_TRUE(heartbeat.RunOnce().ok());
  database_.Exec("REVOKE SELECT ON affidavit.entries FROM affidavit_ledger");
  EXPECT_TRUE(heartbeat.RunOnce().ok());
  EXPECT_TRUE(keys_.empty());
}

TEST_F(HeartbeatTest, WhatWasNotStoredIsTriedAgain) {
  Heartbeat heartbeat = Make(std::chrono::seconds(1));
  EXPECT_TRUE(heartbeat.RunOnce().ok());
  answer_ = absl::UnavailableError("full");
  PassSecond();
  EXPECT_FALSE(heartbeat.RunOnce().ok());
  answer_ = absl::OkStatus();
  EXPECT_TRUE(heartbeat.RunOnce().ok());
  ASSERT_EQ(keys_.size(), 2U);
  EXPECT_TRUE(heartbeat.RunOnce().ok());
  EXPECT_EQ(keys_.size(), 2U) << "done for this interval";
}

}  // namespace
}  // namespace affidavit::ledger
