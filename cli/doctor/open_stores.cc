#include "cli/doctor/open_stores.h"

#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "services/objectstore/open_store.h"
#include "services/objectstore/s3_store.h"

namespace affidavit::cli::doctor {
namespace {

using objectstore::S3Hooks;
using objectstore::S3Store;

// The profile alone decides who attacks: neither the mirror's keys nor the environment's.
absl::StatusOr<std::unique_ptr<S3Store>> OpenAsAdmin(config::ObjectStoreConfig config, const std::string& profile,
                                                     const config::Environment& environment) {
  config.access_key_id.clear();
  config.secret_access_key_file.clear();
  config.session_token_file.clear();
  config.credentials_command.clear();
  config.profile = profile;
  S3Hooks hooks;
  hooks.environment = [environment](const std::string& name) {
    return name == "HOME" ? environment(name) : std::optional<std::string>();
  };
  return objectstore::OpenS3Store(config, hooks);
}

}  // namespace

StoreUnderTest OpenedStores::UnderTest() const {
  return {.mirror = mirror.get(),
          .attacker = admin != nullptr ? admin.get() : mirror.get(),
          .set_retention = set_retention,
          .delete_bypassing = delete_bypassing,
          .is_directory = is_directory,
          .mirror_is_write_only = false};
}

absl::StatusOr<OpenedStores> OpenStores(const config::ObjectStoreConfig& config, const std::string& admin_profile,
                                        const config::Environment& environment) {
  OpenedStores stores;
  if (config.kind != "s3") {
    if (!admin_profile.empty()) {
      return absl::InvalidArgumentError("--admin-profile is for an object store of kind s3");
    }
    ASSIGN_OR_RETURN(stores.mirror, objectstore::OpenStore(config));
    stores.is_directory = config.kind == "directory";
    return stores;
  }
  ASSIGN_OR_RETURN(std::unique_ptr<S3Store> mirror, objectstore::OpenS3Store(config));
  S3Store* attacker = mirror.get();
  stores.mirror = std::move(mirror);
  if (!admin_profile.empty()) {
    ASSIGN_OR_RETURN(std::unique_ptr<S3Store> admin, OpenAsAdmin(config, admin_profile, environment));
    attacker = admin.get();
    stores.admin = std::move(admin);
  }
  stores.set_retention = [attacker](std::string_view key, std::string_view version_id, std::string_view mode,
                                    TimePoint retain_until, bool bypass) {
    return attacker->PutRetention(key, version_id, mode, retain_until, bypass);
  };
  stores.delete_bypassing = [attacker](std::string_view key, std::string_view version_id) {
    return attacker->DeleteBypassingGovernance(key, version_id);
  };
  return stores;
}

}  // namespace affidavit::cli::doctor
