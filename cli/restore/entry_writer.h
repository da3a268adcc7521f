// Entries on their way from the bucket into the database, a bundle at a time: payloads fetched side by side, then
// written in groups of some MiB, each in one short transaction. One thread's world but for the fetching.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/restore/payload_copy.h"
#include "cli/restore/restore_result.h"
#include "core/envelope/admission.h"
#include "db/connection.h"
#include "db/restore_store.h"
#include "services/objectstore/object_store.h"

namespace affidavit::cli {

// Not moved: `entry` points into it.
struct EntryOnItsWay {
  int64_t leaf_index = 0;
  db::NewEntry entry;
  PayloadCopy copy;
  bool is_ours = false;  // made by the restore itself, with its payload

  bool HasPayload() const { return is_ours || copy.state == CopyState::kThere; }
};

// INVALID_ARGUMENT unless the leaf is of version 1. The payload id is left to the caller.
absl::Status ReadLeaf(int64_t leaf_index, std::string leaf, EntryOnItsWay& entry);

class EntryWriter {
 public:
  // All of these outlive it.
  EntryWriter(objectstore::ObjectStore* store, db::RestoreStore* writer, db::Connection* connection,
              const RestoreOptions* options, RestoreResult* result);

  // Consecutive entries behind the last one that the database has. `opens`: the incarnation that the last one opens.
  absl::Status Append(std::deque<EntryOnItsWay>& entries, const std::optional<db::StoredOrigin>& opens);

  // The payloads of entries that are there already, as far as the bucket has them.
  absl::Status AddPayloads(std::deque<EntryOnItsWay>& entries);

 private:
  using Group = std::vector<EntryOnItsWay*>;
  using WriteGroup = std::function<absl::Status(const Group&)>;

  absl::Status InGroups(std::deque<EntryOnItsWay>& entries, const WriteGroup& write);
  absl::Status Fetch(const Group& group);
  void Tally(const EntryOnItsWay& entry);
  absl::Status Thaw(const EntryOnItsWay& entry);
  // Receipts, and keys as first seen; before the entries, for what has a receipt is not given a second one.
  absl::Status AddReceipts(const Group& group);
  absl::Status Write(const Group& group, const WriteGroup& write);

  objectstore::ObjectStore* const store_;
  db::RestoreStore* const writer_;
  db::Connection* const connection_;
  const RestoreOptions& options_;
  RestoreResult& result_;
  const Admitter admitter_;  // for what jsonb cannot hold
  const TimePoint now_;
  std::set<std::string> keys_seen_;
};

}  // namespace affidavit::cli
