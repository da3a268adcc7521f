#include "services/ledger/retention_board.h"

#include <thread>

#include "gtest/gtest.h"

namespace affidavit::ledger {
namespace {

RetentionPolicies KeepAllFor(int years) {
  RetentionPolicies policies;
  policies.Add({.regime = "house-rule", .years = years});
  return policies;
}

TEST(RetentionBoard, HasNoPoliciesUntilSomeArePublished) {
  RetentionBoard board;
  EXPECT_TRUE(board.policies()->all().empty());
  board.Publish(KeepAllFor(8));
  const RetentionPolicies* const read = board.policies();
  board.Publish(KeepAllFor(8));
  EXPECT_EQ(board.policies(), read) << "nothing changed";
  board.Publish(KeepAllFor(9));
  EXPECT_EQ(board.policies()->all().front().years, 9);
  EXPECT_EQ(read->all().front().years, 8) << "what was read stays as it was";
}

TEST(RetentionBoard, IsReadWhileItIsWritten) {
  RetentionBoard board;
  board.Publish(KeepAllFor(1));
  std::thread writer([&board] {
    for (int years = 2; years <= 50; ++years) {
      board.Publish(KeepAllFor(years));
    }
  });
  int last = 0;
  while (last < 50) {
    const int years = board.policies()->LongestFor(LeafFields())->years;
    EXPECT_GE(years, last);
    last = years;
  }
  writer.join();
}

}  // namespace
}  // namespace affidavit::ledger
