// What `affidavit fsck` reads: the rows as they lie there, nothing believed, nothing checked. Functions run inside a
// caller's transaction, a page each, and may throw libpqxx's exceptions, which Transact turns into a Status.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "db/log_store.h"

namespace affidavit::db {

class Transaction;

// The columns of affidavit.entries that repeat a member of the leaf. Times are read as microseconds since 1970,
// payload_sha256 as hex.
inline constexpr std::array<std::string_view, 18> kLeafColumns = {
    "kind",       "source",        "event_id",       "event_type",   "schema_version",  "channel",
    "direction",  "message_id",    "correlation_id", "adapter_id",   "retention_class", "provenance",
    "event_time", "delivery_time", "receive_time",   "retain_until", "payload_size",    "payload_sha256"};

struct EntryRow {
  int64_t leaf_index = 0;
  int64_t payload_id = 0;
  std::optional<TimePoint> integrate_time;  // nothing: infinite
  std::string leaf, leaf_hash;
  std::array<std::optional<std::string>, kLeafColumns.size()> columns;
};

// [begin, end) by leaf_index; what is missing is simply not there.
std::vector<EntryRow> ReadEntryRows(Transaction& transaction, int64_t begin, int64_t end);

struct PayloadRow {
  int64_t leaf_index = 0;
  std::string raw;
  bool has_error = false;  // said to be bytes that jsonb cannot hold
};
// The payloads of these entries, found as readers find them; none for those that have none.
std::vector<PayloadRow> ReadPayloadRows(Transaction& transaction, std::span<const int64_t> leaf_indexes);

// Those of the entries whose jsonb is not what their raw bytes say. Throws, as an INVALID_ARGUMENT, when the bytes of
// one cannot be jsonb at all: ask for one at a time then.
std::vector<int64_t> FindWrongJson(Transaction& transaction, std::span<const int64_t> leaf_indexes);

// Throws, as an INVALID_ARGUMENT, when jsonb cannot hold the entry's payload.
void CastToJson(Transaction& transaction, int64_t leaf_index);

struct PayloadId {
  int64_t payload_id = std::numeric_limits<int64_t>::min();
  std::string receive_time = "-infinity";  // as Postgres writes it: it may be infinite
};
enum class PayloadTable { kPayloads, kExcluded };
// After `after`, in its order, at most `limit`.
std::vector<PayloadId> ReadPayloadIds(Transaction& transaction, PayloadTable table, const PayloadId& after, int limit);

struct LeafPayload {
  int64_t leaf_index = 0;
  int64_t payload_id = 0;
};
std::vector<LeafPayload> ReadLeafPayloads(Transaction& transaction, int64_t begin, int64_t end);

// The leaves [begin, end) as they lie there, each hashing to its leaf_hash or not. DATA_LOSS when one is missing.
absl::StatusOr<std::vector<std::string>> ReadLeaves(Transaction& transaction, int64_t begin, int64_t end);

struct StoredTile {
  std::string hashes, root;
};
// One for each of `tiles`, nothing where there is none.
std::vector<std::optional<StoredTile>> ReadStoredTiles(Transaction& transaction, std::span<const TileId> tiles);

// Full tiles that the log is too small for, at most ten.
std::vector<TileId> FindTilesBeyond(Transaction& transaction);

// Of every incarnation, by (tree_size, origin), after these, up to `tree_size_max`.
std::vector<StoredCheckpoint> ReadAllCheckpoints(Transaction& transaction, int64_t tree_size_after,
                                                 std::string_view origin_after, int64_t tree_size_max, int limit);

// One snapshot: how many leaves the log has, and the checkpoints that cover more.
struct LogExtent {
  int64_t tree_size = 0;
  std::vector<StoredCheckpoint> beyond;  // at most ten
};
LogExtent ReadLogExtent(Transaction& transaction);

// Evidence tables, partitions included, that do not refuse UPDATE, DELETE and TRUNCATE as they must, or lack a check, a
// primary key or one of the identity rules; a sentence each. db/fsck_guards.cc.
std::vector<std::string> FindUnguardedTables(Transaction& transaction);

// The first entry that was received at `time` or later; the tree size when none was.
int64_t FindFirstReceived(Transaction& transaction, TimePoint time);

struct FsckPass {
  TimePoint start_time, end_time;
  int64_t tree_size = 0;
  int64_t finding_count = 0;
};
void InsertFsckPass(Transaction& transaction, const FsckPass& pass);  // end_time is ignored
std::optional<FsckPass> ReadLastFsckPass(Transaction& transaction);

}  // namespace affidavit::db
