#include "core/merkle/proof.h"

#include <algorithm>
#include <random>

#include "core/merkle/verify.h"
#include "gtest/gtest.h"
#include "tests/unit/core/merkle/reference_tree.h"

namespace affidavit {
namespace {

constexpr uint64_t kDenseSize = 300;

// What a caller does with a plan: fetch, then assemble. Fails the test when the plan asks for a node that the tree has
// not.
std::vector<Digest> Assemble(const ProofPlan& plan, uint64_t size, ReferenceTree& tree) {
  std::vector<Digest> hashes;
  for (const NodeId& node : plan.nodes) {
    EXPECT_TRUE(IsComplete(node, size)) << node.level << "/" << node.index << " in " << size;
    const uint64_t width = uint64_t{1} << node.level;
    hashes.push_back(tree.Mth(node.index * width, (node.index + 1) * width));
  }
  return AssembleProof(plan, hashes).value();
}

TEST(ProofTest, EveryInclusionProofIsTheReferencesAndVerifies) {
  ReferenceTree tree = ReferenceTree::Dense(kDenseSize);
  for (uint64_t size = 1; size <= kDenseSize; ++size) {
    const Digest root = tree.Mth(0, size);
    for (uint64_t index = 0; index < size; ++index) {
      const std::vector<Digest> proof = Assemble(PlanInclusion(index, size).value(), size, tree);
      ASSERT_EQ(proof, tree.Path(index, size)) << index << " of " << size;
      ASSERT_TRUE(VerifyInclusion(index, size, tree.Mth(index, index + 1), proof, root).ok())
          << index << " of " << size;
    }
  }
}

TEST(ProofTest, EveryConsistencyProofIsTheReferencesAndVerifies) {
  ReferenceTree tree = ReferenceTree::Dense(kDenseSize);
  for (uint64_t size2 = 1; size2 <= kDenseSize; ++size2) {
    for (uint64_t size1 = 1; size1 <= size2; ++size1) {
      const std::vector<Digest> proof = Assemble(PlanConsistency(size1, size2).value(), size2, tree);
      ASSERT_EQ(proof, tree.Proof(size1, size2)) << size1 << " to " << size2;
      ASSERT_TRUE(VerifyConsistency(size1, size2, tree.Mth(0, size1), tree.Mth(0, size2), proof).ok())
          << size1 << " to " << size2;
    }
  }
}

// Trees of up to 2^40 leaves, of which only those have content that the proofs are about and some beside them.
TEST(ProofTest, LargeTreesAgreeWithTheReference) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    const uint64_t size2 = 1 + random() % (uint64_t{1} << (1 + random() % 40));
    const uint64_t size1 = 1 + random() % size2;
    const uint64_t index = random() % size2;
    std::map<uint64_t, std::string> leaves;
    for (const uint64_t near : {index, size1 - 1, size1, size2 - 1, random() % size2, random() % size2}) {
      leaves[near] = "leaf " + std::to_string(near);
      leaves[near ^ 1] = "leaf " + std::to_string(near ^ 1);
    }
    ReferenceTree tree(std::move(leaves));
    const Digest root2 = tree.Mth(0, size2);
    const std::vector<Digest> inclusion = Assemble(PlanInclusion(index, size2).value(), size2, tree);
    ASSERT_EQ(inclusion, tree.Path(index, size2)) << index << " of " << size2;
    ASSERT_TRUE(VerifyInclusion(index, size2, tree.Mth(index, index + 1), inclusion, root2).ok());
    const std::vector<Digest> consistency = Assemble(PlanConsistency(size1, size2).value(), size2, tree);
    ASSERT_EQ(consistency, tree.Proof(size1, size2)) << size1 << " to " << size2;
    ASSERT_TRUE(VerifyConsistency(size1, size2, tree.Mth(0, size1), root2, consistency).ok());
  }
}

TEST(ProofTest, PlansGrowWithTheLogarithm) {
  EXPECT_EQ(PlanInclusion(0, 1).value(), ProofPlan{});
  EXPECT_EQ(PlanConsistency(7, 7).value(), ProofPlan{});
  std::mt19937_64 random(1);
  for (int round = 0; round < 1000; ++round) {
    const uint64_t size = 1 + random() % (uint64_t{1} << 40);
    EXPECT_LE(PlanInclusion(random() % size, size).value().nodes.size(), 2 * 40u);
    EXPECT_LE(PlanConsistency(1 + random() % size, size).value().nodes.size(), 2 * 40u + 1);
  }
}

// transparency-dev/merkle documents the same choice: leaf 0 of 7 needs (0,1), (1,1) and the ragged edge of (1,2) and
// (0,6).
TEST(ProofTest, TheRaggedEdgeIsFoldedFromStoredNodes) {
  const ProofPlan plan = PlanInclusion(0, 7).value();
  EXPECT_EQ(plan.nodes, (std::vector<NodeId>{{0, 1}, {1, 1}, {1, 2}, {0, 6}}));
  EXPECT_EQ(plan.fold_begin, 2u);
  EXPECT_EQ(plan.fold_end, 4u);
}

TEST(ProofTest, RefusesWhatCannotBeProven) {
  constexpr uint64_t kMax = ~uint64_t{0};
  EXPECT_EQ(PlanInclusion(0, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PlanInclusion(5, 5).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PlanInclusion(kMax, kMax).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PlanConsistency(0, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PlanConsistency(0, 5).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PlanConsistency(6, 5).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(PlanInclusion(kMax - 1, kMax).ok());
  EXPECT_TRUE(PlanConsistency(kMax - 1, kMax).ok());
  EXPECT_EQ(AssembleProof(PlanInclusion(1, 5).value(), {}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace affidavit
