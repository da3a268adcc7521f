#include "db/log_edge.h"

#include <string>
#include <thread>
#include <vector>

#include "core/merkle/hash.h"
#include "gtest/gtest.h"

namespace affidavit::db {
namespace {

TileEdge EdgeOf(int64_t size) {
  TileEdge edge;
  for (int64_t i = 0; i < size; ++i) {
    edge.Append(LeafHash(std::to_string(i)), [](const TileId&, std::span<const Digest>, const Digest&) {});
  }
  return edge;
}

TEST(LogEdgeTest, AnEmptyLogNeedsNothing) {
  LogEdge edge;
  EXPECT_EQ(edge.Find(0, 0), TileEdge());
  EXPECT_EQ(edge.miss_count(), 0);
}

TEST(LogEdgeTest, IsOfTheLogThatItWasPublishedForAndOfNoOther) {
  LogEdge edge;
  EXPECT_FALSE(edge.Find(3, 7).has_value());
  edge.Publish(EdgeOf(3), 7);
  EXPECT_EQ(edge.Find(3, 7), EdgeOf(3));
  EXPECT_EQ(edge.Find(3, 7), EdgeOf(3)) << "as often as asked: a commit may fail";
  EXPECT_FALSE(edge.Find(3, 8).has_value()) << "another ledger's entry in the same place";
  EXPECT_FALSE(edge.Find(2, 7).has_value());
  EXPECT_EQ(edge.Find(0, 0), TileEdge());
  edge.Publish(EdgeOf(5), 9);
  EXPECT_EQ(edge.Find(5, 9), EdgeOf(5));
  EXPECT_FALSE(edge.Find(3, 7).has_value());
  EXPECT_EQ(edge.miss_count(), 4);
  edge.Forget();
  EXPECT_FALSE(edge.Find(5, 9).has_value());
}

TEST(LogEdgeTest, LanesShareIt) {
  LogEdge edge;
  const std::vector<TileEdge> edges = {EdgeOf(1), EdgeOf(2), EdgeOf(3)};
  std::vector<std::thread> lanes;
  for (int lane = 0; lane < 3; ++lane) {
    lanes.emplace_back([&edge, &edges, lane] {
      for (int i = 0; i < 1'000; ++i) {
        edge.Publish(edges[lane], lane);
        const auto found = edge.Find(lane + 1, lane);
        EXPECT_TRUE(!found.has_value() || *found == edges[lane]);
        if (i % 100 == 0) {
          edge.Forget();
        }
      }
    });
  }
  for (std::thread& lane : lanes) {
    lane.join();
  }
}

}  // namespace
}  // namespace affidavit::db
