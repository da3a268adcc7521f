// A TCP connection to a sink, over TLS (1.2 or later) when it has authorities to check against: the certificate must
// chain to them and name the host. Every wait has a deadline and ends when cancelled. One thread's world.
// REQUIRES: the process ignores SIGPIPE (ops::BlockSignals does that): OpenSSL writes to whoever has gone.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/siem/canceller.h"

namespace affidavit::siem {

struct SinkAddress {
  std::string host, port;
  std::string ca_file;                     // empty: no TLS
  std::string certificate_file, key_file;  // ours, where the sink asks for one
};

// "host:port", "[2001:db8::1]:port". INVALID_ARGUMENT for anything else.
absl::StatusOr<SinkAddress> ParseSinkTarget(std::string_view target);

class SinkConnection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // UNAVAILABLE when nobody answers; PERMISSION_DENIED when it is not who it should be, or will not have us;
  // INVALID_ARGUMENT when our files cannot be used. Looking up a name takes as long as the resolver lets it.
  static absl::StatusOr<std::unique_ptr<SinkConnection>> Open(const SinkAddress& address, const Canceller& canceller,
                                                              Deadline deadline);
  virtual ~SinkConnection() = default;

  // All of it, or UNAVAILABLE: how much of it arrived is not known then.
  virtual absl::Status Write(std::string_view bytes, Deadline deadline) = 0;

  // At least one byte. OUT_OF_RANGE when the other side has ended the connection in order (with TLS: by close_notify);
  // UNAVAILABLE when it broke.
  virtual absl::StatusOr<std::string> Read(Deadline deadline) = 0;

  // Ends the connection in order, dropping what still comes. OK only when the other side is known to have read all that
  // was written; with TLS it has answered our close_notify with its own, besides.
  virtual absl::Status Finish(Deadline deadline) = 0;

  // Whether something lies there to be read, the end included; does not wait.
  virtual bool HasInput() = 0;
};

}  // namespace affidavit::siem
