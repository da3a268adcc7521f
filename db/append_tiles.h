// The tree's part of the append transaction: the tiles that a batch fills, and the right edge of the log when the
// process does not know it.
#pragma once

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "core/merkle/tile_edge.h"
#include "db/binary_array.h"
#include "db/lookup.h"
#include "db/pipeline.h"

namespace affidavit::db {

std::span<const NamedStatement> TileStatements();

// Rows of affidavit.tiles.
class FullTiles {
 public:
  FullTiles();

  void Add(const TileId& tile, std::span<const Digest> hashes, const Digest& root);
  bool IsEmpty() const { return count_ == 0; }
  void Send(Pipeline& pipeline);

 private:
  int count_ = 0;
  BinaryArray levels_;
  BinaryArray indexes_;
  BinaryArray hashes_;
  BinaryArray roots_;
};

// Queues what reads the edge of a log of `tree_size` entries: one statement a level.
void SendEdgeQueries(uint64_t tree_size, Pipeline& pipeline);

// The edge, from the answers to exactly these. INTERNAL when hashes are missing: the log is damaged.
absl::StatusOr<TileEdge> EdgeFromAnswers(uint64_t tree_size, std::span<const Answer> answers);

}  // namespace affidavit::db
