// Reading a bucket that nobody vouches for: an object counts only when it is what the log says it is, whatever lies on
// top of it. Versions that were put over it, and delete markers, are looked through. Functions are as thread-safe as
// the store.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/objectstore/object_store.h"

namespace affidavit::cli {

// The versions of exactly this key, the oldest first; delete markers are left out.
absl::StatusOr<std::vector<objectstore::ObjectInfo>> ListVersionsOf(objectstore::ObjectStore& store,
                                                                    std::string_view key);

struct FoundObject {
  std::optional<objectstore::Object> object;  // the one that is right
  bool is_covered = false;                    // it is there, and something else lies on top of it
  bool is_archived = false;                   // not found, but a version must be thawed before it can be read
  std::string archived_version_id;
  bool is_wrong = false;  // not found, but there are versions with other bytes
};

// The newest version that `is_right` accepts. An error is the store's, and says nothing about the object.
absl::StatusOr<FoundObject> FindObject(objectstore::ObjectStore& store, const std::string& key,
                                       const std::function<bool(const std::string& body)>& is_right);

// Calls work(0) … work(count - 1), in `thread_count` threads; returns when all have returned. `work` must not throw.
void InParallel(size_t thread_count, size_t count, const std::function<void(size_t)>& work);

}  // namespace affidavit::cli
