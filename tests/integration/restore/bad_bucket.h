// A bucket that somebody has had in hands: what lies in it is changed, hidden or archived at a test's word. Thread-safe
// while nothing is armed.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/status_macros.h"
#include "services/objectstore/object_store.h"

namespace affidavit::testing {

class BadBucket final : public objectstore::ObjectStore {
 public:
  explicit BadBucket(objectstore::ObjectStore* good) : good_(good) {}

  // All versions of a key.
  std::set<std::string> flipped, hidden, archived;
  std::map<std::string, objectstore::ObjectInfo> locks;  // key: what is said of its lock instead
  std::atomic<int64_t> gets_left{-1};                    // UNAVAILABLE after so many; negative: never
  std::vector<std::string> thawed;

  absl::StatusOr<objectstore::PutResult> Put(const objectstore::PutRequest& request) override {
    return good_->Put(request);
  }
  absl::StatusOr<objectstore::ObjectInfo> Head(std::string_view key, std::string_view version_id) override {
    ASSIGN_OR_RETURN(objectstore::ObjectInfo info, good_->Head(key, version_id));
    return Told(info);
  }
  absl::StatusOr<objectstore::Object> Get(std::string_view key, std::string_view version_id) override {
    const std::string name(key);
    if (gets_left == 0 || (gets_left > 0 && --gets_left == 0)) {
      return absl::UnavailableError("the store went away");
    }
    if (hidden.contains(name)) {
      return absl::NotFoundError("no such object");
    }
    if (archived.contains(name)) {
      return absl::FailedPreconditionError("archived");
    }
    ASSIGN_OR_RETURN(objectstore::Object object, good_->Get(key, version_id));
    object.info = Told(object.info);
    if (flipped.contains(name) && !object.body.empty()) {
      object.body[object.body.size() / 2] ^= 1;
    }
    return object;
  }
  absl::Status ExtendRetention(std::string_view key, std::string_view version_id, TimePoint until) override {
    return good_->ExtendRetention(key, version_id, until);
  }
  absl::Status SetLegalHold(std::string_view key, std::string_view version_id, bool on) override {
    return good_->SetLegalHold(key, version_id, on);
  }
  absl::Status Delete(std::string_view key, std::string_view version_id) override {
    return good_->Delete(key, version_id);
  }
  absl::StatusOr<objectstore::VersionPage> ListVersions(std::string_view prefix, std::string_view token,
                                                        int limit) override {
    ASSIGN_OR_RETURN(objectstore::VersionPage page, good_->ListVersions(prefix, token, limit));
    std::erase_if(page.versions, [this](const objectstore::ObjectInfo& info) { return hidden.contains(info.key); });
    return page;
  }
  absl::StatusOr<objectstore::StoreProperties> Describe() override { return good_->Describe(); }
  absl::Status Thaw(std::string_view key, std::string_view /*version_id*/, int /*days*/) override {
    const std::lock_guard lock(mutex_);
    thawed.emplace_back(key);
    return absl::OkStatus();
  }
  std::string Name() const override { return good_->Name(); }

 private:
  objectstore::ObjectInfo Told(objectstore::ObjectInfo info) const {
    if (const auto lock = locks.find(info.key); lock != locks.end()) {
      info.retain_until = lock->second.retain_until;
      info.lock_mode = lock->second.lock_mode;
      info.legal_hold = lock->second.legal_hold;
    }
    info.is_archived = archived.contains(info.key);
    return info;
  }

  objectstore::ObjectStore* const good_;
  std::mutex mutex_;
};

}  // namespace affidavit::testing
