// The object store against the ledger: each object against its receipt and its leaf, the copy of the log against the
// tree, and whatever lies in the store that no receipt names. It reads every object whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/fsck/findings.h"
#include "core/checkpoint/checkpoint.h"
#include "core/envelope/leaf.h"
#include "core/retention/protection.h"
#include "db/connection.h"
#include "db/mirror_store.h"
#include "services/objectstore/object_store.h"

namespace affidavit::cli {

struct StoreCheckOptions {
  int64_t sample_count = 0;  // not 0: only the objects of so many entries at random
  uint32_t seed = 0;
  size_t thread_count = 8;
  CheckpointPolicy policy;  // without keys: the copy of the log is not checked
};

struct StoreCheckResult {
  int64_t tree_size = 0;
  int64_t mirrored_size = 0;   // the mirror is behind these entries
  int64_t object_count = 0;    // read and compared
  int64_t left_out_count = 0;  // excluded entries, never copied
  int64_t archived_count = 0;  // not readable now: their locks were compared
  int64_t disposed_count = 0;  // past their retention, and gone
  int64_t extra_count = 0;     // more versions of the same bytes
  int64_t log_tree_size = 0;   // of the copy of the log; 0: not checked
  Findings findings;
};

class StoreCheck {
 public:
  using Show = std::function<void(const char* things, int64_t done, int64_t total)>;

  // `store` and `connection` outlive it.
  StoreCheck(objectstore::ObjectStore* store, db::Connection* connection, StoreCheckOptions options, Show show);

  // A finding is no error: an error means that the check could not be made.
  absl::StatusOr<StoreCheckResult> Run();

 private:
  struct Entry {
    int64_t leaf_index = 0;
    std::optional<LeafFields> leaf;
    std::optional<db::MirrorReceipt> receipt;
    absl::StatusOr<objectstore::Object> object = absl::UnknownError("not read");
  };

  absl::Status CheckAll();
  absl::Status CheckSample();
  absl::Status CheckRange(int64_t begin, int64_t end);
  absl::StatusOr<std::vector<Entry>> ReadEntries(int64_t begin, int64_t end);
  absl::Status Fetch(std::vector<Entry>& entries);
  void CheckEntry(const Entry& entry);
  void CheckObject(const Entry& entry);
  void CheckLock(const Entry& entry, const objectstore::ObjectInfo& info);

  // What lies in the store beside the versions that receipts name.
  absl::Status CheckListing(std::string_view prefix);
  absl::Status CheckPage(const std::vector<objectstore::ObjectInfo>& versions);
  absl::Status CheckExtra(const objectstore::ObjectInfo& version, const Digest& checksum);
  // Objects of entries that are being copied right now have no receipt yet.
  absl::Status CheckUnnamed();
  absl::Status CheckLogCopy();

  objectstore::ObjectStore* const store_;
  db::Connection* const connection_;
  const StoreCheckOptions options_;
  const Show show_;
  StoreCheckResult result_;
  Governance governance_;
  TimePoint now_;
  std::vector<std::string> unnamed_;
};

}  // namespace affidavit::cli
