#include "config/file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"
#include "core/base/text.h"

namespace affidavit::config {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSecretSizeMax = 4096;

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& file, size_t size_max) {
  std::ifstream stream(file, std::ios::binary);
  std::string content(size_max + 1, '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!stream.is_open() || stream.bad()) {  // a folder opens, and then is bad
    return absl::InvalidArgumentError(Concat({file, " cannot be read"}));
  }
  content.resize(static_cast<size_t>(stream.gcount()));
  if (content.size() > size_max) {
    return absl::InvalidArgumentError(Concat({file, " is over ", std::to_string(size_max), " bytes"}));
  }
  return content;
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (error || !fs::is_regular_file(status)) {
    return absl::InvalidArgumentError(Concat({file, " is no file that can be read"}));
  }
  if ((status.permissions() & fs::perms::others_all) != fs::perms::none) {
    return absl::InvalidArgumentError(Concat({"everybody may use ", file, ": chmod 600 it"}));
  }
  return ReadFile(file, kSecretSizeMax);
}

}  // namespace affidavit::config
