#include "services/objectstore/directory_view.h"

#include <filesystem>
#include <string_view>
#include <system_error>

#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit::objectstore {
namespace {

constexpr std::string_view kViewName = "view";  // in a key's folder, on its way to the key's own name

std::string FolderOfView(const KeyPlace& place) {
  return place.view.substr(0, place.view.rfind('/'));
}

}  // namespace

// The newest version under the key's own name. Two keys can want one name to be file and folder (`a` and `a/b`), which
// a file system cannot: then the later one is without a view.
absl::Status ShowInView(const KeyPlace& place, const std::string& bytes_path, FolderMaker& folders) {
  const std::string parent = FolderOfView(place);
  const std::string fresh = Concat({place.folder, "/", kViewName});
  RETURN_IF_ERROR(RemoveFile(fresh));
  RETURN_IF_ERROR(LinkFile(bytes_path, fresh));
  absl::Status shown = folders.Make(parent);
  if (shown.ok()) {
    shown = RenameFile(fresh, place.view);
  }
  // Still there when it was not renamed, and also when both names were the same file's already.
  RETURN_IF_ERROR(RemoveFile(fresh));
  if (absl::IsAlreadyExists(shown)) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(shown);
  return SyncFolder(parent);
}

absl::Status HideFromView(const KeyPlace& place, const std::string& bytes_path) {
  std::error_code error;
  if (!std::filesystem::equivalent(place.view, bytes_path, error)) {
    return absl::OkStatus();  // never shown, or another key's folder
  }
  RETURN_IF_ERROR(RemoveFile(place.view));
  return SyncFolder(FolderOfView(place));
}

}  // namespace affidavit::objectstore
