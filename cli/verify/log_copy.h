// A folder with a log's files as C2SP tlog-tiles lays them out. The copy may be newer than the checkpoint that it is
// read for: then a bundle or tile may hold more than is asked for, and its beginning is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/merkle/tile.h"

namespace affidavit::verify {

class LogCopy {
 public:
  explicit LogCopy(std::string folder) : folder_(std::move(folder)) {}

  // Whether the copy has leaves at all.
  bool HasLeaves() const;

  // The first `width` leaves of entry bundle `index`. DATA_LOSS when they are not there, or are not readable as such.
  absl::StatusOr<std::vector<std::string>> ReadLeaves(uint64_t index, uint32_t width) const;

  // The tile's first `width` hashes; nothing when the copy has no such tile. DATA_LOSS when it is not one.
  absl::StatusOr<std::optional<std::vector<Digest>>> ReadTile(const TileId& tile) const;

 private:
  struct File {
    std::string bytes;
    uint32_t width;
  };
  using PathOfWidth = std::function<std::string(uint32_t width)>;

  // The file of the smallest width that is at least `width`.
  absl::StatusOr<std::optional<File>> Find(const PathOfWidth& path, uint32_t width) const;

  std::string folder_;
};

}  // namespace affidavit::verify
