// What `affidavit restore` writes: a ledger rebuilt in leaf order from a copy of the log, with the very statements of
// the append transaction. It needs the owner's role, for it makes the partitions of months that are long gone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/merkle/tile_edge.h"
#include "db/append_store.h"
#include "db/connection.h"
#include "db/log_store.h"

namespace affidavit::db {

// One transaction's worth. What is pointed to outlives the call.
struct RestoreBatch {
  std::vector<const NewEntry*> entries;   // consecutive leaves
  std::vector<const NewEntry*> payloads;  // those of them whose bytes are there
  std::optional<StoredOrigin> opens;      // the incarnation that the last entry opens; its open_time is ignored
};

class Pipeline;

// One connection, one thread's world. Errors as in db/append_store.h, but that a COMMIT of unknown outcome is
// UNAVAILABLE: whoever runs it again looks first how far the log goes.
class RestoreStore {
 public:
  static absl::StatusOr<std::unique_ptr<RestoreStore>> Open(const ConnectionOptions& options);
  ~RestoreStore();

  // Never given out before, nor by any ledger of this database.
  absl::StatusOr<int64_t> NextPayloadId();

  // Gives batch.entries[0] the leaf index `first`. ABORTED when the log has another size than that.
  absl::Status Append(int64_t first, const RestoreBatch& batch);

  // Of entries that are in the log already.
  absl::Status AddPayloads(std::span<const NewEntry* const> payloads);

 private:
  RestoreStore(const ConnectionOptions& options, std::unique_ptr<Pipeline> pipeline,
               std::unique_ptr<Connection> connection);

  absl::Status EnsureMonths(std::span<const NewEntry* const> payloads);
  absl::Status LoadEdge(int64_t size);
  absl::Status Commit();
  absl::Status Fail(const absl::Status& status, bool lost);

  const ConnectionOptions options_;
  const std::unique_ptr<Pipeline> pipeline_;
  const std::unique_ptr<Connection> connection_;
  std::optional<TileEdge> edge_;
  int64_t next_payload_id_ = 0, payload_ids_left_ = 0;
  std::set<std::string> months_;  // whose partition is known to be there, or to be impossible
};

// The rest runs inside a caller's transaction (db/connection.h). What is there already stays as it is.
void RestoreOrigin(Transaction& transaction, const StoredOrigin& origin);              // open_time is ignored
void RestoreCheckpoint(Transaction& transaction, const StoredCheckpoint& checkpoint);  // with its sign_time

struct PayloadGap {
  int64_t leaf_index = 0;
  int64_t payload_id = 0;
  std::string leaf;
};
// Entries in [begin, end) without a payload row, those of kind excluded left out.
std::vector<PayloadGap> FindPayloadGaps(Transaction& transaction, int64_t begin, int64_t end);

// What the mirror's receipts say of these object keys; none for those that no receipt names. REQUIRES: only characters
// of EntryObjectKey (core/envelope/object_key.h).
struct NamedVersion {
  std::string object_key, version_id;
  Digest checksum{};
};
std::vector<NamedVersion> FindReceiptsOfKeys(Transaction& transaction, std::span<const std::string> object_keys);

}  // namespace affidavit::db
