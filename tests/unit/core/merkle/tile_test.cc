#include "core/merkle/tile.h"

#include <random>

#include "core/merkle/compact_range.h"
#include "core/merkle/hash.h"
#include "core/merkle/proof.h"
#include "core/merkle/verify.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

// 257 full tiles on level 0, one on level 1, and a partial one on each of three levels.
constexpr uint64_t kSize = 66'000;

// Every node of one tree, and its root at every size, made by appending alone.
struct WholeTree {
  std::map<NodeId, Digest> nodes;
  std::vector<Digest> roots;  // by size

  WholeTree() {
    CompactRange range;
    roots.push_back(range.Root().value());
    for (uint64_t i = 0; i < kSize; ++i) {
      range.Append(LeafHash(std::to_string(i)), [this](const NodeId& node, const Digest& hash) { nodes[node] = hash; });
      roots.push_back(range.Root().value());
    }
  }

  std::vector<Digest> Hashes(std::span<const NodeId> ids) const {
    std::vector<Digest> hashes;
    for (const NodeId& id : ids) {
      hashes.push_back(nodes.at(id));
    }
    return hashes;
  }

  // A tile's bytes, as they would be stored or served.
  std::string TileBytes(const TileId& tile) const {
    std::vector<Digest> hashes;
    for (uint32_t i = 0; i < tile.width; ++i) {
      hashes.push_back(nodes.at({tile.level * kTileHeight, tile.index * kTileWidth + i}));
    }
    return EncodeTile(hashes);
  }
};

const WholeTree& Tree() {
  static const WholeTree tree;
  return tree;
}

// The proof from tiles alone, and how many it took.
std::vector<Digest> ProofFromTiles(const ProofPlan& plan, uint64_t size, size_t* tile_count) {
  TileMap tiles;
  const std::vector<TileId> ids = PlanTiles(plan.nodes, size).value();
  for (const TileId& id : ids) {
    tiles[id] = ParseTile(id, Tree().TileBytes(id)).value();
  }
  *tile_count = tiles.size();
  return AssembleProof(plan, HashesFromTiles(plan.nodes, size, tiles).value()).value();
}

std::vector<uint64_t> Sizes() {
  std::vector<uint64_t> sizes = {1,   2,   3,   7,   254,    255,    256,    257,    258,        511,
                                 512, 513, 767, 768, 65'279, 65'280, 65'535, 65'536, 65'536 + 1, kSize};
  std::mt19937_64 random(20'261'124);
  for (int i = 0; i < 30; ++i) {
    sizes.push_back(1 + random() % kSize);
  }
  return sizes;
}

TEST(TileTest, ProofsFromTilesAreThoseFromNodes) {
  std::mt19937_64 random(1);
  for (const uint64_t size : Sizes()) {
    for (int round = 0; round < 20; ++round) {
      const uint64_t index = round == 0 ? size - 1 : random() % size;
      const uint64_t size1 = round == 0 ? size : 1 + random() % size;
      // The tiles on the way up, and on each level the one at the ragged edge.
      const size_t tile_count_max = 2 * TileRows(size).size();
      size_t tile_count = 0;

      const ProofPlan inclusion = PlanInclusion(index, size).value();
      const std::vector<Digest> inclusion_proof = ProofFromTiles(inclusion, size, &tile_count);
      ASSERT_EQ(inclusion_proof, AssembleProof(inclusion, Tree().Hashes(inclusion.nodes)).value());
      ASSERT_TRUE(
          VerifyInclusion(index, size, LeafHash(std::to_string(index)), inclusion_proof, Tree().roots[size]).ok());
      ASSERT_LE(tile_count, tile_count_max) << index << " of " << size;

      const ProofPlan consistency = PlanConsistency(size1, size).value();
      const std::vector<Digest> consistency_proof = ProofFromTiles(consistency, size, &tile_count);
      ASSERT_EQ(consistency_proof, AssembleProof(consistency, Tree().Hashes(consistency.nodes)).value());
      ASSERT_TRUE(VerifyConsistency(size1, size, Tree().roots[size1], Tree().roots[size], consistency_proof).ok());
      ASSERT_LE(tile_count, tile_count_max) << size1 << " to " << size;
    }
  }
}

TEST(TileTest, AFullTilesRootIsTheNodeAboveIt) {
  const TileId tile{0, 5};
  const std::vector<Digest> hashes = ParseTile(tile, Tree().TileBytes(tile)).value();
  EXPECT_EQ(PerfectRoot(hashes), Tree().nodes.at({8, 5}));
  EXPECT_EQ(PerfectRoot(std::span(hashes).first(1)), hashes[0]);
}

// C2SP tlog-tiles: "a tree of size 70,000 will be represented by 273 full level 0 tiles, one partial level 0 tile of
// width 112, one full level 1 tile, one partial level 1 tile of width 17, and one partial level 2 tile of width 1."
TEST(TileTest, RowsAreThoseOfTheSpecificationsExamples) {
  EXPECT_EQ(TileRows(70'000), (std::vector<TileRow>{{0, 273, 112}, {1, 1, 17}, {2, 0, 1}}));
  EXPECT_EQ(TileRows(256), (std::vector<TileRow>{{0, 1, 0}, {1, 0, 1}}));
  EXPECT_TRUE(TileRows(0).empty());
  EXPECT_EQ(TileRows(~uint64_t{0}).size(), 8u);
}

TEST(TileTest, WidthsAgreeWithRows) {
  for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{255}, uint64_t{256}, uint64_t{70'000}}) {
    const std::vector<TileRow> rows = TileRows(size);
    for (uint32_t level = 0; level < 10; ++level) {
      const TileRow row = level < rows.size() ? rows[level] : TileRow{level, 0, 0};
      for (uint64_t index = 0; index < row.full_count + 3; ++index) {
        const uint32_t expected = index < row.full_count ? kTileWidth : index == row.full_count ? row.partial_width : 0;
        ASSERT_EQ(TileWidth(level, index, size), expected) << level << "/" << index << " at " << size;
      }
    }
  }
  EXPECT_EQ(TileWidth(0, ~uint64_t{0}, ~uint64_t{0}), 0u);
  EXPECT_EQ(TileWidth(63, 0, ~uint64_t{0}), 0u);
}

TEST(TileTest, RefusesNodesThatAreNotThere) {
  EXPECT_EQ(TileOf({0, 70'000}, 70'000).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TileOf({17, 0}, 70'000).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TileOf({64, 0}, ~uint64_t{0}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TileOf({16, 0}, 70'000).value(), (TileId{2, 0, 1}));
  EXPECT_EQ(TileOf({4, 4374}, 70'000).value(), (TileId{0, 273, 112}));
}

TEST(TileTest, RefusesTilesOfTheWrongSize) {
  const TileId tile{0, 3, 7};
  const std::string bytes(7 * 32, 'x');
  EXPECT_EQ(ParseTile(tile, bytes).value().size(), 7u);
  EXPECT_FALSE(ParseTile(tile, bytes + "x").ok());
  EXPECT_FALSE(ParseTile(tile, std::string_view(bytes).substr(1)).ok());
  EXPECT_FALSE(ParseTile({0, 3, 0}, "").ok());
  EXPECT_FALSE(ParseTile({0, 3, 257}, std::string(257 * 32, 'x')).ok());

  const std::vector<NodeId> nodes = {{1, 2}};
  EXPECT_EQ(HashesFromTiles(nodes, 7, {}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(HashesFromTiles(nodes, 7, {{{0, 0, 7}, std::vector<Digest>(6)}}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(HashesFromTiles(nodes, 7, {{{0, 0, 7}, std::vector<Digest>(7)}}).ok());
}

}  // namespace
}  // namespace affidavit
