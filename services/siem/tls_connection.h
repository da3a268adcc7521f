// The TLS half of sink_connection.h.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/siem/sink_connection.h"
#include "services/siem/sink_socket.h"

namespace affidavit::siem {

// Shakes hands on a connected socket. Errors as SinkConnection::Open has them.
absl::StatusOr<std::unique_ptr<SinkConnection>> StartTls(const SinkAddress& address, std::unique_ptr<SinkSocket> socket,
                                                         SinkConnection::Deadline deadline);

}  // namespace affidavit::siem
