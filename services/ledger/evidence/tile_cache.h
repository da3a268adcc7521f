// Tiles that were read lately. A tile of a given width never changes (a partial one is left behind by wider ones), so
// nothing is ever out of date, but for a database that was restored to another history under a running process: whoever
// finds a proof wrong clears the cache and reads again. Thread-safe.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "core/merkle/tile.h"

namespace affidavit::ledger {

class TileCache {
 public:
  // At most 8 KiB a tile.
  explicit TileCache(size_t tile_count_max) : tile_count_max_(tile_count_max) {}

  // Those of `tiles` that are here.
  TileMap Find(std::span<const TileId> tiles);

  // Keeps them; the least recently used ones make room.
  void Add(const TileMap& tiles);

  void Clear();

 private:
  struct Slot {
    std::vector<Digest> hashes;
    std::list<TileId>::iterator use;
  };

  const size_t tile_count_max_;
  std::mutex mutex_;
  std::map<TileId, Slot> slots_;  // guarded by mutex_
  std::list<TileId> uses_;        // guarded by mutex_; the latest first
};

}  // namespace affidavit::ledger
