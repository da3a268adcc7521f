// LedgerClient over gRPC: one channel to all addresses of the target, used by all of the batcher's threads.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "webhook-adapter/ledger_client.h"

namespace affidavit::adapter {

struct GrpcLedgerClientOptions {
  std::string target;   // gRPC's naming: host:port, dns:///…, ipv4:a:p,b:p, unix:/path
  std::string ca_file;  // TLS when set
  std::string client_certificate_file, client_key_file;  // mutual TLS when set
};

// INVALID_ARGUMENT, naming the file, when one cannot be read. Does not connect: the first call does.
absl::StatusOr<std::unique_ptr<LedgerClient>> MakeGrpcLedgerClient(const GrpcLedgerClientOptions& options);

}  // namespace affidavit::adapter
