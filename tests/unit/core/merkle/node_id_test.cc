#include "core/merkle/node_id.h"

#include <limits>

#include "gtest/gtest.h"

namespace affidavit {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

// The fewest nodes, found by the definition: take the largest perfect subtree inside the range, and cover what is left
// of it and right of it the same way.
size_t FewestNodes(uint64_t begin, uint64_t end) {
  for (int level = 10; level >= 0 && begin < end; --level) {
    const uint64_t width = uint64_t{1} << level;
    const uint64_t first = begin + (width - begin % width) % width;
    if (first + width <= end) {
      return FewestNodes(begin, first) + 1 + FewestNodes(first + width, end);
    }
  }
  return 0;
}

TEST(NodeIdTest, CoverRangeTilesTheRangeWithTheFewestPerfectNodes) {
  for (uint64_t begin = 0; begin <= 70; ++begin) {
    for (uint64_t end = begin; end <= 140; ++end) {
      uint64_t next = begin;
      const std::vector<NodeId> nodes = CoverRange(begin, end);
      for (const NodeId& node : nodes) {
        ASSERT_EQ(node.index << node.level, next) << begin << " to " << end;
        next += uint64_t{1} << node.level;
      }
      ASSERT_EQ(next, end);
      ASSERT_EQ(nodes.size(), FewestNodes(begin, end)) << begin << " to " << end;
    }
  }
}

TEST(NodeIdTest, CoverRangeTakesTheLargestTree) {
  EXPECT_EQ(CoverRange(0, kMax).size(), 64u);
  EXPECT_EQ(CoverRange(1, kMax).size(), 63u + 63u);
  EXPECT_EQ(CoverRange(0, uint64_t{1} << 63), (std::vector<NodeId>{{63, 0}}));
  EXPECT_TRUE(CoverRange(kMax, kMax).empty());
}

TEST(NodeIdTest, SplitPointIsTheLargestPowerOfTwoBelow) {
  EXPECT_EQ(SplitPoint(2), 1u);
  EXPECT_EQ(SplitPoint(3), 2u);
  EXPECT_EQ(SplitPoint(4), 2u);
  EXPECT_EQ(SplitPoint(5), 4u);
  EXPECT_EQ(SplitPoint(kMax), uint64_t{1} << 63);
}

TEST(NodeIdTest, ANodeIsCompleteOnceItsLastLeafExists) {
  EXPECT_FALSE(IsComplete({0, 0}, 0));
  EXPECT_TRUE(IsComplete({0, 0}, 1));
  EXPECT_FALSE(IsComplete({3, 1}, 15));
  EXPECT_TRUE(IsComplete({3, 1}, 16));
  EXPECT_FALSE(IsComplete({63, 1}, kMax));
  EXPECT_FALSE(IsComplete({64, 0}, kMax));
  EXPECT_FALSE(IsComplete({200, 0}, kMax));
  EXPECT_FALSE(IsComplete({0, kMax}, kMax));
}

}  // namespace
}  // namespace affidavit
