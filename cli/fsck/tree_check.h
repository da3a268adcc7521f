// The tree rebuilt from the leaves, leaf by leaf, beside what was stored and signed over it: full tiles, checkpoints,
// and checkpoints that outsiders kept. One thread's world; a page at a time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cli/fsck/findings.h"
#include "cli/fsck/losses.h"
#include "core/checkpoint/checkpoint.h"
#include "core/merkle/compact_range.h"
#include "core/merkle/tile_edge.h"
#include "db/connection.h"
#include "db/fsck_store.h"

namespace affidavit::cli {

// A checkpoint from outside the database.
struct OutsideCheckpoint {
  std::string name;  // the file
  Checkpoint checkpoint;
};

class TreeCheck {
 public:
  // `policy`: its keys verify the stored checkpoints' signatures; without keys they are not checked. `losses`: of the
  // checkpoints that the log need not extend.
  TreeCheck(db::Connection* connection, CheckpointPolicy policy, std::vector<OutsideCheckpoint> outside, Losses losses,
            Findings* findings);

  // Goes on behind `begin` leaves, whose hashes are taken from the stored tiles.
  absl::Status StartAt(int64_t begin);

  // Outside checkpoints of at most `tree_size_max` leaves beside the stored tree, where no leaves will come past.
  absl::Status CompareOutside(int64_t tree_size_max);

  // The leaves [size(), size() + leaf_hashes.size()). Reads what was stored and signed over them.
  absl::Status AddPage(const std::vector<Digest>& leaf_hashes);

  // A leaf is missing: nothing after it can be compared.
  void Break() { broken_ = true; }
  bool broken() const { return broken_; }

  // Tiles and checkpoints beyond the log.
  absl::Status Finish(const db::LogExtent& extent);

  int64_t size() const { return static_cast<int64_t>(range_.end()); }
  absl::StatusOr<Digest> Root() const { return range_.Root(); }
  int64_t checkpoint_count() const { return checkpoint_count_; }

 private:
  struct FullTile {
    TileId id;
    std::string hashes, root;
  };

  absl::Status CompareTiles(const std::vector<FullTile>& tiles);
  absl::Status ReadCheckpoints(int64_t size_max);
  void CheckCheckpoint(const db::StoredCheckpoint& stored, const Digest& root);
  void CheckMismatch(const db::StoredCheckpoint& stored);
  absl::Status CheckRoots(int64_t size);
  void CheckOutside(const OutsideCheckpoint& outside, const Digest& root);

  db::Connection* const connection_;
  const CheckpointPolicy policy_;
  const std::vector<OutsideCheckpoint> outside_;
  const Losses losses_;
  Findings* const findings_;
  CompactRange range_;
  TileEdge edge_;
  bool broken_ = false;
  int64_t checkpoint_count_ = 0;
  int64_t good_size_ = 0;                          // of the last checkpoint that the log extends
  bool break_named_ = false;                       // since then: one that it does not extend has its sentence
  std::vector<db::StoredCheckpoint> checkpoints_;  // of the page, by tree_size
  size_t next_checkpoint_ = 0;
};

}  // namespace affidavit::cli
