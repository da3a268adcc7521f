// The store that the configuration names, as the mirror sees it and as an attacker does.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cli/doctor/store_exam.h"
#include "config/config.h"
#include "services/objectstore/object_store.h"

namespace affidavit::cli::doctor {

struct OpenedStores {
  std::unique_ptr<objectstore::ObjectStore> mirror;
  std::unique_ptr<objectstore::ObjectStore> admin;  // only with a profile of its own
  SetRetention set_retention;
  DeleteBypassing delete_bypassing;
  bool is_directory = false;

  // Points into this.
  StoreUnderTest UnderTest() const;
};

// `admin_profile`: a profile of object_store.credentials_file to attack with; empty: the mirror's credentials.
// INVALID_ARGUMENT as services/objectstore/open_store.h, and for a profile of anything but s3.
absl::StatusOr<OpenedStores> OpenStores(const config::ObjectStoreConfig& config, const std::string& admin_profile,
                                        const config::Environment& environment);

}  // namespace affidavit::cli::doctor
