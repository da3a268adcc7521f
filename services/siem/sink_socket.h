// A non-blocking TCP socket whose waits have deadlines and end when cancelled. One thread's world.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/siem/canceller.h"

namespace affidavit::siem {

class SinkSocket {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // Tries every address of the host. UNAVAILABLE, saying why, when none answers; CANCELLED.
  static absl::StatusOr<std::unique_ptr<SinkSocket>> Connect(const std::string& host, const std::string& port,
                                                             const Canceller& canceller, Deadline deadline);
  SinkSocket(int descriptor, const Canceller& canceller) : descriptor_(descriptor), canceller_(canceller) {}
  ~SinkSocket();
  SinkSocket(const SinkSocket&) = delete;
  SinkSocket& operator=(const SinkSocket&) = delete;

  int descriptor() const { return descriptor_; }

  // Until one of poll's `events`, or an error that the next call on the socket tells. UNAVAILABLE after the deadline.
  absl::Status Wait(short events, Deadline deadline) const;

  // Drops what still comes until the other side has closed the connection. OK only when it had read every byte that was
  // sent: whoever closes with bytes unread resets the connection, and what comes after that is never acknowledged.
  absl::Status AwaitEnd(Deadline deadline) const;

  // Whether something lies there to be read, the end included; does not wait.
  bool HasInput() const;

 private:
  const int descriptor_;
  const Canceller& canceller_;
};

// UNAVAILABLE: "doing: what errno says".
absl::Status SinkSocketError(std::string_view doing);

}  // namespace affidavit::siem
