// A directory store's keys in order, read from the names of its folders. Thread-safe: it sees a writer's work or not
// yet.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace affidavit::objectstore {

// A key and its folder of versions. False ends the walk.
using KeyVisitor = std::function<absl::StatusOr<bool>(const std::string& key, const std::string& folder)>;

// Visits the keys below `versions_root` that start with `prefix` and are not before `first`, in the order of their
// bytes.
absl::Status WalkKeys(const std::string& versions_root, std::string_view prefix, std::string_view first,
                      const KeyVisitor& visitor);

}  // namespace affidavit::objectstore
