// Where a hash stands in the tree. Only perfect nodes have a place of their own: the node (level, index) is the root
// over the leaves [index * 2^level, (index + 1) * 2^level), so it never changes once those leaves exist. Pure,
// thread-safe.
//
// Sizes and indexes are 64 bits wide, as in C2SP; every function here takes every value without overflow unless it says
// so.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

namespace affidavit {

struct NodeId {
  uint32_t level = 0;  // 0 to 63; level 0 are the leaf hashes
  uint64_t index = 0;

  bool operator==(const NodeId&) const = default;
  bool operator<(const NodeId& other) const { return std::tie(level, index) < std::tie(other.level, other.index); }
};

// The largest power of two below `size`: where RFC 6962 splits a tree. REQUIRES: size > 1.
uint64_t SplitPoint(uint64_t size);

// True iff all leaves under `node` exist in a tree of `size` leaves.
bool IsComplete(const NodeId& node, uint64_t size);

// The fewest perfect nodes that together cover the leaves [begin, end), from left to right; none when empty.
// REQUIRES: begin <= end.
std::vector<NodeId> CoverRange(uint64_t begin, uint64_t end);

}  // namespace affidavit
