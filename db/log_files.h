// The log as files, as C2SP tlog-tiles lays them out: for `affidavit export-log` and the mirror. Nothing leaves that
// does not lead to the signed root. Functions run inside a caller's transaction and may throw libpqxx's exceptions,
// which Transact turns into a Status.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/merkle/tile.h"
#include "db/log_store.h"

namespace affidavit::db {

struct LogFile {
  std::string path;  // below the log's folder: "tile/0/x001/067"
  std::string bytes;
};

// The newest checkpoint of the current incarnation with what witnesses have added, once the stored tree leads to its
// root. NOT_FOUND: nothing has been signed yet. DATA_LOSS: the tree does not lead there.
absl::StatusOr<StoredCheckpoint> ReadPublishedCheckpoint(Transaction& transaction);

// The entry bundle of a tile of level 0, then the tile. DATA_LOSS when a leaf is not the one that is in the tree.
absl::StatusOr<std::vector<LogFile>> ReadLeafFiles(Transaction& transaction, const TileId& tile);

// Tiles of higher levels, in the given order. DATA_LOSS as ReadTiles.
absl::StatusOr<std::vector<LogFile>> ReadTileFiles(Transaction& transaction, std::span<const TileId> tiles);

}  // namespace affidavit::db
