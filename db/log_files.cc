#include "db/log_files.h"

#include <optional>
#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/merkle/entry_bundle.h"
#include "core/merkle/hash.h"
#include "core/merkle/tile_path.h"
#include "db/fsck_store.h"
#include "db/transaction.h"

namespace affidavit::db {

absl::StatusOr<StoredCheckpoint> ReadPublishedCheckpoint(Transaction& transaction) {
  const std::optional<StoredOrigin> origin = ReadCurrentOrigin(transaction);
  std::optional<StoredCheckpoint> checkpoint =
      origin.has_value() ? ReadNewestCheckpoint(transaction, origin->origin) : std::nullopt;
  if (!checkpoint.has_value()) {
    return absl::NotFoundError("no checkpoint has been signed yet");
  }
  for (const StoredCosignature& cosignature :
       ReadCosignatures(transaction, checkpoint->origin, checkpoint->tree_size)) {
    checkpoint->signed_note += cosignature.line;
  }
  ASSIGN_OR_RETURN(const Digest root, ReadRoot(transaction, static_cast<uint64_t>(checkpoint->tree_size)));
  if (root != checkpoint->root_hash) {
    return absl::DataLossError("the stored tree does not lead to the signed root: run `affidavit fsck`");
  }
  return *std::move(checkpoint);
}

absl::StatusOr<std::vector<LogFile>> ReadLeafFiles(Transaction& transaction, const TileId& tile) {
  const auto begin = static_cast<int64_t>(tile.index * kTileWidth);
  ASSIGN_OR_RETURN(const std::vector<std::string> leaves, ReadLeaves(transaction, begin, begin + tile.width));
  ASSIGN_OR_RETURN(const TileMap stored, ReadTiles(transaction, std::span(&tile, 1)));
  const std::vector<Digest>& hashes = stored.at(tile);
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (LeafHash(leaves[i]) != hashes[i]) {
      return absl::DataLossError(absl::StrCat("entry ", begin + static_cast<int64_t>(i),
                                              " is not the one that is in the tree: run `affidavit fsck`"));
    }
  }
  ASSIGN_OR_RETURN(std::string bundle, EncodeEntryBundle(leaves));
  std::vector<LogFile> files;
  files.push_back({EntryBundlePath({tile.index, tile.width}), std::move(bundle)});
  files.push_back({TilePath(tile), EncodeTile(hashes)});
  return files;
}

absl::StatusOr<std::vector<LogFile>> ReadTileFiles(Transaction& transaction, std::span<const TileId> tiles) {
  ASSIGN_OR_RETURN(const TileMap stored, ReadTiles(transaction, tiles));
  std::vector<LogFile> files;
  for (const TileId& tile : tiles) {
    files.push_back({TilePath(tile), EncodeTile(stored.at(tile))});
  }
  return files;
}

}  // namespace affidavit::db
