// A gRPC error as a Status for people: the ErrorInfo's reason, the message, every fact that came with it, and what to
// do.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace affidavit::cli {

// Keeps the code. The text is printable: it may repeat ids from outside.
absl::Status StatusFromRpc(const grpc::Status& status, const std::string& target);

}  // namespace affidavit::cli
