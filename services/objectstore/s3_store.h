// Objects in S3 or whatever speaks it (AWS, MinIO, Ceph RGW): an ObjectStore over signed HTTP requests. Transient
// refusals are repeated with backoff and jitter until config's timeout_seconds; what may have been done already is
// repeated only where a second time changes nothing, so a Put whose answer was lost comes back as UNAVAILABLE: look
// (Head) before putting again. Thread-safe; calls block.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "config/config.h"
#include "core/base/time.h"
#include "services/objectstore/object_store.h"

namespace affidavit::objectstore {

class S3Client;

// What tests set otherwise.
struct S3Hooks {
  config::Environment environment;               // of the credentials; empty: the process's own
  const Clock* clock = &SystemClock();           // must live as long as the store
  std::chrono::milliseconds backoff_first{100};  // doubles up to backoff_max; waits are drawn from 0 to it
  std::chrono::milliseconds backoff_max{5'000};
};

class S3Store : public ObjectStore {
 public:
  explicit S3Store(std::unique_ptr<S3Client> client, const config::ObjectStoreConfig& config, const Clock& clock);
  ~S3Store() override;

  absl::StatusOr<PutResult> Put(const PutRequest& request) override;
  absl::StatusOr<ObjectInfo> Head(std::string_view key, std::string_view version_id) override;
  absl::StatusOr<Object> Get(std::string_view key, std::string_view version_id) override;
  absl::Status ExtendRetention(std::string_view key, std::string_view version_id, TimePoint retain_until) override;
  absl::Status SetLegalHold(std::string_view key, std::string_view version_id, bool on) override;
  absl::Status Delete(std::string_view key, std::string_view version_id) override;
  absl::StatusOr<VersionPage> ListVersions(std::string_view prefix, std::string_view token, int limit) override;
  absl::StatusOr<StoreProperties> Describe() override;
  absl::Status Thaw(std::string_view key, std::string_view version_id, int days) override;
  std::string Name() const override { return name_; }

  // What no ObjectStore should be asked for, but who sets a bucket up or tries to break its promises must.

  // With Object Lock (and thereby versioning) or without either. OK when it is ours already.
  absl::Status CreateBucket(bool object_lock);
  // PUT /?SUBRESOURCE, such as "policy", "lifecycle", "versioning", "object-lock".
  absl::Status PutBucketDocument(std::string_view subresource, std::string_view document);
  // PutObjectRetention as asked, `mode` "COMPLIANCE" or "GOVERNANCE", even if shorter; with `bypass_governance` as far
  // as the credentials may. PERMISSION_DENIED is what a WORM store answers to a weaker lock.
  absl::Status PutRetention(std::string_view key, std::string_view version_id, std::string_view mode,
                            TimePoint retain_until, bool bypass_governance);
  // Delete of a version, past a lock in GOVERNANCE mode as far as the credentials may. PERMISSION_DENIED in COMPLIANCE.
  absl::Status DeleteBypassingGovernance(std::string_view key, std::string_view version_id);

 private:
  absl::StatusOr<std::string> FullKey(std::string_view key) const;

  const std::unique_ptr<S3Client> client_;
  const Clock& clock_;
  const std::string prefix_;
  const std::string name_;
};

// Of kind "s3". INVALID_ARGUMENT for an endpoint that is no http(s) URL or a bucket without a name; credentials are
// asked for at the first request only.
absl::StatusOr<std::unique_ptr<S3Store>> OpenS3Store(const config::ObjectStoreConfig& config,
                                                     const S3Hooks& hooks = {});

}  // namespace affidavit::objectstore
