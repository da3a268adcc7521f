// The copy of the log in a bucket: its checkpoints, and its leaves. Nothing here is believed but what a signature, or a
// root under a signature, says. Functions are as thread-safe as the store.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/fsck/findings.h"
#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/checkpoint/checkpoint.h"
#include "services/objectstore/object_store.h"

namespace affidavit::cli {

struct BucketCheckpoint {
  std::string object_key;
  int incarnation = 1;
  Checkpoint checkpoint;
  std::string signed_note;              // the log's own signatures only, as the database keeps it
  std::vector<std::string> more_lines;  // what others signed under it
  TimePoint store_time;                 // when it was put there
};

// Every checkpoint of this log that the bucket has, by incarnation and size, each once. What is no checkpoint of it is
// a finding. `policy` has keys of one name, which is the log's first origin.
absl::StatusOr<std::vector<BucketCheckpoint>> FindCheckpoints(objectstore::ObjectStore& store,
                                                              const CheckpointPolicy& policy, size_t thread_count,
                                                              Findings& findings);

// The leaves [256 * index, …) of one entry bundle.
struct BucketPage {
  std::vector<std::string> leaves;
  std::vector<Digest> leaf_hashes;
  std::string object_key;
  bool is_covered = false;  // something else lies on top of it
};

class BucketLog {
 public:
  // Of an incarnation's tree of `size` leaves. `store` outlives it.
  BucketLog(objectstore::ObjectStore* store, int incarnation, uint64_t size);

  uint64_t size() const { return size_; }
  uint64_t page_count() const;
  std::string PageName(uint64_t index) const;  // for people: the object's key

  enum class Order { kNewestFirst, kOldestFirst };
  // The first version of the bundle that `is_right` accepts; a wider one counts for its beginning. DATA_LOSS when the
  // bucket has none.
  absl::StatusOr<BucketPage> ReadPage(uint64_t index, Order order,
                                      const std::function<bool(const BucketPage&)>& is_right) const;

  // What the versions of the bundle's tile say its leaf hashes are.
  absl::StatusOr<std::vector<std::vector<Digest>>> ReadTileVersions(uint64_t index) const;

 private:
  uint32_t Width(uint64_t index) const;
  // The exact one first, then the wider ones that are there.
  absl::StatusOr<std::vector<std::string>> FindKeys(const std::string& full, const std::string& exact,
                                                    uint32_t width) const;

  objectstore::ObjectStore* const store_;
  const std::string prefix_;
  const uint64_t size_;
};

}  // namespace affidavit::cli
