#include "tests/support/memory_object_store.h"

#include <algorithm>

#include "core/base/status_macros.h"

namespace affidavit::testing {

using objectstore::Object;
using objectstore::ObjectInfo;
using objectstore::PutRequest;
using objectstore::PutResult;
using objectstore::StoreProperties;
using objectstore::VersionPage;

namespace {

absl::Status Failure(absl::StatusCode code) {
  return {code, "the test wants it so"};
}

}  // namespace

void MemoryObjectStore::Arm(const StoreFault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

void MemoryObjectStore::Disarm() {
  Arm({.times = 0});
}

bool MemoryObjectStore::IsUsedUp() const {
  const std::lock_guard lock(mutex_);
  return fault_.times == 0;
}

void MemoryObjectStore::set_traits(Traits traits) {
  const std::lock_guard lock(mutex_);
  traits_ = traits;
}

std::vector<MemoryObjectStore::StoredVersion> MemoryObjectStore::Versions(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  return found == objects_.end() ? std::vector<StoredVersion>() : found->second;
}

std::vector<std::string> MemoryObjectStore::Keys(const std::string& prefix) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, versions] : objects_) {
    if (key.starts_with(prefix)) {
      keys.push_back(key);
    }
  }
  return keys;
}

int MemoryObjectStore::CallCount(StoreStep step) const {
  const std::lock_guard lock(mutex_);
  const auto found = call_counts_.find(step);
  return found == call_counts_.end() ? 0 : found->second;
}

const StoreFault* MemoryObjectStore::TakeFault(StoreStep step, std::string_view key) {
  ++call_counts_[step];
  if (fault_.times == 0 || fault_.step != step || key.find(fault_.key_part) == std::string_view::npos) {
    return nullptr;
  }
  --fault_.times;
  return &fault_;
}

absl::StatusOr<PutResult> MemoryObjectStore::Put(const PutRequest& request) {
  const std::lock_guard lock(mutex_);
  const StoreFault* const fault = TakeFault(StoreStep::kPut, request.key);
  if (fault != nullptr && !fault->is_done) {
    return Failure(fault->code);
  }
  if (request.key.empty() || request.key.size() > 1'024 || Sha256(request.body) != request.sha256) {
    return absl::InvalidArgumentError("a bad key or digest");
  }
  std::vector<StoredVersion>& versions = objects_[request.key];
  if (request.only_if_absent && traits_.honours_if_absent && !versions.empty()) {
    return absl::AlreadyExistsError("the key has an object");
  }
  ObjectInfo info;
  info.key = request.key;
  info.version_id = "v" + std::to_string(version_count_++);
  info.size = static_cast<int64_t>(request.body.size());
  info.store_time = SystemClock().WallNow();
  if (traits_.keeps_digests) {
    info.sha256 = request.sha256;
  }
  info.retain_until = request.retain_until;
  info.lock_mode = request.retain_until.has_value() ? "COMPLIANCE" : "";
  info.legal_hold = request.legal_hold;
  info.metadata = request.metadata;
  info.storage_class = "STANDARD";
  versions.push_back({info, std::string(request.body)});
  if (fault != nullptr) {
    return Failure(fault->code);
  }
  return PutResult{info.version_id, info.store_time};
}

absl::StatusOr<MemoryObjectStore::StoredVersion*> MemoryObjectStore::Find(std::string_view key,
                                                                          std::string_view version_id) {
  const auto found = objects_.find(key);
  if (found != objects_.end()) {
    std::vector<StoredVersion>& versions = found->second;
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      if (version_id.empty() || version->info.version_id == version_id) {
        return &*version;
      }
    }
  }
  return absl::NotFoundError("no such object");
}

absl::StatusOr<ObjectInfo> MemoryObjectStore::Head(std::string_view key, std::string_view version_id) {
  const std::lock_guard lock(mutex_);
  if (const StoreFault* const fault = TakeFault(StoreStep::kHead, key); fault != nullptr) {
    return Failure(fault->code);
  }
  if (!traits_.may_read) {
    return absl::PermissionDeniedError("not to be read");
  }
  ASSIGN_OR_RETURN(const StoredVersion* const version, Find(key, version_id));
  return version->info;
}

absl::StatusOr<Object> MemoryObjectStore::Get(std::string_view key, std::string_view version_id) {
  const std::lock_guard lock(mutex_);
  if (const StoreFault* const fault = TakeFault(StoreStep::kGet, key); fault != nullptr) {
    return Failure(fault->code);
  }
  if (!traits_.may_read) {
    return absl::PermissionDeniedError("not to be read");
  }
  ASSIGN_OR_RETURN(const StoredVersion* const version, Find(key, version_id));
  return Object{version->info, version->body};
}

absl::Status MemoryObjectStore::Change(StoreStep step, std::string_view key, std::string_view version_id,
                                       const std::function<absl::Status(StoredVersion&)>& change) {
  const std::lock_guard lock(mutex_);
  const StoreFault* const fault = TakeFault(step, key);
  if (fault != nullptr && !fault->is_done) {
    return Failure(fault->code);
  }
  ASSIGN_OR_RETURN(StoredVersion* const version, Find(key, version_id));
  RETURN_IF_ERROR(change(*version));
  return fault != nullptr ? Failure(fault->code) : absl::OkStatus();
}

absl::Status MemoryObjectStore::ExtendRetention(std::string_view key, std::string_view version_id,
                                                TimePoint retain_until) {
  return Change(StoreStep::kExtend, key, version_id, [retain_until](StoredVersion& version) {
    if (version.info.retain_until.has_value() && *version.info.retain_until > retain_until) {
      return absl::PermissionDeniedError("shorter");
    }
    version.info.retain_until = retain_until;
    version.info.lock_mode = "COMPLIANCE";
    return absl::OkStatus();
  });
}

absl::Status MemoryObjectStore::SetLegalHold(std::string_view key, std::string_view version_id, bool on) {
  return Change(StoreStep::kHold, key, version_id, [on](StoredVersion& version) {
    version.info.legal_hold = on;
    return absl::OkStatus();
  });
}

absl::Status MemoryObjectStore::Delete(std::string_view key, std::string_view version_id) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(StoredVersion* const version, Find(key, version_id));
  if (version->info.legal_hold || version->info.retain_until > SystemClock().WallNow()) {
    return absl::PermissionDeniedError("locked");
  }
  const auto object = objects_.find(key);
  object->second.erase(object->second.begin() + (version - object->second.data()));
  if (object->second.empty()) {
    objects_.erase(object);
  }
  return absl::OkStatus();
}

absl::StatusOr<VersionPage> MemoryObjectStore::ListVersions(std::string_view prefix, std::string_view token,
                                                            int limit) {
  const std::lock_guard lock(mutex_);
  VersionPage page;
  for (auto object = objects_.lower_bound(std::max(prefix, token)); object != objects_.end(); ++object) {
    if (!std::string_view(object->first).starts_with(prefix)) {
      break;
    }
    if (static_cast<int>(page.versions.size()) >= limit) {
      page.next_token = object->first;
      break;
    }
    for (auto version = object->second.rbegin(); version != object->second.rend(); ++version) {
      page.versions.push_back(version->info);
    }
  }
  return page;
}

absl::StatusOr<StoreProperties> MemoryObjectStore::Describe() {
  return StoreProperties{.object_lock = true, .versioning = true};
}

}  // namespace affidavit::testing
