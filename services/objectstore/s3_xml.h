// The XML documents of S3 that we read and write. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "services/objectstore/object_store.h"

namespace affidavit::objectstore {

struct LockConfiguration {
  bool is_enabled = false;
  std::string default_retention;  // "COMPLIANCE 365 days", "GOVERNANCE 7 years"; empty: none
};

// Readers: INTERNAL for what is not such a document.

// The Code of an Error document; empty for anything else, no document at all included.
std::string ErrorCodeIn(const std::string& xml);
// ListVersionsResult of a request with encoding-type=url. Keys are the bucket's, without any prefix taken off.
absl::StatusOr<VersionPage> ParseVersions(const std::string& xml);
absl::StatusOr<LockConfiguration> ParseLockConfiguration(const std::string& xml);
absl::StatusOr<bool> ParseIsVersioned(const std::string& xml);

// Writers. Times are whole seconds, rounded up.
std::string RetentionXml(std::string_view mode, TimePoint retain_until);
std::string LegalHoldXml(bool on);
std::string RestoreXml(int days);
std::string BucketConfigurationXml(std::string_view region);

// "2033-11-24T00:00:00Z", never earlier than `time`.
std::string WholeSecond(TimePoint time);

// Where the next page of versions begins, as one text: both markers, URL-encoded.
std::string PageToken(std::string_view key_marker, std::string_view version_marker);
struct PageMarkers {
  std::string key, version;
};
// INVALID_ARGUMENT for what PageToken did not make.
absl::StatusOr<PageMarkers> ParsePageToken(std::string_view token);

}  // namespace affidavit::objectstore
