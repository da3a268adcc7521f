// The newest bytes of each key under its own name, for people and tools: a hard link to the version's file.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/objectstore/directory_files.h"

namespace affidavit::objectstore {

// A key's two places.
struct KeyPlace {
  std::string view;    // ROOT/audit/…/evt-1.json
  std::string folder;  // ROOT/.versions/audit/…/evt-1.json%
};

// Atomic and durable; the folder's lock must be held. Two keys can want one name to be file and folder (`a` and `a/b`),
// which a file system cannot: then the later one is without a view, and that is OK.
absl::Status ShowInView(const KeyPlace& place, const std::string& bytes_path, FolderMaker& folders);

// Takes the view away if it shows these bytes.
absl::Status HideFromView(const KeyPlace& place, const std::string& bytes_path);

}  // namespace affidavit::objectstore
