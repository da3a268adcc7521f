#include "services/objectstore/directory_root.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "services/objectstore/directory_files.h"

namespace affidavit::objectstore {
namespace {

constexpr std::string_view kMarkerName = ".affidavit-store";
constexpr std::string_view kMarkerText = "affidavit directory store 1\n";

// A folder that is not ours is left alone: somebody's home would be strewn with copies.
absl::Status CheckIsOurs(const std::string& root, const std::string& marker) {
  const absl::StatusOr<std::string> text = ReadWholeFile(marker);
  if (text.ok()) {
    return *text == kMarkerText ? absl::OkStatus()
                                : absl::FailedPreconditionError(Concat({marker, " is of another release's layout"}));
  }
  if (!absl::IsNotFound(text.status())) {
    return text.status();
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ListNames(root));
  const bool is_empty = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return name.starts_with(kMarkerName);  // another process is just making it
  });
  return is_empty ? absl::OkStatus()
                  : absl::FailedPreconditionError(Concat({root, " holds files and is no directory store"}));
}

}  // namespace

std::string VersionsRootOf(const std::string& root) {
  return root + "/.versions";
}

absl::Status MakeDirectoryRoot(const std::string& root) {
  const std::string marker = Concat({root, "/", kMarkerName});
  std::error_code error;
  FolderMaker folders;
  if (!std::filesystem::is_directory(root, error)) {
    RETURN_IF_ERROR(folders.Make(root));
  }
  RETURN_IF_ERROR(CheckIsOurs(root, marker));
  if (!ReadWholeFile(marker).ok()) {
    const std::string fresh = absl::StrCat(marker, ".", getpid());
    RETURN_IF_ERROR(RemoveFile(fresh));
    RETURN_IF_ERROR(WriteReadOnlyFile(fresh, kMarkerText));
    RETURN_IF_ERROR(RenameFile(fresh, marker));
  }
  return folders.Make(VersionsRootOf(root));  // syncs the marker too
}

}  // namespace affidavit::objectstore
