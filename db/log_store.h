// The Merkle log in Postgres: tiles, origins, checkpoints and what outsiders add to them. docs/log-format.md. Functions
// run inside a caller's transaction and may throw libpqxx's exceptions, which Transact turns into a Status. Tiles:
// log_tiles.cc; the rest: checkpoint_store.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/merkle/compact_range.h"
#include "core/merkle/proof.h"
#include "core/merkle/tile.h"

namespace affidavit::db {

class Transaction;

// The tiles named, full ones from affidavit.tiles, partial ones from entries.leaf_hash (level 0) or the roots of the
// level below. Two statements at most, whatever their number. DATA_LOSS names the first that is missing.
absl::StatusOr<TileMap> ReadTiles(Transaction& transaction, std::span<const TileId> tiles);

// The hash of each node in the tree of `tree_size`. INVALID_ARGUMENT unless all are complete there.
absl::StatusOr<std::vector<Digest>> ReadNodes(Transaction& transaction, std::span<const NodeId> nodes,
                                              uint64_t tree_size);

// The proof of a plan for the tree of `tree_size`. O(log n) tiles, those that PlanTiles names for plan.nodes.
absl::StatusOr<std::vector<Digest>> ReadProof(Transaction& transaction, const ProofPlan& plan, uint64_t tree_size);

// The root of the tree of `tree_size` leaves. O(log n) tiles.
absl::StatusOr<Digest> ReadRoot(Transaction& transaction, uint64_t tree_size);

struct StoredCheckpoint {
  std::string origin;
  int64_t tree_size = 0;
  Digest root_hash{};
  std::string signed_note;
  TimePoint sign_time;
};

struct StoredCosignature {
  std::string witness;  // vkey
  std::string line;     // with its line end
  TimePoint cosign_time;
};

struct StoredTimestamp {
  std::string authority;
  std::string token;  // DER
  TimePoint generation_time;
};

struct StoredOrigin {
  int number = 0;
  std::string origin;
  TimePoint open_time;
  std::string previous_checkpoint;  // empty for the first
};

// The newest incarnation; nothing before the first checkpoint.
std::optional<StoredOrigin> ReadCurrentOrigin(Transaction& transaction);
// Does nothing when the origin exists. REQUIRES: `previous_checkpoint` empty iff it is the first.
void OpenOrigin(Transaction& transaction, std::string_view origin, std::string_view previous_checkpoint);

std::optional<StoredCheckpoint> ReadNewestCheckpoint(Transaction& transaction, std::string_view origin);
std::optional<StoredCheckpoint> ReadCheckpoint(Transaction& transaction, std::string_view origin, int64_t tree_size);
// The smallest with tree_size >= `tree_size_min`.
std::optional<StoredCheckpoint> ReadCheckpointCovering(Transaction& transaction, std::string_view origin,
                                                       int64_t tree_size_min);
std::vector<StoredCheckpoint> ListCheckpoints(Transaction& transaction, std::string_view origin,
                                              int64_t tree_size_after, int limit);
void InsertCheckpoint(Transaction& transaction, const StoredCheckpoint& checkpoint);  // sign_time is ignored

// Adding the same twice does nothing.
void InsertCosignature(Transaction& transaction, std::string_view origin, int64_t tree_size,
                       const StoredCosignature& cosignature);
void InsertTimestamp(Transaction& transaction, std::string_view origin, int64_t tree_size,
                     const StoredTimestamp& timestamp);
std::vector<StoredCosignature> ReadCosignatures(Transaction& transaction, std::string_view origin, int64_t tree_size);
std::vector<StoredTimestamp> ReadTimestamps(Transaction& transaction, std::string_view origin, int64_t tree_size);

}  // namespace affidavit::db
