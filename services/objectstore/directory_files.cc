#include "services/objectstore/directory_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit::objectstore {
namespace {

constexpr mode_t kFolderMode = S_IRWXU | S_IRGRP | S_IXGRP;
constexpr mode_t kReadOnlyMode = S_IRUSR | S_IRGRP;
constexpr size_t kFoldersRemembered = 10'000;

absl::Status DiskError(const char* verb, const std::string& path, int error) {
  const std::string text =
      absl::StrCat("cannot ", verb, " ", path, ": ", std::error_code(error, std::generic_category()).message());
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(text);
    case ENAMETOOLONG:
      return absl::InvalidArgumentError(text);
    case ENOENT:
      return absl::NotFoundError(text);
    case EEXIST:
    case EISDIR:
    case ENOTDIR:
    case ENOTEMPTY:
      return absl::AlreadyExistsError(text);
    default:
      return absl::UnavailableError(text);
  }
}

class OpenedFile {
 public:
  OpenedFile(const std::string& path, int flags, mode_t mode = 0)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode)), error_(errno) {}
  ~OpenedFile() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;

  bool ok() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  int error() const { return error_; }

 private:
  const int descriptor_;
  const int error_;
};

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

absl::Status WriteReadOnlyFile(const std::string& path, std::string_view bytes) {
  const OpenedFile file(path, O_WRONLY | O_CREAT | O_EXCL, kReadOnlyMode);
  if (!file.ok()) {
    return DiskError("make", path, file.error());
  }
  while (!bytes.empty()) {
    const ssize_t count = write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) {
      return DiskError("write", path, errno);
    }
    bytes.remove_prefix(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  }
  return fsync(file.get()) == 0 ? absl::OkStatus() : DiskError("write", path, errno);
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  const OpenedFile file(path, O_RDONLY);
  if (!file.ok()) {
    return DiskError("read", path, file.error());
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0) {
    return DiskError("read", path, errno);
  }
  std::string content;
  content.reserve(static_cast<size_t>(status.st_size));
  std::array<char, 65'536> buffer;
  while (true) {
    const ssize_t count = read(file.get(), buffer.data(), buffer.size());
    if (count == 0) {
      return content;
    }
    if (count < 0 && errno != EINTR) {
      return DiskError("read", path, errno);
    }
    content.append(buffer.data(), static_cast<size_t>(std::max<ssize_t>(count, 0)));
  }
}

absl::StatusOr<std::vector<std::string>> ListNames(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(folder.c_str()), &closedir);
  if (stream == nullptr) {
    return DiskError("read", folder, errno);
  }
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): the stream is this call's own
    if (entry == nullptr) {
      return errno == 0 ? absl::StatusOr<std::vector<std::string>>(std::move(names)) : DiskError("read", folder, errno);
    }
    std::string name = entry->d_name;
    if (name != "." && name != "..") {
      names.push_back(std::move(name));
    }
  }
}

absl::Status SyncFolder(const std::string& folder) {
  const OpenedFile file(folder, O_RDONLY | O_DIRECTORY);
  if (!file.ok()) {
    return DiskError("sync", folder, file.error());
  }
  return fsync(file.get()) == 0 ? absl::OkStatus() : DiskError("sync", folder, errno);
}

absl::Status RenameFile(const std::string& from, const std::string& to) {
  return rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : DiskError("make", to, errno);
}

absl::Status RemoveFile(const std::string& path) {
  return unlink(path.c_str()) == 0 || errno == ENOENT ? absl::OkStatus() : DiskError("remove", path, errno);
}

absl::Status LinkFile(const std::string& path, const std::string& second) {
  return link(path.c_str(), second.c_str()) == 0 ? absl::OkStatus() : DiskError("make", second, errno);
}

absl::Status FolderMaker::Make(const std::string& path) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (durable_.contains(path)) {
      return absl::OkStatus();
    }
  }
  if (mkdir(path.c_str(), kFolderMode) != 0) {
    const int error = errno;
    if (error == ENOENT && FolderOf(path) != path) {
      RETURN_IF_ERROR(Make(FolderOf(path)));
      return mkdir(path.c_str(), kFolderMode) == 0 || errno == EEXIST ? Make(path) : DiskError("make", path, errno);
    }
    if (error != EEXIST) {
      return DiskError("make", path, error);
    }
  }
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return DiskError("make", path, errno);
  }
  if (!S_ISDIR(status.st_mode)) {
    return DiskError("make", path, ENOTDIR);
  }
  RETURN_IF_ERROR(SyncFolder(FolderOf(path)));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (durable_.size() >= kFoldersRemembered) {
    durable_.clear();
  }
  durable_.insert(path);
  return absl::OkStatus();
}

absl::StatusOr<FolderLock> FolderLock::Acquire(const std::string& folder, std::chrono::milliseconds wait) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) {
    return DiskError("lock", folder, errno);
  }
  FolderLock lock(descriptor);
  const auto deadline = std::chrono::steady_clock::now() + wait;
  // Polled, since flock() cannot be told when to give up; who holds it is done within some flushes of the disk.
  for (std::chrono::milliseconds pause{1}; flock(descriptor, LOCK_EX | LOCK_NB) != 0;
       pause = std::min(pause * 2, std::chrono::milliseconds{16})) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return DiskError("lock", folder, errno);
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return absl::UnavailableError(absl::StrCat("others write to ", folder, " for too long"));
    }
    std::this_thread::sleep_for(pause);
  }
  return lock;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

}  // namespace affidavit::objectstore
