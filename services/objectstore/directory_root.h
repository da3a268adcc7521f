// A directory store's root: made once, marked as ours, never a folder that holds anything else.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace affidavit::objectstore {

// Where the versions are.
std::string VersionsRootOf(const std::string& root);

// Durable, and safe to run again. FAILED_PRECONDITION when `root` holds files and no marker of ours, or one of another
// layout. REQUIRES: `root` is absolute and without a '/' at its end.
absl::Status MakeDirectoryRoot(const std::string& root);

}  // namespace affidavit::objectstore
