#include "cli/verify/log_copy.h"

#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "core/base/status_macros.h"
#include "core/merkle/entry_bundle.h"
#include "core/merkle/tile_path.h"

namespace affidavit::verify {
namespace {

constexpr uintmax_t kFileSizeMax = kTileWidth * (kBundleEntrySizeMax + 2);  // of an entry bundle; tiles are smaller

}  // namespace

bool LogCopy::HasLeaves() const {
  std::error_code ignored;
  return std::filesystem::is_directory(folder_ + "/tile/entries", ignored);
}

absl::StatusOr<std::optional<LogCopy::File>> LogCopy::Find(const PathOfWidth& path, uint32_t width) const {
  for (uint32_t at_least = width; at_least <= kTileWidth; ++at_least) {
    const std::string name = folder_ + "/" + path(at_least);
    std::error_code missing;
    const uintmax_t size = std::filesystem::file_size(name, missing);
    if (missing) {
      continue;
    }
    if (size > kFileSizeMax) {
      return absl::DataLossError(absl::StrCat(path(at_least), " has ", size, " bytes, more than any file of a log"));
    }
    ASSIGN_OR_RETURN(std::string bytes, cli::ReadFile(name));
    return File{std::move(bytes), at_least};
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<std::string>> LogCopy::ReadLeaves(uint64_t index, uint32_t width) const {
  const PathOfWidth path = [index](uint32_t of_width) { return EntryBundlePath({index, of_width}); };
  ASSIGN_OR_RETURN(const std::optional<File> file, Find(path, width));
  if (!file.has_value()) {
    return absl::DataLossError("the copy has no " + path(width));
  }
  const absl::StatusOr<std::vector<std::string_view>> leaves = ParseEntryBundle(file->bytes, file->width);
  if (!leaves.ok()) {
    return absl::DataLossError(absl::StrCat(path(file->width), ": ", leaves.status().message()));
  }
  return std::vector<std::string>(leaves->begin(), leaves->begin() + width);
}

absl::StatusOr<std::optional<std::vector<Digest>>> LogCopy::ReadTile(const TileId& tile) const {
  const PathOfWidth path = [&tile](uint32_t of_width) { return TilePath({tile.level, tile.index, of_width}); };
  ASSIGN_OR_RETURN(const std::optional<File> file, Find(path, tile.width));
  if (!file.has_value()) {
    return std::nullopt;
  }
  absl::StatusOr<std::vector<Digest>> hashes = ParseTile({tile.level, tile.index, file->width}, file->bytes);
  if (!hashes.ok()) {
    return absl::DataLossError(absl::StrCat(path(file->width), ": ", hashes.status().message()));
  }
  hashes->resize(tile.width);
  return *std::move(hashes);
}

}  // namespace affidavit::verify
