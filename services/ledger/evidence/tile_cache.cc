#include "services/ledger/evidence/tile_cache.h"

namespace affidavit::ledger {

TileMap TileCache::Find(std::span<const TileId> tiles) {
  const std::lock_guard lock(mutex_);
  TileMap found;
  for (const TileId& tile : tiles) {
    const auto slot = slots_.find(tile);
    if (slot != slots_.end()) {
      uses_.splice(uses_.begin(), uses_, slot->second.use);
      found.emplace(tile, slot->second.hashes);
    }
  }
  return found;
}

void TileCache::Add(const TileMap& tiles) {
  const std::lock_guard lock(mutex_);
  for (const auto& [tile, hashes] : tiles) {
    if (slots_.contains(tile)) {
      continue;
    }
    uses_.push_front(tile);
    slots_.emplace(tile, Slot{hashes, uses_.begin()});
  }
  while (slots_.size() > tile_count_max_) {
    slots_.erase(uses_.back());
    uses_.pop_back();
  }
}

void TileCache::Clear() {
  const std::lock_guard lock(mutex_);
  slots_.clear();
  uses_.clear();
}

}  // namespace affidavit::ledger
