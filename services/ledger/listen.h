// Where the ledger listens, and how it proves who it is.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "grpcpp/security/server_credentials.h"

namespace affidavit::ledger {

// True iff `listen` is "unix:…" or a loopback address with a port.
bool IsLocalAddress(std::string_view listen);

// TLS when a certificate is configured (with client certificates demanded when their CA is). Without: plain, and
// FAILED_PRECONDITION unless the address is local. INVALID_ARGUMENT names a file that cannot be read.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const config::LedgerConfig& config);

}  // namespace affidavit::ledger
