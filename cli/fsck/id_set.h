// Payload ids that were seen, a bit each: ledgers give them out in blocks of 65,536 and use them in order, so whole
// blocks are full.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace affidavit::cli {

class IdSet {
 public:
  // False when it was there already.
  bool Add(int64_t id);
  bool Has(int64_t id) const;

 private:
  static constexpr int kBlockBits = 16;
  using Block = std::bitset<size_t{1} << kBlockBits>;
  std::unordered_map<int64_t, std::unique_ptr<Block>> blocks_;
};

}  // namespace affidavit::cli
