#include "services/objectstore/directory_store.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "services/objectstore/directory_files.h"
#include "services/objectstore/directory_path.h"
#include "services/objectstore/directory_record.h"
#include "services/objectstore/directory_root.h"
#include "services/objectstore/directory_versions.h"
#include "services/objectstore/directory_view.h"
#include "services/objectstore/directory_walk.h"
#include "services/objectstore/s3_headers.h"

namespace affidavit::objectstore {
namespace {

constexpr std::chrono::seconds kLockWait{30};
constexpr int kReadAttempts = 5;

absl::Status NoSuchVersion() {
  return absl::NotFoundError("no such object or version");
}

TimePoint CeilToSeconds(TimePoint time) {
  return std::chrono::ceil<std::chrono::seconds>(time);
}

absl::Status CheckRetainUntil(TimePoint retain_until, TimePoint now) {
  if (!IsRepresentable(retain_until) || retain_until <= now) {
    return absl::InvalidArgumentError("a lock must end in the future");
  }
  return absl::OkStatus();
}

absl::Status CheckPut(const PutRequest& request, TimePoint now) {
  RETURN_IF_ERROR(CheckKey(request.key));
  RETURN_IF_ERROR(CheckMetadata(request.metadata));
  if (request.retain_until) {
    RETURN_IF_ERROR(CheckRetainUntil(CeilToSeconds(*request.retain_until), now));
  }
  if (Sha256(request.body) != request.sha256) {
    return absl::InvalidArgumentError("the digest is not the body's");
  }
  return absl::OkStatus();
}

class DirectoryStore final : public ObjectStore {
 public:
  DirectoryStore(std::string root, const Clock& clock) : root_(std::move(root)), clock_(clock) {}

  absl::StatusOr<PutResult> Put(const PutRequest& request) override;
  absl::StatusOr<ObjectInfo> Head(std::string_view key, std::string_view version_id) override;
  absl::StatusOr<Object> Get(std::string_view key, std::string_view version_id) override;
  absl::Status ExtendRetention(std::string_view key, std::string_view version_id, TimePoint retain_until) override;
  absl::Status SetLegalHold(std::string_view key, std::string_view version_id, bool on) override;
  absl::Status Delete(std::string_view key, std::string_view version_id) override;
  absl::StatusOr<VersionPage> ListVersions(std::string_view prefix, std::string_view token, int limit) override;
  absl::StatusOr<StoreProperties> Describe() override;
  std::string Name() const override { return absl::StrCat("directory:", root_, "/"); }

 private:
  // A key's versions, with the id of the one that is meant.
  struct Found {
    KeyPlace place;
    KeyVersions versions;
    std::string id;

    bool is_latest() const { return id == versions.ids().back(); }
  };

  absl::StatusOr<KeyPlace> PlaceOf(std::string_view key) const;
  absl::StatusOr<Found> Find(std::string_view key, std::string_view version_id) const;
  static void DropSuperseded(const KeyVersions& versions);
  // Under the key's lock: `edit` changes the record, or says why not.
  absl::Status EditRecord(std::string_view key, std::string_view version_id,
                          const std::function<absl::Status(VersionRecord& record)>& edit);

  const std::string root_;  // absolute, without a '/' at its end
  const Clock& clock_;
  FolderMaker folders_;
};

absl::StatusOr<KeyPlace> DirectoryStore::PlaceOf(std::string_view key) const {
  RETURN_IF_ERROR(CheckKey(key));
  ASSIGN_OR_RETURN(const std::string path, EscapeKey(key));
  return KeyPlace{Concat({root_, "/", path}), Concat({VersionsRootOf(root_), "/", path, {&kKeyFolderMark, 1}})};
}

// What log/checkpoint and its like leave behind, which are replaced every minute. What cannot be read or removed now
// stays: the next Put tries again, and this one is done.
void DirectoryStore::DropSuperseded(const KeyVersions& versions) {
  int kept = 0;
  for (auto id = versions.ids().rbegin(); id != versions.ids().rend(); ++id) {
    const absl::StatusOr<VersionRecord> record = versions.Record(*id);
    const bool is_unlocked = record.ok() && !record->retain_until && !record->legal_hold;
    kept += is_unlocked ? 1 : 0;
    if (is_unlocked && kept > kUnlockedVersionsKept) {
      versions.Remove(*id).IgnoreError();
    }
  }
}

absl::StatusOr<PutResult> DirectoryStore::Put(const PutRequest& request) {
  RETURN_IF_ERROR(CheckPut(request, clock_.WallNow()));
  ASSIGN_OR_RETURN(const KeyPlace place, PlaceOf(request.key));
  RETURN_IF_ERROR(folders_.Make(place.folder));
  ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Acquire(place.folder, kLockWait));
  ASSIGN_OR_RETURN(const KeyVersions versions, KeyVersions::Read(place.folder));
  if (request.only_if_absent && !versions.ids().empty()) {
    return absl::AlreadyExistsError("the key has an object");
  }
  RETURN_IF_ERROR(versions.Sweep());
  VersionRecord record;
  record.key = request.key;
  record.size = static_cast<int64_t>(request.body.size());
  record.sha256 = request.sha256;
  record.store_time = clock_.WallNow();
  record.legal_hold = request.legal_hold;
  record.content_type = request.content_type;
  record.metadata = request.metadata;
  if (request.retain_until) {
    record.retain_until = CeilToSeconds(*request.retain_until);
  }
  const std::string id = versions.NextId(record.store_time);
  RETURN_IF_ERROR(WriteReadOnlyFile(versions.BytesPath(id), request.body));
  // Before the record: should we end here, the view is ahead of the store until the Put is repeated, never behind it.
  RETURN_IF_ERROR(ShowInView(place, versions.BytesPath(id), folders_));
  RETURN_IF_ERROR(versions.WriteRecord(id, record));
  if (const absl::StatusOr<KeyVersions> now = KeyVersions::Read(place.folder); now.ok()) {
    DropSuperseded(*now);
  }
  return PutResult{id, record.store_time};
}

absl::StatusOr<DirectoryStore::Found> DirectoryStore::Find(std::string_view key, std::string_view version_id) const {
  ASSIGN_OR_RETURN(KeyPlace place, PlaceOf(key));
  ASSIGN_OR_RETURN(KeyVersions versions, KeyVersions::Read(place.folder));
  if (versions.ids().empty() || (!version_id.empty() && !versions.Has(version_id))) {
    return NoSuchVersion();
  }
  std::string id(version_id.empty() ? std::string_view(versions.ids().back()) : version_id);
  return Found{std::move(place), std::move(versions), std::move(id)};
}

// Readers take no lock: what was found a moment ago may be deleted by now, and they look again.
absl::StatusOr<ObjectInfo> DirectoryStore::Head(std::string_view key, std::string_view version_id) {
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const Found found, Find(key, version_id));
    const absl::StatusOr<VersionRecord> record = found.versions.Record(found.id);
    if (!absl::IsNotFound(record.status())) {
      RETURN_IF_ERROR(record.status());
      return ToObjectInfo(*record, found.id, found.is_latest());
    }
  }
  return absl::UnavailableError("versions come and go too fast");
}

absl::StatusOr<Object> DirectoryStore::Get(std::string_view key, std::string_view version_id) {
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    ASSIGN_OR_RETURN(ObjectInfo info, Head(key, version_id));
    ASSIGN_OR_RETURN(const KeyPlace place, PlaceOf(key));
    absl::StatusOr<std::string> body = ReadWholeFile(Concat({place.folder, "/", info.version_id}));
    if (absl::IsNotFound(body.status())) {
      if (Head(key, info.version_id).ok()) {
        return absl::DataLossError("the bytes of a version are gone");
      }
      continue;
    }
    RETURN_IF_ERROR(body.status());
    if (Sha256(*body) != *info.sha256) {
      return absl::DataLossError("the bytes are not what the record's digest says");
    }
    return Object{std::move(info), *std::move(body)};
  }
  return absl::UnavailableError("versions come and go too fast");
}

absl::Status DirectoryStore::EditRecord(std::string_view key, std::string_view version_id,
                                        const std::function<absl::Status(VersionRecord& record)>& edit) {
  RETURN_IF_ERROR(Find(key, version_id).status());  // no folder, no lock
  ASSIGN_OR_RETURN(const KeyPlace place, PlaceOf(key));
  ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Acquire(place.folder, kLockWait));
  ASSIGN_OR_RETURN(const Found found, Find(key, version_id));
  ASSIGN_OR_RETURN(VersionRecord record, found.versions.Record(found.id));
  RETURN_IF_ERROR(edit(record));
  return found.versions.WriteRecord(found.id, record);
}

absl::Status DirectoryStore::ExtendRetention(std::string_view key, std::string_view version_id,
                                             TimePoint retain_until) {
  const TimePoint until = CeilToSeconds(retain_until);
  RETURN_IF_ERROR(CheckRetainUntil(until, clock_.WallNow()));
  return EditRecord(key, version_id, [until](VersionRecord& record) {
    if (record.retain_until && until < *record.retain_until) {
      return absl::PermissionDeniedError(absl::StrCat("locked until ", FormatRfc3339(*record.retain_until)));
    }
    record.retain_until = until;
    return absl::OkStatus();
  });
}

absl::Status DirectoryStore::SetLegalHold(std::string_view key, std::string_view version_id, bool on) {
  return EditRecord(key, version_id, [on](VersionRecord& record) {
    record.legal_hold = on;
    return absl::OkStatus();
  });
}

absl::Status DirectoryStore::Delete(std::string_view key, std::string_view version_id) {
  if (version_id.empty()) {
    RETURN_IF_ERROR(CheckKey(key));
    return absl::PermissionDeniedError("a directory store deletes versions by their ids only");
  }
  const absl::StatusOr<Found> there = Find(key, version_id);
  if (absl::IsNotFound(there.status())) {
    return absl::OkStatus();  // as S3 has it: a repeat is a success
  }
  RETURN_IF_ERROR(there.status());
  ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Acquire(there->place.folder, kLockWait));
  const absl::StatusOr<Found> found = Find(key, version_id);
  if (absl::IsNotFound(found.status())) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(found.status());
  ASSIGN_OR_RETURN(const VersionRecord record, found->versions.Record(found->id));
  RETURN_IF_ERROR(CheckUnlocked(record, clock_.WallNow()));
  const std::vector<std::string>& ids = found->versions.ids();
  if (found->is_latest()) {
    RETURN_IF_ERROR(ids.size() > 1 ? ShowInView(found->place, found->versions.BytesPath(ids[ids.size() - 2]), folders_)
                                   : HideFromView(found->place, found->versions.BytesPath(found->id)));
  }
  return found->versions.Remove(found->id);
}

absl::StatusOr<VersionPage> DirectoryStore::ListVersions(std::string_view prefix, std::string_view token, int limit) {
  constexpr int kLimitMax = 1'000;
  if (limit < 1 || limit > kLimitMax) {
    return absl::InvalidArgumentError("a page has 1 to 1,000 versions");
  }
  // "ID KEY" of the last one of the page before; what was deleted since does not matter.
  const size_t space = std::min(token.find(' '), token.size());
  const std::string_view last_id = token.substr(0, space);
  const std::string_view last_key = token.substr(std::min(space + 1, token.size()));
  if (!token.empty() && !CheckKey(last_key).ok()) {
    return absl::InvalidArgumentError("not the token of a page");
  }
  VersionPage page;
  const auto visit = [&](const std::string& key, const std::string& folder) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const KeyVersions versions, KeyVersions::Read(folder));
    for (auto id = versions.ids().rbegin(); id != versions.ids().rend(); ++id) {
      if (key == last_key && *id >= last_id) {
        continue;
      }
      if (page.versions.size() == static_cast<size_t>(limit)) {
        const ObjectInfo& last = page.versions.back();
        page.next_token = absl::StrCat(last.version_id, " ", last.key);
        return false;
      }
      const absl::StatusOr<VersionRecord> record = versions.Record(*id);
      if (absl::IsDataLoss(record.status())) {  // listed all the same: who reads it is told
        page.versions.push_back(ObjectInfo{.key = key, .version_id = *id, .is_latest = *id == versions.ids().back()});
      } else if (!absl::IsNotFound(record.status())) {
        RETURN_IF_ERROR(record.status());
        page.versions.push_back(ToObjectInfo(*record, *id, *id == versions.ids().back()));
      }
    }
    return true;
  };
  RETURN_IF_ERROR(WalkKeys(VersionsRootOf(root_), prefix, last_key, visit));
  return page;
}

absl::StatusOr<StoreProperties> DirectoryStore::Describe() {
  RETURN_IF_ERROR(ListNames(VersionsRootOf(root_)).status());
  StoreProperties properties;
  properties.object_lock = true;
  properties.versioning = true;
  properties.is_worm = false;
  properties.store_time = clock_.WallNow();
  return properties;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenDirectoryStore(const std::string& root, const Clock& clock) {
  std::error_code error;
  std::string path = std::filesystem::absolute(root, error).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  if (root.empty() || error) {
    return absl::InvalidArgumentError("a directory store needs a directory");
  }
  RETURN_IF_ERROR(MakeDirectoryRoot(path));
  return std::unique_ptr<ObjectStore>(std::make_unique<DirectoryStore>(std::move(path), clock));
}

}  // namespace affidavit::objectstore
