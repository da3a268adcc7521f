#include "cli/fsck/id_set.h"

namespace affidavit::cli {
namespace {

constexpr int64_t kInBlock = 0xffff;

}  // namespace

bool IdSet::Add(int64_t id) {
  std::unique_ptr<Block>& block = blocks_[id >> kBlockBits];
  if (block == nullptr) {
    block = std::make_unique<Block>();
  }
  const auto bit = static_cast<size_t>(id & kInBlock);
  if (block->test(bit)) {
    return false;
  }
  block->set(bit);
  return true;
}

bool IdSet::Has(int64_t id) const {
  const auto block = blocks_.find(id >> kBlockBits);
  return block != blocks_.end() && block->second->test(static_cast<size_t>(id & kInBlock));
}

}  // namespace affidavit::cli
