#include "webhook-adapter/byte_budget.h"

#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace affidavit::adapter {
namespace {

class ByteBudgetTest : public testing::Test {
 protected:
  prometheus::Gauge gauge_;
  ByteBudget budget_{100, gauge_};
};

TEST_F(ByteBudgetTest, ReservesUntilNothingIsLeft) {
  const ByteBudget::Lease first = budget_.Reserve(60);
  const ByteBudget::Lease second = budget_.Reserve(40);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(budget_.Reserve(1));
  EXPECT_TRUE(budget_.Reserve(0));
  EXPECT_EQ(gauge_.Value(), 100);
}

TEST_F(ByteBudgetTest, GivesBackOnce) {
  {
    ByteBudget::Lease lease = budget_.Reserve(60);
    ByteBudget::Lease moved = std::move(lease);
    moved.ShrinkTo(10);
    moved.ShrinkTo(50);  // no growth
    EXPECT_EQ(budget_.used(), 10);
    moved = budget_.Reserve(20);
  }
  EXPECT_EQ(budget_.used(), 0);
  EXPECT_EQ(gauge_.Value(), 0);
}

TEST_F(ByteBudgetTest, HugeReservationsDoNotWrapAround) {
  const ByteBudget::Lease lease = budget_.Reserve(50);
  EXPECT_FALSE(budget_.Reserve(INT64_MAX));
}

TEST_F(ByteBudgetTest, ThreadsNeverHoldMoreThanThereIs) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < 2'000; ++round) {
        const ByteBudget::Lease lease = budget_.Reserve(30);
        EXPECT_LE(budget_.used(), 100);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(budget_.used(), 0);
}

}  // namespace
}  // namespace affidavit::adapter
