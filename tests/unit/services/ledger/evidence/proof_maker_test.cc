#include "services/ledger/evidence/proof_maker.h"

#include <gtest/gtest.h>

#include <thread>

#include "core/merkle/verify.h"
#include "tests/unit/services/ledger/evidence/memory_tree.h"

namespace affidavit::ledger {
namespace {

constexpr size_t kCacheSize = 64;

TEST(ProofMakerTest, EveryLeafOfEverySizeIsProved) {
  for (const uint64_t size : {1, 2, 3, 255, 256, 257, 600}) {
    MemoryTree tree(size);
    ProofMaker proofs(kCacheSize);
    std::vector<LeafPlace> leaves;
    for (uint64_t i = 0; i < size; ++i) {
      leaves.push_back(tree.Leaf(i));
    }
    const auto made = proofs.ProveInclusion(leaves, size, tree.Signed(), tree.Source());
    ASSERT_TRUE(made.ok()) << made.status();
    for (uint64_t i = 0; i < size; ++i) {
      EXPECT_TRUE(VerifyInclusion(i, size, leaves[i].hash, (*made)[i], tree.Root(size)).ok());
    }
  }
}

TEST(ProofMakerTest, AnOlderSizeIsProvedUnderItsOwnRoot) {
  MemoryTree tree(700);
  ProofMaker proofs(kCacheSize);
  const LeafPlace leaf = tree.Leaf(299);
  for (const uint64_t size : {300, 512, 699}) {
    const auto made = proofs.ProveInclusion({&leaf, 1}, size, tree.Signed(), tree.Source());
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_TRUE(VerifyInclusion(299, size, leaf.hash, made->front(), tree.Root(size)).ok());
  }
}

TEST(ProofMakerTest, AnyTwoSizesAreConsistent) {
  MemoryTree tree(600);
  ProofMaker proofs(kCacheSize);
  for (const uint64_t first : {1, 2, 255, 256, 257, 511, 600}) {
    for (const uint64_t second : {257, 512, 599, 600}) {
      if (first > second) {
        continue;
      }
      const auto made = proofs.ProveConsistency(first, second, tree.Signed(), tree.Source());
      ASSERT_TRUE(made.ok()) << made.status();
      EXPECT_EQ(made->first_root, tree.Root(first));
      EXPECT_EQ(made->second_root, tree.Root(second));
      EXPECT_TRUE(VerifyConsistency(first, second, tree.Root(first), tree.Root(second), made->hashes).ok());
    }
  }
}

TEST(ProofMakerTest, AProofReadsTwoTilesALevelAtMostAndNoneTwice) {
  MemoryTree tree(70'000);  // three levels of tiles
  const int level_count = static_cast<int>(TileRows(tree.size()).size());
  ASSERT_EQ(level_count, 3);
  ProofMaker proofs(1'024);
  for (uint64_t index = 0; index < tree.size(); index += 997) {
    tree.tile_count = 0;
    const LeafPlace leaf = tree.Leaf(index);
    ASSERT_TRUE(proofs.ProveInclusion({&leaf, 1}, tree.size(), tree.Signed(), tree.Source()).ok());
    EXPECT_LE(tree.tile_count, 2 * level_count);
    tree.tile_count = 0;
    ASSERT_TRUE(proofs.ProveInclusion({&leaf, 1}, tree.size(), tree.Signed(), tree.Source()).ok());
    EXPECT_EQ(tree.tile_count, 0);
  }
}

TEST(ProofMakerTest, ManyProofsReadEachTileOnce) {
  MemoryTree tree(2'000);
  ProofMaker proofs(0);
  std::vector<LeafPlace> leaves;
  for (uint64_t i = 0; i < tree.size(); i += 3) {
    leaves.push_back(tree.Leaf(i));
  }
  ASSERT_TRUE(proofs.ProveInclusion(leaves, tree.size(), tree.Signed(), tree.Source()).ok());
  EXPECT_LE(tree.tile_count, 2'000 / 256 + 1 + 1);
}

TEST(ProofMakerTest, WhatDoesNotLeadToTheSignedRootIsNoAnswer) {
  MemoryTree tree(600);
  ProofMaker proofs(kCacheSize);
  SignedTree other = tree.Signed();
  other.root[0] ^= 1;
  LeafPlace leaf = tree.Leaf(5);
  EXPECT_TRUE(absl::IsDataLoss(proofs.ProveInclusion({&leaf, 1}, 600, other, tree.Source()).status()));
  EXPECT_TRUE(absl::IsDataLoss(proofs.ProveInclusion({&leaf, 1}, 300, other, tree.Source()).status()));
  EXPECT_TRUE(absl::IsDataLoss(proofs.ProveConsistency(100, 600, other, tree.Source()).status()));
  EXPECT_TRUE(absl::IsDataLoss(proofs.ProveConsistency(100, 300, other, tree.Source()).status()));
  EXPECT_TRUE(absl::IsDataLoss(proofs.ProveConsistency(300, 300, other, tree.Source()).status()));
  leaf.hash[31] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(proofs.ProveInclusion({&leaf, 1}, 600, tree.Signed(), tree.Source()).status()));
}

TEST(ProofMakerTest, ADatabaseRestoredToAnotherHistoryIsReadAnew) {
  MemoryTree lost(600), found(600, "'");
  ProofMaker proofs(kCacheSize);
  const LeafPlace before = lost.Leaf(5), after = found.Leaf(5);
  ASSERT_TRUE(proofs.ProveInclusion({&before, 1}, 600, lost.Signed(), lost.Source()).ok());
  EXPECT_TRUE(proofs.ProveInclusion({&after, 1}, 600, found.Signed(), found.Source()).ok());
  ASSERT_TRUE(proofs.ProveConsistency(300, 600, found.Signed(), found.Source()).ok());
  EXPECT_TRUE(proofs.ProveConsistency(300, 600, lost.Signed(), lost.Source()).ok());
}

TEST(ProofMakerTest, TheSourcesErrorsAreHandedOn) {
  MemoryTree tree(300);
  ProofMaker proofs(kCacheSize);
  const LeafPlace leaf = tree.Leaf(5);
  const TileSource broken = [](std::span<const TileId>) -> absl::StatusOr<TileMap> {
    return absl::UnavailableError("no database");
  };
  EXPECT_TRUE(absl::IsUnavailable(proofs.ProveInclusion({&leaf, 1}, 300, tree.Signed(), broken).status()));
}

TEST(ProofMakerTest, ThreadsShareIt) {
  MemoryTree tree(3'000);
  ProofMaker proofs(4);  // so few that they push each other's out
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      MemoryTree own(3'000);
      for (uint64_t index = thread; index < own.size(); index += 211) {
        const LeafPlace leaf = own.Leaf(index);
        EXPECT_TRUE(proofs.ProveInclusion({&leaf, 1}, own.size(), own.Signed(), own.Source()).ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace affidavit::ledger
