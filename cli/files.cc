#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

absl::Status FileError(const char* verb, const std::string& path, int error) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot ", verb, " ", path, ": ", std::generic_category().message(error)));
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

absl::Status WriteAll(int descriptor, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return FileError("write", path, errno);
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  // The umask can only have taken bits away; fchmod makes the mode exact.
  if (fchmod(descriptor, S_IRUSR | S_IWUSR) != 0 || fsync(descriptor) != 0) {
    return FileError("write", path, errno);
  }
  return absl::OkStatus();
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const FileDescriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0 || fsync(descriptor.get()) != 0) {
    return FileError("sync", folder, errno);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const FileDescriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) {
    return FileError("read", path, errno);
  }
  std::string content;
  std::array<char, 16'384> buffer;
  while (true) {
    const ssize_t count = read(descriptor.get(), buffer.data(), buffer.size());
    if (count == 0) {
      return content;
    }
    if (count < 0 && errno != EINTR) {
      return FileError("read", path, errno);
    }
    content.append(buffer.data(), static_cast<size_t>(count > 0 ? count : 0));
  }
}

absl::Status WriteSecretFile(const std::string& path, std::string_view content) {
  const FileDescriptor descriptor(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (descriptor.get() < 0) {
    return errno == EEXIST ? absl::AlreadyExistsError(absl::StrCat(
                                 path, " exists and is never overwritten\n  what to do: choose another --out"))
                           : FileError("make", path, errno);
  }
  absl::Status status = WriteAll(descriptor.get(), path, content);
  if (status.ok()) {
    status = SyncFolderOf(path);
  }
  if (!status.ok()) {
    unlink(path.c_str());
  }
  return status;
}

}  // namespace affidavit::cli
