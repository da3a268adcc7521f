#include "core/merkle/node_id.h"

#include <algorithm>
#include <bit>

namespace affidavit {

uint64_t SplitPoint(uint64_t size) {
  return std::bit_floor(size - 1);
}

bool IsComplete(const NodeId& node, uint64_t size) {
  return node.level < 64 && node.index < size >> node.level;
}

std::vector<NodeId> CoverRange(uint64_t begin, uint64_t end) {
  std::vector<NodeId> nodes;
  while (begin < end) {
    // The widest node that starts at `begin` is limited by where it may start and by where it must end.
    const int width_max = static_cast<int>(std::bit_width(end - begin)) - 1;
    const uint32_t level = begin == 0 ? width_max : std::min(std::countr_zero(begin), width_max);
    nodes.push_back({level, begin >> level});
    begin += uint64_t{1} << level;
  }
  return nodes;
}

}  // namespace affidavit
