// How keys become names of files below a directory store's root. Pure, thread-safe. Whatever the key, no name leaves
// the root, hides itself, or is a folder's where another key's is a file's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace affidavit::objectstore {

// INVALID_ARGUMENT unless `key` is 1 to 1,024 bytes of UTF-8 without NUL.
absl::Status CheckKey(std::string_view key);

// A key's path, each component escaped: bytes outside A-Z a-z 0-9 . _ - ! become %XX, and so does a leading '.'; an
// empty component becomes "%_". INVALID_ARGUMENT for a component that is then over 240 bytes: file systems hold 255.
// REQUIRES: CheckKey(key).
absl::StatusOr<std::string> EscapeKey(std::string_view key);

// What EscapeKey made of one component, back; nothing for what it cannot have made.
std::optional<std::string> UnescapeComponent(std::string_view name);

// In the tree of versions, a key's folder is its escaped path with this behind it. No folder between two '/' can end
// so.
inline constexpr char kKeyFolderMark = '%';

}  // namespace affidavit::objectstore
