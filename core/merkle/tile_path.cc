#include "core/merkle/tile_path.h"

#include <charconv>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace affidavit {
namespace {

constexpr std::string_view kTilePrefix = "tile/";
constexpr std::string_view kEntriesPrefix = "entries/";
constexpr std::string_view kPartialInfix = ".p/";
constexpr uint32_t kTileLevelMax = 63;  // what the format can say; a tree of 2^64 leaves reaches level 7

std::string IndexPath(uint64_t index) {
  std::string path = absl::StrFormat("%03d", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) {
    path = absl::StrFormat("x%03d/%s", index % 1000, path);
  }
  return path;
}

std::string Suffix(uint32_t width) {
  return width == kTileWidth ? "" : absl::StrCat(".p/", width);
}

// Decimal digits that are the whole of `text`, in the one form without leading zeros.
std::optional<uint32_t> ParseNumber(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  return number;
}

// The index in its groups; the caller writes it again to refuse leading zero groups and whatever else is not its one
// form.
std::optional<uint64_t> ParseIndexPath(std::string_view path) {
  std::string digits;
  for (const char c : path) {
    if (c >= '0' && c <= '9') {
      digits += c;
    }
  }
  uint64_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc() || IndexPath(index) != path) {
    return std::nullopt;
  }
  return index;
}

absl::Status Malformed() {
  return absl::InvalidArgumentError("not the path of a tile or of an entry bundle");
}

}  // namespace

std::string TilePath(const TileId& tile) {
  return absl::StrCat("tile/", tile.level, "/", IndexPath(tile.index), Suffix(tile.width));
}

std::string EntryBundlePath(const EntryBundleId& bundle) {
  return absl::StrCat("tile/entries/", IndexPath(bundle.index), Suffix(bundle.width));
}

absl::StatusOr<std::variant<TileId, EntryBundleId>> ParseTilePath(std::string_view path) {
  if (!path.starts_with(kTilePrefix)) {
    return Malformed();
  }
  path.remove_prefix(kTilePrefix.size());
  uint32_t width = kTileWidth;
  if (const size_t partial = path.find(kPartialInfix); partial != std::string_view::npos) {
    const std::optional<uint32_t> number = ParseNumber(path.substr(partial + kPartialInfix.size()));
    if (!number.has_value() || *number == 0 || *number >= kTileWidth) {
      return Malformed();
    }
    width = *number;
    path = path.substr(0, partial);
  }
  const bool is_bundle = path.starts_with(kEntriesPrefix);
  const size_t level_end = path.find('/');
  if (level_end == std::string_view::npos) {
    return Malformed();
  }
  const std::optional<uint64_t> index = ParseIndexPath(path.substr(level_end + 1));
  if (!index.has_value()) {
    return Malformed();
  }
  if (is_bundle) {
    return EntryBundleId{*index, width};
  }
  const std::optional<uint32_t> level = ParseNumber(path.substr(0, level_end));
  if (!level.has_value() || *level > kTileLevelMax) {
    return Malformed();
  }
  return TileId{*level, *index, width};
}

}  // namespace affidavit
