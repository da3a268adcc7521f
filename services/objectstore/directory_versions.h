// One key's folder in a directory store: its versions, oldest first. A version's id is 16 hex digits, the microsecond
// in which it was stored (one more where the clock stood still or went back); ID has the bytes, ID.json the record, and
// only with a record it exists. Not thread-safe where it writes: its FolderLock must be held.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/objectstore/directory_record.h"

namespace affidavit::objectstore {

class KeyVersions {
 public:
  // Reads the folder; none where there is no such folder.
  static absl::StatusOr<KeyVersions> Read(const std::string& folder);

  const std::vector<std::string>& ids() const { return ids_; }
  bool Has(std::string_view id) const;
  std::string NextId(TimePoint now) const;

  std::string BytesPath(std::string_view id) const;
  // NOT_FOUND when the version is gone.
  absl::StatusOr<VersionRecord> Record(std::string_view id) const;

  // Durable and atomic; makes the version exist, or says something new about it.
  absl::Status WriteRecord(std::string_view id, const VersionRecord& record) const;
  absl::Status Remove(std::string_view id) const;

  // What a crash left: bytes without a record, and names that were only on their way.
  absl::Status Sweep() const;

 private:
  explicit KeyVersions(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
  std::vector<std::string> ids_;
  std::vector<std::string> left_over_;
};

}  // namespace affidavit::objectstore
