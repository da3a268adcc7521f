// One pass over a copy of a log, leaf by leaf, which rebuilds its tree. Memory does not grow with the log.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cli/verify/log_copy.h"
#include "core/base/digest.h"
#include "core/merkle/compact_range.h"

namespace affidavit::verify {

class LogScan {
 public:
  // Called for each leaf in the log's order; an error ends the scan.
  using LeafVisitor = std::function<absl::Status(uint64_t index, std::string_view leaf)>;
  using ProgressVisitor = std::function<void(uint64_t leaf_count)>;

  // `copy` must outlive the scan.
  explicit LogScan(const LogCopy& copy) : copy_(copy) {}

  // Also wants the root hash of the tree as it was with `size` leaves. REQUIRES: before Run.
  void WantRoot(uint64_t size) { roots_[size] = {}; }

  // Reads the leaves [0, size) and compares each tile in the copy with the hashes that the leaves make. DATA_LOSS when
  // a leaf is missing, a file is malformed, or a tile disagrees.
  absl::Status Run(uint64_t size, const LeafVisitor& visit, const ProgressVisitor& progress);

  // The same from the leaves' hashes alone, which must all be in the copy's tiles: for logs that keep their leaves in
  // another form than entry bundles.
  absl::Status RunOverHashes(uint64_t size, const ProgressVisitor& progress);

  // After Run. REQUIRES: wanted, and at most its size.
  const Digest& Root(uint64_t size) const { return roots_.at(size); }
  uint64_t tiles_compared() const { return tiles_compared_; }
  uint64_t tiles_absent() const { return tiles_absent_; }

 private:
  absl::Status Add(const Digest& leaf_hash);
  absl::Status ComparePartialTiles();
  void Collect(const NodeId& node, const Digest& hash);
  absl::Status CompareFullTiles();
  absl::Status CompareTile(uint32_t level);
  void NoteRoot();

  const LogCopy& copy_;
  CompactRange range_;
  std::map<uint64_t, Digest> roots_;
  std::vector<std::vector<Digest>> rows_;  // by tile level: the hashes of the tile that is being filled
  std::vector<uint64_t> next_tiles_;       // by tile level: its index
  uint64_t tiles_compared_ = 0, tiles_absent_ = 0;
};

}  // namespace affidavit::verify
