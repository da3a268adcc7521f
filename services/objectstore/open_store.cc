#include "services/objectstore/open_store.h"

#include <utility>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "services/objectstore/directory_store.h"
#include "services/objectstore/s3_store.h"

namespace affidavit::objectstore {

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenStore(const config::ObjectStoreConfig& config) {
  if (config.kind == "directory") {
    if (!config.prefix.empty()) {
      return absl::InvalidArgumentError("object_store.prefix is for kind s3: name another directory");
    }
    return OpenDirectoryStore(config.directory);
  }
  if (config.kind == "s3") {
    ASSIGN_OR_RETURN(std::unique_ptr<S3Store> store, OpenS3Store(config));
    return std::unique_ptr<ObjectStore>(std::move(store));
  }
  return absl::InvalidArgumentError(config.kind == "none" ? "there is no object store: object_store.kind is \"none\""
                                                          : Concat({"object_store.kind ", config.kind, " is unknown"}));
}

}  // namespace affidavit::objectstore
