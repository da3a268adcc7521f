#include "core/merkle/tile_path.h"

#include <random>

#include "gtest/gtest.h"

namespace affidavit {
namespace {

using Parsed = std::variant<TileId, EntryBundleId>;

TEST(TilePathTest, WritesTheSpecificationsForm) {
  EXPECT_EQ(TilePath({0, 1'234'067}), "tile/0/x001/x234/067");
  EXPECT_EQ(TilePath({1, 0, 17}), "tile/1/000.p/17");
  EXPECT_EQ(TilePath({2, 999, 255}), "tile/2/999.p/255");
  EXPECT_EQ(TilePath({3, 1000}), "tile/3/x001/000");
  EXPECT_EQ(TilePath({0, ~uint64_t{0}}), "tile/0/x018/x446/x744/x073/x709/x551/615");
  EXPECT_EQ(EntryBundlePath({273, 112}), "tile/entries/273.p/112");
  EXPECT_EQ(EntryBundlePath({1'234'067}), "tile/entries/x001/x234/067");
}

TEST(TilePathTest, ReadsWhatItWrites) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    const uint64_t index = random() >> random() % 64;
    const auto width = static_cast<uint32_t>(1 + random() % kTileWidth);
    const TileId tile{static_cast<uint32_t>(random() % 64), index, width};
    ASSERT_EQ(ParseTilePath(TilePath(tile)).value(), Parsed(tile)) << TilePath(tile);
    ASSERT_EQ(ParseTilePath(EntryBundlePath({index, width})).value(), Parsed(EntryBundleId{index, width}));
  }
}

TEST(TilePathTest, RefusesEveryOtherForm) {
  for (const char* path : {
           "",
           "/",
           "tile",
           "tile/",
           "tile/0",
           "tile/0/",
           "/tile/0/000",
           "tile//000",
           "tile/0/0",
           "tile/0/00",
           "tile/0/0000",
           "tile/0/x000/001",
           "tile/0/x01/000",
           "tile/0/001/000",
           "tile/0/x001",
           "tile/0/x001/",
           "tile/0/x001/x000",
           "tile/0/-01",
           "tile/0/ 01",
           "tile/0/a00",
           "tile/00/000",
           "tile/01/000",
           "tile/64/000",
           "tile/-1/000",
           "tile/+1/000",
           "tile/0/000.p",
           "tile/0/000.p/",
           "tile/0/000.p/0",
           "tile/0/000.p/01",
           "tile/0/000.p/256",
           "tile/0/000.p/1x",
           "tile/0/000.p/1/",
           "tile/0/000.p/1.p/1",
           "tile/0/000/1",
           "tile/entries",
           "tile/entries/",
           "tile/entries/1",
           "tile/Entries/000",
           "tile/entries/000.p/256",
           "tile/entries/0/000",
           "tile/0/x018/x446/x744/x073/x709/x551/616",
           "tile/0/x999/x999/x999/x999/x999/x999/999",
           "tile/4294967296/000",
           "tile/0/000\n",
           "tile/0/000 ",
           "checkpoint",
       }) {
    EXPECT_EQ(ParseTilePath(path).status().code(), absl::StatusCode::kInvalidArgument) << path;
  }
  EXPECT_FALSE(ParseTilePath(std::string_view("tile/0/000\0", 11)).ok());
}

}  // namespace
}  // namespace affidavit
