#include "services/objectstore/directory_walk.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "services/objectstore/directory_files.h"
#include "services/objectstore/directory_path.h"

namespace affidavit::objectstore {
namespace {

// A folder's child: a key, or a folder of more, whose text ends in '/'. Sorted by text, depth-first, they give the
// keys' order: no text of one folder is the beginning of a sibling's keys but its own.
struct WalkChild {
  std::string text;
  std::string path;
  bool is_key = false;
};

std::optional<WalkChild> ToWalkChild(const std::string& above, const std::string& folder, const std::string& name) {
  const bool is_key = name.ends_with(kKeyFolderMark);
  std::optional<std::string> component =
      UnescapeComponent(std::string_view(name).substr(0, name.size() - (is_key ? 1 : 0)));
  if (!component) {
    return std::nullopt;  // not ours
  }
  return WalkChild{above + *component + (is_key ? "" : "/"), folder + "/" + name, is_key};
}

class KeyWalk {
 public:
  KeyWalk(std::string_view prefix, std::string_view first, const KeyVisitor& visitor)
      : prefix_(prefix), first_(first), visitor_(visitor) {}

  // False when the visitor has had enough.
  absl::StatusOr<bool> Folder(const std::string& above, const std::string& folder) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, ListNames(folder));
    std::vector<WalkChild> children;
    for (const std::string& name : names) {
      std::optional<WalkChild> child = ToWalkChild(above, folder, name);
      if (child && IsWanted(*child)) {
        children.push_back(*std::move(child));
      }
    }
    std::sort(children.begin(), children.end(), [](const WalkChild& a, const WalkChild& b) { return a.text < b.text; });
    for (const WalkChild& child : children) {
      ASSIGN_OR_RETURN(const bool more,
                       child.is_key ? visitor_(child.text, child.path) : Folder(child.text, child.path));
      if (!more) {
        return false;
      }
    }
    return true;
  }

 private:
  bool IsWanted(const WalkChild& child) const {
    if (child.is_key) {
      return child.text.starts_with(prefix_) && child.text >= first_;
    }
    const bool may_have_prefix = child.text.starts_with(prefix_) || prefix_.starts_with(child.text);
    return may_have_prefix && (child.text >= first_ || first_.starts_with(child.text));
  }

  const std::string_view prefix_;
  const std::string_view first_;
  const KeyVisitor& visitor_;
};

}  // namespace

absl::Status WalkKeys(const std::string& versions_root, std::string_view prefix, std::string_view first,
                      const KeyVisitor& visitor) {
  return KeyWalk(prefix, first, visitor).Folder("", versions_root).status();
}

}  // namespace affidavit::objectstore
