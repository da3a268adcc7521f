#include "cli/fsck/place.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

constexpr char kFormat[] = "affidavit-fsck@v1";

}  // namespace

absl::StatusOr<std::optional<Place>> ReadPlace(const std::string& path) {
  if (path.empty() || !std::filesystem::exists(path)) {
    return std::optional<Place>();
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::istringstream words(text);
  std::string format, root;
  Place place;
  int64_t start_time = 0;
  words >> format >> place.next >> root >> place.disposed_count >> place.checkpoint_count >> start_time;
  const std::optional<std::string> bytes = HexDecode(root);
  if (!words || format != kFormat || place.next < 0 || !bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is no place that fsck has kept\n  what to do: name another file, or remove it"));
  }
  place.root = *bytes;
  place.start_time = TimePoint(TimePoint::duration(start_time));
  return std::optional<Place>(std::move(place));
}

absl::Status WritePlace(const std::string& path, const Place& place) {
  const std::string fresh = path + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    out << kFormat << " " << place.next << " " << HexEncode(place.root) << " " << place.disposed_count << " "
        << place.checkpoint_count << " " << place.start_time.time_since_epoch().count() << "\n";
    out.close();
    if (!out) {
      return absl::InvalidArgumentError(absl::StrCat("cannot write ", fresh));
    }
  }
  std::error_code error;
  std::filesystem::rename(fresh, path, error);
  return error ? absl::InvalidArgumentError(absl::StrCat("cannot write ", path, ": ", error.message()))
               : absl::OkStatus();
}

void ForgetPlace(const std::string& path) {
  if (!path.empty()) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
}

}  // namespace affidavit::cli
