// The object store that the configuration names.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "services/objectstore/object_store.h"

namespace affidavit::objectstore {

// INVALID_ARGUMENT for kind none or an unknown one, and for what the kind needs and has not. Opening a directory makes
// it; opening S3 asks nothing of the server yet.
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenStore(const config::ObjectStoreConfig& config);

}  // namespace affidavit::objectstore
