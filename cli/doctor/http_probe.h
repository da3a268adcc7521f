// One GET, to learn whether somebody answers and with which certificate. Certificates are verified, no redirects, no
// proxies.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"

namespace affidavit::cli::doctor {

struct ProbeAnswer {
  int status = 0;
  std::string certificates;  // PEM, as the server showed them; empty without TLS
};

// UNAVAILABLE when nobody answers in time; FAILED_PRECONDITION when the certificate is not to be trusted. An empty
// ca_file: the system's roots.
absl::StatusOr<ProbeAnswer> ProbeUrl(const std::string& url, const std::string& ca_file,
                                     std::chrono::milliseconds timeout);

}  // namespace affidavit::cli::doctor
