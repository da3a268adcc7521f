#include "core/merkle/compact_range.h"

#include <map>

#include "core/merkle/hash.h"
#include "gtest/gtest.h"
#include "tests/unit/core/merkle/reference_tree.h"

namespace affidavit {
namespace {

constexpr uint64_t kSize = 300;

std::string Leaf(uint64_t index) {
  return "leaf " + std::to_string(index);
}

CompactRange Range(uint64_t begin, uint64_t end) {
  CompactRange range(begin);
  for (uint64_t i = begin; i < end; ++i) {
    range.Append(LeafHash(Leaf(i)));
  }
  return range;
}

void ExpectHashesOfCover(const CompactRange& range, ReferenceTree& reference) {
  const std::vector<NodeId> nodes = CoverRange(range.begin(), range.end());
  ASSERT_EQ(range.hashes().size(), nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const uint64_t width = uint64_t{1} << nodes[i].level;
    ASSERT_EQ(range.hashes()[i], reference.Mth(nodes[i].index * width, (nodes[i].index + 1) * width));
  }
}

TEST(CompactRangeTest, RootsAreTheReferencesForEverySize) {
  ReferenceTree reference = ReferenceTree::Dense(kSize);
  CompactRange range;
  for (uint64_t size = 0; size <= kSize; ++size) {
    ASSERT_EQ(range.Root().value(), reference.Mth(0, size)) << size;
    ExpectHashesOfCover(range, reference);
    range.Append(LeafHash(Leaf(size)));
  }
}

TEST(CompactRangeTest, VisitsEachPerfectNodeOnceChildrenFirst) {
  ReferenceTree reference = ReferenceTree::Dense(kSize);
  std::map<NodeId, Digest> visited;
  CompactRange range;
  for (uint64_t i = 0; i < kSize; ++i) {
    range.Append(LeafHash(Leaf(i)), [&](const NodeId& node, const Digest& hash) {
      if (node.level > 0) {
        ASSERT_TRUE(visited.contains({node.level - 1, 2 * node.index}));
        ASSERT_TRUE(visited.contains({node.level - 1, 2 * node.index + 1}));
      }
      ASSERT_TRUE(visited.emplace(node, hash).second);
    });
  }
  size_t node_count = 0;
  for (uint32_t level = 0; (kSize >> level) > 0; ++level) {
    node_count += kSize >> level;
  }
  EXPECT_EQ(visited.size(), node_count);
  for (const auto& [node, hash] : visited) {
    const uint64_t width = uint64_t{1} << node.level;
    ASSERT_EQ(hash, reference.Mth(node.index * width, (node.index + 1) * width));
  }
}

TEST(CompactRangeTest, MergesAtEverySplit) {
  constexpr uint64_t kSmall = 48;
  ReferenceTree reference = ReferenceTree::Dense(kSmall);
  for (uint64_t begin = 0; begin <= kSmall; ++begin) {
    for (uint64_t middle = begin; middle <= kSmall; ++middle) {
      CompactRange left = Range(begin, middle);
      for (uint64_t end = middle; end <= kSmall; end += 1 + end / 7) {
        CompactRange whole = left;
        ASSERT_TRUE(whole.Merge(Range(middle, end)).ok());
        ASSERT_EQ(whole.end(), end);
        ExpectHashesOfCover(whole, reference);
      }
    }
  }
}

TEST(CompactRangeTest, MergeVisitsOnlyNodesThatArise) {
  std::map<NodeId, Digest> visited;
  const auto visit = [&](const NodeId& node, const Digest& hash) { visited[node] = hash; };
  CompactRange range = Range(0, 6);
  ASSERT_TRUE(range.Merge(Range(6, 8), visit).ok());
  ReferenceTree reference = ReferenceTree::Dense(8);
  EXPECT_EQ(visited, (std::map<NodeId, Digest>{{{2, 1}, reference.Mth(4, 8)}, {{3, 0}, reference.Mth(0, 8)}}));
}

TEST(CompactRangeTest, GoesOnFromStoredHashes) {
  ReferenceTree reference = ReferenceTree::Dense(kSize);
  for (uint64_t size = 0; size < kSize; ++size) {
    CompactRange range = CompactRange::FromHashes(0, size, Range(0, size).hashes()).value();
    range.Append(LeafHash(Leaf(size)));
    ASSERT_EQ(range.Root().value(), reference.Mth(0, size + 1)) << size;
  }
}

TEST(CompactRangeTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(CompactRange::FromHashes(0, 7, Range(0, 6).hashes()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CompactRange::FromHashes(2, 1, {}).status().code(), absl::StatusCode::kInvalidArgument);
  CompactRange range = Range(0, 5);
  EXPECT_EQ(range.Merge(Range(6, 8)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(range.Merge(Range(4, 8)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(range.Root().value(), Range(0, 5).Root().value());
  EXPECT_EQ(Range(1, 5).Root().status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace affidavit
