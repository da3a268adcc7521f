// An object store in memory that fails when told to, before or after it has done what was asked. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "services/objectstore/object_store.h"

namespace affidavit::testing {

enum class StoreStep { kPut, kHead, kGet, kExtend, kHold };

struct StoreFault {
  StoreStep step = StoreStep::kPut;
  bool is_done = false;  // it takes effect, and is reported failed all the same
  absl::StatusCode code = absl::StatusCode::kUnavailable;
  int times = 1;
  std::string key_part;  // only keys that have this in them
};

class MemoryObjectStore final : public objectstore::ObjectStore {
 public:
  struct Traits {
    bool keeps_digests = true;      // else Head knows none, as with Ceph RGW
    bool honours_if_absent = true;  // else only_if_absent is ignored, likewise
    bool may_read = true;           // else Head and Get are refused
  };
  struct StoredVersion {
    objectstore::ObjectInfo info;
    std::string body;
  };

  MemoryObjectStore() = default;
  explicit MemoryObjectStore(Traits traits) : traits_(traits) {}

  void Arm(const StoreFault& fault);
  bool IsUsedUp() const;
  void Disarm();

  std::vector<StoredVersion> Versions(const std::string& key) const;  // the oldest first
  std::vector<std::string> Keys(const std::string& prefix = "") const;
  int CallCount(StoreStep step) const;
  void set_traits(Traits traits);

  absl::StatusOr<objectstore::PutResult> Put(const objectstore::PutRequest& request) override;
  absl::StatusOr<objectstore::ObjectInfo> Head(std::string_view key, std::string_view version_id) override;
  absl::StatusOr<objectstore::Object> Get(std::string_view key, std::string_view version_id) override;
  absl::Status ExtendRetention(std::string_view key, std::string_view version_id, TimePoint retain_until) override;
  absl::Status SetLegalHold(std::string_view key, std::string_view version_id, bool on) override;
  absl::Status Delete(std::string_view key, std::string_view version_id) override;
  absl::StatusOr<objectstore::VersionPage> ListVersions(std::string_view prefix, std::string_view token,
                                                        int limit) override;
  absl::StatusOr<objectstore::StoreProperties> Describe() override;
  std::string Name() const override { return "memory:"; }

 private:
  // The fault that hits this call, if any. REQUIRES: mutex_ is held.
  const StoreFault* TakeFault(StoreStep step, std::string_view key);
  absl::StatusOr<StoredVersion*> Find(std::string_view key, std::string_view version_id);
  absl::Status Change(StoreStep step, std::string_view key, std::string_view version_id,
                      const std::function<absl::Status(StoredVersion&)>& change);

  mutable std::mutex mutex_;
  Traits traits_;
  StoreFault fault_{.times = 0};
  std::map<StoreStep, int> call_counts_;
  std::map<std::string, std::vector<StoredVersion>, std::less<>> objects_;
  int64_t version_count_ = 0;
};

}  // namespace affidavit::testing
