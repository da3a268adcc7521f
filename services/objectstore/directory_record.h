// What a directory store keeps beside the bytes of one version: a small JSON document, rewritten as a whole (and
// renamed into place) when a lock is lengthened or a hold set. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/base/time.h"
#include "services/objectstore/object_store.h"

namespace affidavit::objectstore {

struct VersionRecord {
  std::string key;
  int64_t size = 0;
  Digest sha256{};
  TimePoint store_time;
  std::optional<TimePoint> retain_until;
  bool legal_hold = false;
  std::string content_type;
  Metadata metadata;
};

std::string EncodeRecord(const VersionRecord& record);

// DATA_LOSS for what EncodeRecord cannot have written.
absl::StatusOr<VersionRecord> DecodeRecord(std::string_view text);

// Why this version may not be deleted at `now`: PERMISSION_DENIED under a hold or before the end of its lock.
absl::Status CheckUnlocked(const VersionRecord& record, TimePoint now);

ObjectInfo ToObjectInfo(const VersionRecord& record, std::string_view version_id, bool is_latest);

}  // namespace affidavit::objectstore
