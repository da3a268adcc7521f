#include "core/merkle/verify.h"

#include "core/merkle/hash.h"
#include "gtest/gtest.h"
#include "tests/unit/core/merkle/reference_tree.h"

namespace affidavit {
namespace {

// Calls `check` with each bit of each hash flipped in turn.
template <typename Check>
void ForEachFlippedBit(std::vector<Digest> hashes, Check check) {
  for (Digest& hash : hashes) {
    for (size_t bit = 0; bit < 256; ++bit) {
      hash[bit / 8] ^= 1 << bit % 8;
      check(hashes);
      hash[bit / 8] ^= 1 << bit % 8;
    }
  }
}

// Calls `check` with proofs that have a hash too few or too many.
template <typename Check>
void ForEachWrongLength(const std::vector<Digest>& proof, const Digest& extra, Check check) {
  for (size_t i = 0; i < proof.size(); ++i) {
    std::vector<Digest> shorter = proof;
    shorter.erase(shorter.begin() + i);
    check(shorter);
  }
  for (size_t i = 0; i <= proof.size(); ++i) {
    std::vector<Digest> longer = proof;
    longer.insert(longer.begin() + i, extra);
    check(longer);
  }
}

TEST(VerifyInclusionTest, FailsForEveryFlippedBit) {
  ReferenceTree tree = ReferenceTree::Dense(17);
  for (uint64_t size = 1; size <= 17; ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      const Digest leaf = tree.Mth(index, index + 1);
      const Digest root = tree.Mth(0, size);
      const std::vector<Digest> proof = tree.Path(index, size);
      ForEachFlippedBit(proof, [&](const std::vector<Digest>& bad) {
        ASSERT_EQ(VerifyInclusion(index, size, leaf, bad, root).code(), absl::StatusCode::kDataLoss);
      });
      ForEachFlippedBit({leaf, root}, [&](const std::vector<Digest>& bad) {
        ASSERT_EQ(VerifyInclusion(index, size, bad[0], proof, bad[1]).code(), absl::StatusCode::kDataLoss);
      });
    }
  }
}

TEST(VerifyInclusionTest, FailsForOtherIndexesAndLengths) {
  ReferenceTree tree = ReferenceTree::Dense(33);
  for (uint64_t size = 1; size <= 33; ++size) {
    const Digest root = tree.Mth(0, size);
    for (uint64_t index = 0; index < size; ++index) {
      const Digest leaf = tree.Mth(index, index + 1);
      const std::vector<Digest> proof = tree.Path(index, size);
      for (uint64_t other = 0; other < 2 * size; ++other) {
        ASSERT_EQ(VerifyInclusion(other, size, leaf, proof, root).ok(), other == index);
      }
      ForEachWrongLength(proof, root, [&](const std::vector<Digest>& bad) {
        ASSERT_EQ(VerifyInclusion(index, size, leaf, bad, root).code(), absl::StatusCode::kInvalidArgument);
      });
    }
  }
}

TEST(VerifyInclusionTest, RefusesImpossibleIndexes) {
  const Digest hash = LeafHash("x");
  EXPECT_EQ(VerifyInclusion(0, 0, hash, {}, EmptyRoot()).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyInclusion(1, 0, hash, {}, hash).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyInclusion(2, 1, hash, {}, hash).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyInclusion(~uint64_t{0}, ~uint64_t{0}, hash, {}, hash).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(VerifyInclusion(0, 1, hash, {}, hash).ok());
}

TEST(VerifyConsistencyTest, FailsForEveryFlippedBit) {
  ReferenceTree tree = ReferenceTree::Dense(17);
  for (uint64_t size2 = 2; size2 <= 17; ++size2) {
    for (uint64_t size1 = 1; size1 < size2; ++size1) {
      const Digest root1 = tree.Mth(0, size1);
      const Digest root2 = tree.Mth(0, size2);
      const std::vector<Digest> proof = tree.Proof(size1, size2);
      ForEachFlippedBit(proof, [&](const std::vector<Digest>& bad) {
        ASSERT_EQ(VerifyConsistency(size1, size2, root1, root2, bad).code(), absl::StatusCode::kDataLoss);
      });
      ForEachFlippedBit({root1, root2}, [&](const std::vector<Digest>& bad) {
        ASSERT_EQ(VerifyConsistency(size1, size2, bad[0], bad[1], proof).code(), absl::StatusCode::kDataLoss);
      });
      ForEachWrongLength(proof, root1, [&](const std::vector<Digest>& bad) {
        ASSERT_FALSE(VerifyConsistency(size1, size2, root1, root2, bad).ok());
      });
    }
  }
}

TEST(VerifyConsistencyTest, HoldsThePolicyForSizes) {
  const Digest a = LeafHash("a");
  const Digest b = LeafHash("b");
  const std::vector<Digest> proof = {a};
  const auto code = [](const absl::Status& status) { return status.code(); };
  EXPECT_EQ(code(VerifyConsistency(0, 0, a, a, {})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(VerifyConsistency(0, 0, EmptyRoot(), EmptyRoot(), {})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(VerifyConsistency(0, 1, a, b, {})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(VerifyConsistency(2, 1, a, b, {})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(VerifyConsistency(1, 2, a, b, {})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(VerifyConsistency(3, 4, a, b, {})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(VerifyConsistency(5, 5, a, b, {})), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(VerifyConsistency(5, 5, a, a, proof)), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(VerifyConsistency(5, 5, a, a, {}).ok());
  EXPECT_FALSE(VerifyConsistency(~uint64_t{0} - 1, ~uint64_t{0}, a, b, proof).ok());
}

}  // namespace
}  // namespace affidavit
