// CheckWorker and CheckObjectStore: what they need beyond what any reader of the file does.
#include <string>
#include <string_view>

#include "config/checks.h"
#include "config/config.h"
#include "config/file.h"

namespace affidavit::config {
namespace {

void CheckSecretFile(std::string_view name, const std::string& file, Texts& faults) {
  if (const absl::Status readable = file.empty() ? absl::OkStatus() : ReadSecretFile(file).status(); !readable.ok()) {
    faults.push_back(Concat({name, ": ", std::string(readable.message())}));
  }
}

void CheckS3(const ObjectStoreConfig& store, Texts& faults) {
  if (store.bucket.empty()) {
    faults.emplace_back("object_store.bucket is needed");
  }
  if (store.endpoint.starts_with("http://") && !IsLocalUrl(store.endpoint)) {
    faults.emplace_back("object_store.endpoint must be https://: it is not on this machine");
  }
  CheckPair("object_store.access_key_id", store.access_key_id, "object_store.secret_access_key_file",
            store.secret_access_key_file, faults);
  if (!store.session_token_file.empty() && store.access_key_id.empty()) {
    faults.emplace_back("object_store.session_token_file needs object_store.access_key_id");
  }
  CheckSecretFile("object_store.secret_access_key_file", store.secret_access_key_file, faults);
  CheckSecretFile("object_store.session_token_file", store.session_token_file, faults);
  CheckReadable("object_store.ca_file", store.ca_file, faults);
  CheckReadable("object_store.credentials_file", store.credentials_file, faults);
}

void CheckStore(const ObjectStoreConfig& store, Texts& faults) {
  if (store.kind == "directory" && store.directory.empty()) {
    faults.emplace_back("object_store.directory is needed");
  } else if (store.kind == "s3") {
    CheckS3(store, faults);
  }
}

}  // namespace

absl::Status CheckObjectStore(const ObjectStoreConfig& store) {
  Texts faults;
  if (store.kind == "none") {
    faults.emplace_back("object_store.kind is needed: directory or s3");
  }
  CheckStore(store, faults);
  return ToStatus(faults);
}

absl::Status CheckWorker(const Config& config) {
  Texts faults;
  if (config.database.url.empty()) {
    faults.emplace_back("database.url or database.url_file is needed");
  }
  const bool mirrors = config.mirror.enabled && config.object_store.kind != "none";
  if (!mirrors && config.siem.empty() && !config.facts.enabled && !config.timeouts.enabled) {
    faults.emplace_back(
        "there is nothing to do: neither facts.enabled nor timeouts.enabled, no object store (object_store.kind) to "
        "mirror to, with mirror.enabled, and no [[siem]]");
  }
  if (config.facts.enabled) {
    CheckSubjectKey(config.facts, faults);
  }
  if (mirrors) {
    CheckStore(config.object_store, faults);
  }
  CheckLedgerLink("worker", config.worker, faults);
  for (const SiemConfig& siem : config.siem) {
    CheckReadable("siem.ca_file", siem.ca_file, faults);
    CheckReadable("siem.certificate_file", siem.certificate_file, faults);
    CheckReadable("siem.key_file", siem.key_file, faults);
  }
  return ToStatus(faults);
}

}  // namespace affidavit::config
