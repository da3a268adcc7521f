// Where copies go that nobody can delete: S3 with Object Lock in COMPLIANCE mode, or a directory (which is not WORM in
// a regulator's sense). Keys are UTF-8, at most 1,024 bytes, '/' between folders. Implementations are thread-safe.
//
// Errors, the same for every implementation (tests/contract/object_store_contract.h):
//   INVALID_ARGUMENT     the caller's fault: a bad key, a date in the past, a digest that is not the body's
//   NOT_FOUND            no such object, version or bucket
//   ALREADY_EXISTS       Put with only_if_absent, and the key has an object
//   PERMISSION_DENIED    credentials that may not, or a lock that refuses
//   FAILED_PRECONDITION  the store as it is cannot: no Object Lock on the bucket, or an archived object (Head tells)
//   UNAVAILABLE          over by itself: timeouts, 5xx, SlowDown; retried inside already, with backoff, until the
//                        deadline. After a Put it may have been done: look before putting again.
//   DATA_LOSS            what came back is not what its digest says
//   INTERNAL             an answer that cannot be understood
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/base/time.h"

namespace affidavit::objectstore {

// Names of a-z, 0-9 and '_', without "x-amz-meta-" (no '-': some servers, RGW among them, give '_' back as '-', so that
// one is read as the other); values of printable ASCII, not empty, without spaces at their ends.
using Metadata = std::map<std::string, std::string>;

struct PutRequest {
  std::string key;
  std::string_view body;                  // must live until Put returns
  Digest sha256{};                        // of body; sent along and checked by the store
  std::optional<TimePoint> retain_until;  // absent: no lock; else COMPLIANCE, truncated to whole seconds upwards
  bool legal_hold = false;
  Metadata metadata;  // at most 2 KiB in all
  std::string content_type = "application/octet-stream";
  bool only_if_absent = false;  // honoured where the store can (S3: If-None-Match; RGW ignores it on versioned buckets)
};

struct PutResult {
  std::string version_id;
  TimePoint store_time;  // the store's clock
};

struct ObjectInfo {
  std::string key;
  std::string version_id;
  int64_t size = 0;
  bool is_latest = true;
  bool is_delete_marker = false;  // only from ListVersions
  TimePoint store_time;
  std::optional<Digest> sha256;  // as the store keeps it; absent where it keeps none, and from ListVersions
  // Absent where the credentials may not see them, and from ListVersions.
  std::optional<TimePoint> retain_until;
  std::string lock_mode;  // "COMPLIANCE", "GOVERNANCE" or empty
  bool legal_hold = false;
  Metadata metadata;
  std::string storage_class;  // "STANDARD" when the store does not say
  bool is_archived = false;   // to be thawed (RestoreObject) before it can be read
};

struct Object {
  ObjectInfo info;
  std::string body;  // verified against info.sha256 where there is one
};

struct VersionPage {
  std::vector<ObjectInfo> versions;  // by key, newest first
  std::string next_token;            // empty: the last page
};

// What the bucket (or directory) promises.
struct StoreProperties {
  bool object_lock = false;
  bool versioning = false;
  std::string default_retention;  // "COMPLIANCE 365 days"; empty: none, as it should be
  bool is_worm = false;           // false for the directory
  std::optional<TimePoint> store_time;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  virtual absl::StatusOr<PutResult> Put(const PutRequest& request) = 0;
  // Empty version_id: the latest one.
  virtual absl::StatusOr<ObjectInfo> Head(std::string_view key, std::string_view version_id) = 0;
  virtual absl::StatusOr<Object> Get(std::string_view key, std::string_view version_id) = 0;
  // Longer only; PERMISSION_DENIED otherwise.
  virtual absl::Status ExtendRetention(std::string_view key, std::string_view version_id, TimePoint retain_until) = 0;
  virtual absl::Status SetLegalHold(std::string_view key, std::string_view version_id, bool on) = 0;
  // With a version_id that version for ever; without one S3 leaves a delete marker and the directory refuses.
  virtual absl::Status Delete(std::string_view key, std::string_view version_id) = 0;
  // Keys with this prefix, at most `limit` (1 to 1,000) versions, from `token` of the page before (empty: the first).
  virtual absl::StatusOr<VersionPage> ListVersions(std::string_view prefix, std::string_view token, int limit) = 0;
  virtual absl::StatusOr<StoreProperties> Describe() = 0;
  // Asks for an archived version (ObjectInfo::is_archived) to be readable for `days`; hours may pass until it is. OK
  // where nothing needs thawing, and when it is under way already.
  virtual absl::Status Thaw(std::string_view /*key*/, std::string_view /*version_id*/, int /*days*/) {
    return absl::OkStatus();
  }

  // For people and receipts, without secrets: "s3://bucket/prefix/" or "directory:/path/".
  virtual std::string Name() const = 0;
};

}  // namespace affidavit::objectstore
