// The log's right edge as this process last left it, shared by its append stores. With it an append reads nothing of
// the tree. It says of what log it is the edge (size, and payload id of the last entry), and is used for no other: what
// another ledger appended, or a commit that failed, makes it useless, never wrong.
//
// Why size and payload id suffice: a store publishes before it sends COMMIT, holding the log's lock, so whoever finds
// its last entry in the log finds its edge here, or one that does not match. A batch that is run again, perhaps on top
// of other entries, keeps its payload ids, and publishes anew. Payload ids are this process's own; should a restored
// database give them out twice, the connections are new, and a new connection forgets the edge.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "core/merkle/tile_edge.h"

namespace affidavit::db {

class LogEdge {
 public:
  // The edge of the log with `tree_size` entries, the last of which has `last_payload_id`. Nothing: read it from the
  // database.
  std::optional<TileEdge> Find(int64_t tree_size, int64_t last_payload_id) const;

  // REQUIRES: the log's lock is held.
  void Publish(TileEdge edge, int64_t last_payload_id);

  void Forget();

  // How often Find had nothing: each time costs a round trip under the log's lock.
  int64_t miss_count() const;

 private:
  mutable std::mutex mutex_;
  std::optional<TileEdge> edge_;    // guarded by mutex_
  int64_t last_payload_id_ = 0;     // guarded by mutex_
  mutable int64_t miss_count_ = 0;  // guarded by mutex_
};

}  // namespace affidavit::db
