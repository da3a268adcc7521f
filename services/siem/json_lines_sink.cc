#include "services/siem/json_lines_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit::siem {
namespace {

constexpr mode_t kLinesMode = 0640;
constexpr int kLinesAttemptsMax = 3;

absl::Status LinesError(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", std::generic_category().message(errno)));
}

absl::Status AppendLines(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return LinesError(path);
    }
    bytes.remove_prefix(written < 0 ? 0 : static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// A line that a crash or a full disk cut short must not swallow the next one.
absl::Status EndTornLine(int descriptor, const std::string& path) {
  struct stat status = {};
  char last = '\n';
  if (fstat(descriptor, &status) != 0 ||
      (status.st_size > 0 && S_ISREG(status.st_mode) && pread(descriptor, &last, 1, status.st_size - 1) != 1)) {
    return LinesError(path);
  }
  return last == '\n' ? absl::OkStatus() : AppendLines(descriptor, "\n", path);
}

// So that a new file's name survives a power cut, too.
absl::Status FlushFolder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return LinesError(folder.string());
  }
  const bool is_flushed = fsync(descriptor) == 0;
  absl::Status status = is_flushed ? absl::OkStatus() : LinesError(folder.string());
  close(descriptor);
  return status;
}

}  // namespace

JsonLinesSink::JsonLinesSink(std::string path) : path_(std::move(path)) {}

JsonLinesSink::~JsonLinesSink() {
  CloseFile();
}

Delivery JsonLinesSink::Deliver(std::span<const std::string> messages) {
  if (is_cancelled_) {
    return {.delivered_count = 0, .status = absl::CancelledError("stopped")};
  }
  std::string lines;
  for (const std::string& message : messages) {
    absl::StrAppend(&lines, message, "\n");
  }
  absl::Status status = lines.empty() ? absl::OkStatus() : DeliverAll(lines);
  if (!status.ok()) {
    CloseFile();
  }
  return {.delivered_count = status.ok() ? messages.size() : 0, .status = std::move(status)};
}

absl::Status JsonLinesSink::DeliverAll(const std::string& lines) {
  for (int attempt = 0; attempt < kLinesAttemptsMax; ++attempt) {
    if (descriptor_ < 0 || !IsInPlace()) {
      RETURN_IF_ERROR(OpenFile());
    }
    RETURN_IF_ERROR(AppendLines(descriptor_, lines, path_));
    if (fsync(descriptor_) != 0) {
      return LinesError(path_);
    }
    // Moved away while we wrote: whoever moved it may have read it to its end already. Twice is better than never.
    if (IsInPlace()) {
      return absl::OkStatus();
    }
  }
  return absl::UnavailableError(absl::StrCat(path_, " is moved away again and again"));
}

absl::Status JsonLinesSink::OpenFile() {
  CloseFile();
  descriptor_ = open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, kLinesMode);
  if (descriptor_ < 0) {
    return LinesError(path_);
  }
  RETURN_IF_ERROR(EndTornLine(descriptor_, path_));
  return FlushFolder(path_);
}

bool JsonLinesSink::IsInPlace() const {
  struct stat ours = {}, named = {};
  return fstat(descriptor_, &ours) == 0 && stat(path_.c_str(), &named) == 0 && ours.st_dev == named.st_dev &&
         ours.st_ino == named.st_ino;
}

void JsonLinesSink::CloseFile() {
  if (descriptor_ >= 0) {
    close(descriptor_);
    descriptor_ = -1;
  }
}

}  // namespace affidavit::siem
