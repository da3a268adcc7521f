// What the checks of several processes share: faults are collected, so that one start tells all of them. Not
// thread-safe.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "config/config.h"
#include "config/shapes.h"
#include "core/base/text.h"

namespace affidavit::config {

using Texts = std::vector<std::string>;

inline absl::Status ToStatus(const Texts& faults) {
  return faults.empty() ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
}

// A certificate and its key: both named, or neither.
inline void CheckPair(std::string_view certificate_key, const std::string& certificate, std::string_view key_key,
                      const std::string& key, Texts& faults) {
  if (certificate.empty() != key.empty()) {
    faults.push_back(Concat({certificate_key, " and ", key_key, " go together"}));
  }
}

inline void CheckReadable(std::string_view name, const std::string& file, Texts& faults) {
  if (!file.empty() && !std::ifstream(file).is_open()) {
    faults.push_back(Concat({name, ": ", file, " cannot be read"}));
  }
}

inline void CheckSubjectKey(const FactsConfig& facts, Texts& faults) {
  if (const absl::Status status = CheckFacts(facts); !status.ok()) {
    faults.emplace_back(status.message());
  }
}

// The link of a process of ours to the ledger: AdapterConfig and WorkerConfig have the same keys for it. `section` is
// "adapter" or "worker".
template <typename Linked>
void CheckLedgerLink(std::string_view section, const Linked& linked, Texts& faults) {
  const auto key = [section](std::string_view name) { return Concat({section, ".", name}); };
  const std::string ca_file = key("ledger_ca_file");
  const std::string certificate_file = key("ledger_client_certificate_file");
  const std::string key_file = key("ledger_client_key_file");
  if (!IsLocal(linked.ledger_target) && linked.ledger_ca_file.empty()) {
    faults.push_back(Concat({ca_file, " is needed: ", key("ledger_target"), " is not on this machine"}));
  }
  if (linked.ledger_ca_file.empty() && !linked.ledger_client_certificate_file.empty()) {
    faults.push_back(Concat({certificate_file, " needs ", ca_file}));
  }
  CheckPair(certificate_file, linked.ledger_client_certificate_file, key_file, linked.ledger_client_key_file, faults);
  CheckReadable(ca_file, linked.ledger_ca_file, faults);
  CheckReadable(certificate_file, linked.ledger_client_certificate_file, faults);
  CheckReadable(key_file, linked.ledger_client_key_file, faults);
}

}  // namespace affidavit::config
