#include "core/merkle/entry_bundle.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/merkle/tile.h"

namespace affidavit {
namespace {

constexpr size_t kPrefixSize = 2;

}  // namespace

absl::StatusOr<std::string> EncodeEntryBundle(std::span<const std::string> leaves) {
  if (leaves.size() > kTileWidth) {
    return absl::InvalidArgumentError(absl::StrCat("an entry bundle cannot hold ", leaves.size(), " leaves"));
  }
  std::string bytes;
  for (const std::string& leaf : leaves) {
    if (leaf.size() > kBundleEntrySizeMax) {
      return absl::InvalidArgumentError(absl::StrCat("an entry bundle cannot hold a leaf of ", leaf.size(), " bytes"));
    }
    bytes += static_cast<char>(leaf.size() >> 8);
    bytes += static_cast<char>(leaf.size() & 0xFF);
    bytes += leaf;
  }
  return bytes;
}

absl::StatusOr<std::vector<std::string_view>> ParseEntryBundle(std::string_view bytes, size_t width) {
  std::vector<std::string_view> leaves;
  leaves.reserve(std::min<size_t>(width, kTileWidth));
  while (!bytes.empty()) {
    const size_t size = bytes.size() < kPrefixSize
                            ? bytes.size()
                            : static_cast<unsigned char>(bytes[0]) * size_t{256} + static_cast<unsigned char>(bytes[1]);
    if (bytes.size() < kPrefixSize + size || leaves.size() == width) {
      return absl::InvalidArgumentError(absl::StrCat("the entry bundle does not hold exactly ", width, " leaves"));
    }
    leaves.push_back(bytes.substr(kPrefixSize, size));
    bytes.remove_prefix(kPrefixSize + size);
  }
  if (leaves.size() != width) {
    return absl::InvalidArgumentError(absl::StrCat("the entry bundle does not hold exactly ", width, " leaves"));
  }
  return leaves;
}

}  // namespace affidavit
