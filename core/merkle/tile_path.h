// Where tiles and entry bundles lie in a tlog-tiles log: tile/<level>/<index>[.p/<width>] and
// tile/entries/<index>[.p/<width>], the index in groups of three digits, all but the last with an x: 1234067 is
// x001/x234/067. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "core/merkle/tile.h"

namespace affidavit {

// An entry bundle: the leaves [256 * index, 256 * index + width).
struct EntryBundleId {
  uint64_t index = 0;
  uint32_t width = kTileWidth;

  bool operator==(const EntryBundleId&) const = default;
};

// REQUIRES: a width of 1 to 256.
std::string TilePath(const TileId& tile);
std::string EntryBundlePath(const EntryBundleId& bundle);

// Strict: INVALID_ARGUMENT for anything that the functions above do not write.
absl::StatusOr<std::variant<TileId, EntryBundleId>> ParseTilePath(std::string_view path);

}  // namespace affidavit
