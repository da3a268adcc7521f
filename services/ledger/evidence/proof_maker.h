// Proofs from tiles: plans them, takes tiles from the cache and asks for the rest once, whatever the number of
// proofs. O(log n) tiles a proof. Everything it returns leads to the signed root that the caller names, or is
// DATA_LOSS: what is stored is then not what was signed. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/merkle/proof.h"
#include "services/ledger/evidence/tile_cache.h"

namespace affidavit::ledger {

// Reads the tiles named, each once; db::ReadTiles in a transaction.
using TileSource = std::function<absl::StatusOr<TileMap>(std::span<const TileId> tiles)>;

struct LeafPlace {
  uint64_t index = 0;
  Digest hash{};
};

// What a checkpoint says.
struct SignedTree {
  uint64_t size = 0;
  Digest root{};
};

struct ConsistencyProof {
  std::vector<Digest> hashes;
  Digest first_root{};
  Digest second_root{};
};

class ProofMaker {
 public:
  explicit ProofMaker(size_t cached_tile_count_max) : cache_(cached_tile_count_max) {}

  // The proof of each leaf in the tree of `tree_size`. REQUIRES: each index < tree_size <= signed_tree.size.
  absl::StatusOr<std::vector<std::vector<Digest>>> ProveInclusion(std::span<const LeafPlace> leaves, uint64_t tree_size,
                                                                  const SignedTree& signed_tree,
                                                                  const TileSource& source);

  // REQUIRES: 0 < first_size <= second_size <= signed_tree.size.
  absl::StatusOr<ConsistencyProof> ProveConsistency(uint64_t first_size, uint64_t second_size,
                                                    const SignedTree& signed_tree, const TileSource& source);

 private:
  absl::StatusOr<std::vector<Digest>> ReadNodes(std::span<const NodeId> nodes, uint64_t tree_size,
                                                const TileSource& source);
  absl::StatusOr<std::vector<std::vector<Digest>>> Assemble(std::span<const ProofPlan> plans, uint64_t tree_size,
                                                            const TileSource& source);
  // Of a tree that the signed one extends, which is proved.
  absl::StatusOr<Digest> ReadRoot(uint64_t tree_size, const SignedTree& signed_tree, const TileSource& source);

  absl::StatusOr<std::vector<std::vector<Digest>>> TryInclusion(std::span<const LeafPlace> leaves, uint64_t tree_size,
                                                                const SignedTree& signed_tree,
                                                                const TileSource& source);
  absl::StatusOr<ConsistencyProof> TryConsistency(uint64_t first_size, uint64_t second_size,
                                                  const SignedTree& signed_tree, const TileSource& source);

  TileCache cache_;
};

}  // namespace affidavit::ledger
