// Paths of tiles and bundles have one form; bundles are read whole or not at all; any bytes are a tile or none.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/merkle/entry_bundle.h"
#include "core/merkle/tile_path.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string PathOf(const std::variant<affidavit::TileId, affidavit::EntryBundleId>& id) {
  const auto* tile = std::get_if<affidavit::TileId>(&id);
  return tile != nullptr ? affidavit::TilePath(*tile)
                         : affidavit::EntryBundlePath(std::get<affidavit::EntryBundleId>(id));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto id = affidavit::ParseTilePath(input); id.ok()) {
    Require(PathOf(*id) == input);
  }
  if (input.empty()) {
    return 0;
  }
  const size_t width = data[0] + size_t{1};
  const std::string_view rest = input.substr(1);
  if (const auto leaves = affidavit::ParseEntryBundle(rest, width); leaves.ok()) {
    Require(leaves->size() == width);
    const std::vector<std::string> copies(leaves->begin(), leaves->end());
    Require(affidavit::EncodeEntryBundle(copies).value() == rest);
  }
  if (const auto hashes = affidavit::ParseTile({0, 0, static_cast<uint32_t>(width)}, rest); hashes.ok()) {
    Require(affidavit::EncodeTile(*hashes) == rest);
  }
  return 0;
}
