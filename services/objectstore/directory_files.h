// The few things that a directory store does with a file system, each durable when it returns. Errors:
// PERMISSION_DENIED where the system does not let us, INVALID_ARGUMENT for a path that is too long, NOT_FOUND for what
// is not there, ALREADY_EXISTS for what should not be, UNAVAILABLE for all else (a full or failing disk). Thread-safe.
#pragma once

#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace affidavit::objectstore {

// A new file that nobody may write to (mode 0440), its bytes on disk; its name is when its folder was synced.
absl::Status WriteReadOnlyFile(const std::string& path, std::string_view bytes);

absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// Names in a folder but "." and "..", in no order.
absl::StatusOr<std::vector<std::string>> ListNames(const std::string& folder);

absl::Status SyncFolder(const std::string& folder);

// Atomic; `to` may exist. Neither folder is synced.
absl::Status RenameFile(const std::string& from, const std::string& to);

// Fine when it is not there.
absl::Status RemoveFile(const std::string& path);

// A second name for a file; fine when it has it.
absl::Status LinkFile(const std::string& path, const std::string& second);

// Makes folders (mode 0750), and remembers which of them are surely on disk: somebody else may have made one an instant
// ago and not synced it yet.
class FolderMaker {
 public:
  // `path` and all above it, up to a folder that is there before the store is.
  absl::Status Make(const std::string& path);

 private:
  std::mutex mutex_;
  std::set<std::string> durable_;
};

// A folder's exclusive lock, for threads and processes alike; ends with the object, and with the process.
class FolderLock {
 public:
  // UNAVAILABLE when others hold it for longer than `wait`.
  static absl::StatusOr<FolderLock> Acquire(const std::string& folder, std::chrono::milliseconds wait);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  FolderLock& operator=(FolderLock&&) = delete;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace affidavit::objectstore
