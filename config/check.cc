// CheckAdapter and CheckLedger: what needs several keys at once, or is one process's business only. CheckWorker:
// check_worker.cc.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "config/checks.h"
#include "config/config.h"
#include "config/file.h"
#include "config/shapes.h"
#include "core/base/text.h"
#include "core/checkpoint/key.h"

namespace affidavit::config {
namespace {

void CheckListen(const AdapterConfig& adapter, Texts& faults) {
  const bool has_certificate = !adapter.tls.certificate_file.empty();
  if (!adapter.plain_http) {
    if (!has_certificate) {
      faults.emplace_back(
          "adapter.tls_certificate_file and adapter.tls_key_file are needed, or adapter.plain_http = true");
    }
    return;
  }
  if (has_certificate) {
    faults.emplace_back("adapter.plain_http is set, and so are certificates: choose one");
  }
  for (const std::string& listen : adapter.listen) {
    if (!IsLocal(listen) && !adapter.plain_http_anywhere) {
      faults.push_back(Concat({"adapter.listen: plain HTTP on ", listen,
                               ", which is not loopback; only behind a TLS proxy, and then "
                               "adapter.plain_http_anywhere = true"}));
    }
  }
}

// One file of signing.key_files: a secret that is ours alone, and the key of this very log.
void CheckKeyFile(const std::string& file, const std::string& origin, std::vector<uint32_t>& ids, Texts& faults) {
  const absl::StatusOr<std::string> text = ReadSecretFile(file);
  if (!text.ok()) {
    faults.push_back(Concat({"signing.key_files: ", std::string(text.status().message())}));
    return;
  }
  const absl::StatusOr<SecretKey> key = ParseSecretKey(*text);
  if (!key.ok() || key->type != KeyType::kEd25519) {
    faults.push_back(Concat({"signing.key_files: ", file, " holds no signing key; `affidavit keygen` makes one"}));
    return;
  }
  if (key->name != origin) {
    faults.push_back(Concat({"signing.key_files: the key in ", file, " is named ", key->name,
                             ", and a key must be named as signing.origin is"}));
  }
  if (std::find(ids.begin(), ids.end(), key->id) != ids.end()) {
    faults.push_back(Concat({"signing.key_files: ", file, " holds a key that another file has already"}));
  }
  ids.push_back(key->id);
}

void CheckSigning(const Config& config, Texts& faults) {
  const SigningConfig& signing = config.signing;
  if (signing.origin.empty() != signing.key_files.empty()) {
    faults.emplace_back("signing.origin and signing.key_files go together");
  }
  if (signing.key_files.empty()) {
    if (!config.witnesses.empty() || !config.timestampers.empty() || signing.require_witness) {
      faults.emplace_back("signing.key_files is needed: without checkpoints there is nothing to witness or to date");
    }
    return;
  }
  std::vector<uint32_t> ids;
  for (const std::string& file : signing.key_files) {
    CheckKeyFile(file, signing.origin, ids, faults);
  }
  if (signing.require_witness && config.witnesses.empty()) {
    faults.emplace_back("signing.require_witness is set, and there is no [[witnesses]]");
  }
  for (const TimestamperConfig& timestamper : config.timestampers) {
    CheckReadable("timestampers.ca_file", timestamper.ca_file, faults);
  }
}

}  // namespace

absl::Status CheckAdapter(const Config& config) {
  const AdapterConfig& adapter = config.adapter;
  Texts faults;
  if (config.sources.empty()) {
    faults.emplace_back("at least one [[sources]] is needed");
  }
  CheckListen(adapter, faults);
  CheckPair("adapter.tls_certificate_file", adapter.tls.certificate_file, "adapter.tls_key_file", adapter.tls.key_file,
            faults);
  CheckReadable("adapter.tls_certificate_file", adapter.tls.certificate_file, faults);
  CheckReadable("adapter.tls_key_file", adapter.tls.key_file, faults);
  CheckLedgerLink("adapter", adapter, faults);
  if (adapter.body_bytes_max > adapter.batch_bytes_max) {
    faults.emplace_back(
        "adapter.body_bytes_max must not be over adapter.batch_bytes_max: one body must fit into a batch");
  }
  if (adapter.body_bytes_max > adapter.in_flight_bytes_max) {
    faults.emplace_back("adapter.body_bytes_max must not be over adapter.in_flight_bytes_max");
  }
  return ToStatus(faults);
}

absl::Status CheckLedger(const Config& config) {
  const LedgerConfig& ledger = config.ledger;
  Texts faults;
  if (config.database.url.empty()) {
    faults.emplace_back("database.url or database.url_file is needed");
  }
  if (!IsLocal(ledger.listen) && ledger.tls.certificate_file.empty()) {
    faults.push_back(Concat({"ledger.listen: ", ledger.listen,
                             " is neither loopback nor unix:/path, so ledger.tls_certificate_file and "
                             "ledger.tls_key_file are needed"}));
  }
  CheckPair("ledger.tls_certificate_file", ledger.tls.certificate_file, "ledger.tls_key_file", ledger.tls.key_file,
            faults);
  if (!ledger.tls.client_ca_file.empty() && ledger.tls.certificate_file.empty()) {
    faults.emplace_back("ledger.tls_client_ca_file needs ledger.tls_certificate_file");
  }
  CheckReadable("ledger.tls_certificate_file", ledger.tls.certificate_file, faults);
  CheckReadable("ledger.tls_key_file", ledger.tls.key_file, faults);
  CheckReadable("ledger.tls_client_ca_file", ledger.tls.client_ca_file, faults);
  CheckSigning(config, faults);
  CheckSubjectKey(config.facts, faults);
  if (ledger.retention_years > config.retention.max_years) {
    faults.emplace_back("ledger.retention_years must not be over retention.max_years: no lock can be shortened again");
  }
  if (ledger.batch_bytes_max > ledger.queue_bytes_max) {
    faults.emplace_back("ledger.batch_bytes_max must not be over ledger.queue_bytes_max");
  }
  return ToStatus(faults);
}

}  // namespace affidavit::config
