#include "services/ledger/publish/guard_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit::ledger {
namespace {

constexpr size_t kSizeMax = 64 << 10;  // a note with a hundred signatures has a tenth of it

absl::Status FileError(const char* what, const std::string& path, int error) {
  return absl::InternalError(
      absl::StrCat("cannot ", what, " ", path, ": ", std::error_code(error, std::generic_category()).message()));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~FileDescriptor() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status WriteNew(const std::string& path, std::string_view content) {
  constexpr mode_t kReadableByAll = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;  // a checkpoint is public
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kReadableByAll));
  if (file.get() < 0) {
    return FileError("make", path, errno);
  }
  while (!content.empty()) {
    const ssize_t count = write(file.get(), content.data(), content.size());
    if (count < 0 && errno != EINTR) {
      return FileError("write", path, errno);
    }
    content.remove_prefix(static_cast<size_t>(count > 0 ? count : 0));
  }
  return fsync(file.get()) == 0 ? absl::OkStatus() : FileError("write", path, errno);
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const FileDescriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return descriptor.get() >= 0 && fsync(descriptor.get()) == 0 ? absl::OkStatus() : FileError("sync", folder, errno);
}

}  // namespace

absl::StatusOr<std::optional<std::string>> GuardFile::Read() const {
  const FileDescriptor file(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return errno == ENOENT ? absl::StatusOr<std::optional<std::string>>(std::nullopt) : FileError("read", path_, errno);
  }
  std::string content;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = read(file.get(), buffer.data(), buffer.size());
    if (count == 0) {
      return content;
    }
    if (count < 0 && errno != EINTR) {
      return FileError("read", path_, errno);
    }
    content.append(buffer.data(), static_cast<size_t>(count > 0 ? count : 0));
    if (content.size() > kSizeMax) {
      return absl::InternalError(absl::StrCat(path_, " is too large for a checkpoint"));
    }
  }
}

absl::Status GuardFile::Write(std::string_view signed_note) const {
  // A crash leaves the old file, or the new one; a half-written one only under the other name.
  const std::string fresh = absl::StrCat(path_, ".", getpid(), ".new");
  RETURN_IF_ERROR(WriteNew(fresh, signed_note));
  if (rename(fresh.c_str(), path_.c_str()) != 0) {
    absl::Status status = FileError("replace", path_, errno);
    unlink(fresh.c_str());
    return status;
  }
  return SyncFolderOf(path_);
}

}  // namespace affidavit::ledger
