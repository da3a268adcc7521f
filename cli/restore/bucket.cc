#include "cli/restore/bucket.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

constexpr int kObjectVersionsAtOnce = 1'000;

// What a Get may answer about the object, as opposed to about the store.
bool SpeaksOfTheObject(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsDataLoss(status) || absl::IsFailedPrecondition(status);
}

// One version: nothing when it cannot be read for a reason of its own.
absl::StatusOr<std::optional<objectstore::Object>> TryGet(objectstore::ObjectStore& store, const std::string& key,
                                                          const std::string& version_id, FoundObject& found) {
  absl::StatusOr<objectstore::Object> object = store.Get(key, version_id);
  if (object.ok()) {
    return std::optional(*std::move(object));
  }
  if (!SpeaksOfTheObject(object.status())) {
    return object.status();
  }
  if (absl::IsDataLoss(object.status())) {
    found.is_wrong = true;
  }
  if (absl::IsFailedPrecondition(object.status())) {
    found.is_archived = true;
    found.archived_version_id = version_id;
  }
  return std::optional<objectstore::Object>();
}

}  // namespace

absl::StatusOr<std::vector<objectstore::ObjectInfo>> ListVersionsOf(objectstore::ObjectStore& store,
                                                                    std::string_view key) {
  std::vector<objectstore::ObjectInfo> versions;
  std::string token;
  do {
    ASSIGN_OR_RETURN(objectstore::VersionPage page, store.ListVersions(key, token, kObjectVersionsAtOnce));
    for (objectstore::ObjectInfo& version : page.versions) {
      if (version.key == key && !version.is_delete_marker) {
        versions.push_back(std::move(version));
      }
    }
    // Keys come in order, and this one is the first of those that begin with it.
    const bool over = page.versions.empty() || page.versions.back().key != key;
    token = over ? std::string() : std::move(page.next_token);
  } while (!token.empty());
  std::reverse(versions.begin(), versions.end());
  return versions;
}

absl::StatusOr<FoundObject> FindObject(objectstore::ObjectStore& store, const std::string& key,
                                       const std::function<bool(const std::string& body)>& is_right) {
  FoundObject found;
  ASSIGN_OR_RETURN(found.object, TryGet(store, key, "", found));
  if (found.object && is_right(found.object->body)) {
    return found;
  }
  found.is_wrong = found.is_wrong || found.object.has_value();
  const std::string latest = found.object ? found.object->info.version_id : std::string();
  found.object.reset();
  ASSIGN_OR_RETURN(std::vector<objectstore::ObjectInfo> versions, ListVersionsOf(store, key));
  std::reverse(versions.begin(), versions.end());
  for (const objectstore::ObjectInfo& version : versions) {
    if (version.version_id == latest) {
      continue;
    }
    ASSIGN_OR_RETURN(std::optional<objectstore::Object> object, TryGet(store, key, version.version_id, found));
    if (object && is_right(object->body)) {
      found.object = std::move(object);
      found.is_covered = true;
      return found;
    }
    found.is_wrong = found.is_wrong || object.has_value();
  }
  return found;
}

void InParallel(size_t thread_count, size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  const auto run = [&] {
    for (size_t i = next++; i < count; i = next++) {
      work(i);
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(thread_count, count); ++i) {
    threads.emplace_back(run);
  }
  run();
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace affidavit::cli
