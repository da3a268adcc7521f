#include "services/objectstore/directory_versions.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "services/objectstore/directory_files.h"

namespace affidavit::objectstore {
namespace {

constexpr std::string_view kRecordSuffix = ".json";
constexpr size_t kIdSize = 16;

std::string ToVersionId(uint64_t microseconds) {
  return absl::StrCat(absl::Hex(microseconds, absl::kZeroPad16));
}

uint64_t FromVersionId(std::string_view id) {
  uint64_t value = 0;
  for (const char c : id) {
    value = value << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return value;
}

bool IsVersionId(std::string_view name) {
  return name.size() == kIdSize && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

absl::StatusOr<KeyVersions> KeyVersions::Read(const std::string& folder) {
  KeyVersions versions(folder);
  absl::StatusOr<std::vector<std::string>> names = ListNames(folder);
  if (absl::IsNotFound(names.status())) {
    return versions;
  }
  RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    const std::string_view stem = std::string_view(name).substr(0, kIdSize);
    if (IsVersionId(stem) && std::string_view(name).substr(stem.size()) == kRecordSuffix) {
      versions.ids_.emplace_back(stem);
    }
  }
  std::sort(versions.ids_.begin(), versions.ids_.end());
  for (const std::string& name : *names) {
    const std::string_view stem = std::string_view(name).substr(0, kIdSize);
    if (!versions.Has(stem) || (name.size() > kIdSize && std::string_view(name).substr(kIdSize) != kRecordSuffix)) {
      versions.left_over_.push_back(name);
    }
  }
  return versions;
}

bool KeyVersions::Has(std::string_view id) const {
  return std::binary_search(ids_.begin(), ids_.end(), id);
}

std::string KeyVersions::NextId(TimePoint now) const {
  const auto microseconds = static_cast<uint64_t>(std::max<int64_t>(now.time_since_epoch().count(), 0));
  return ToVersionId(ids_.empty() ? microseconds : std::max(microseconds, FromVersionId(ids_.back()) + 1));
}

std::string KeyVersions::BytesPath(std::string_view id) const {
  return Concat({folder_, "/", id});
}

absl::StatusOr<VersionRecord> KeyVersions::Record(std::string_view id) const {
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(BytesPath(id) + std::string(kRecordSuffix)));
  return DecodeRecord(text);
}

absl::Status KeyVersions::WriteRecord(std::string_view id, const VersionRecord& record) const {
  const std::string path = BytesPath(id) + std::string(kRecordSuffix);
  const std::string fresh = path + ".new";
  RETURN_IF_ERROR(RemoveFile(fresh));
  RETURN_IF_ERROR(WriteReadOnlyFile(fresh, EncodeRecord(record)));
  // What the record stands for is on disk before the record is.
  RETURN_IF_ERROR(SyncFolder(folder_));
  RETURN_IF_ERROR(RenameFile(fresh, path));
  return SyncFolder(folder_);
}

absl::Status KeyVersions::Remove(std::string_view id) const {
  RETURN_IF_ERROR(RemoveFile(BytesPath(id) + std::string(kRecordSuffix)));
  RETURN_IF_ERROR(SyncFolder(folder_));
  return RemoveFile(BytesPath(id));
}

absl::Status KeyVersions::Sweep() const {
  for (const std::string& name : left_over_) {
    RETURN_IF_ERROR(RemoveFile(Concat({folder_, "/", name})));
  }
  return absl::OkStatus();
}

}  // namespace affidavit::objectstore
