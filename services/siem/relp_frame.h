// Frames of RELP (Reliable Event Logging Protocol): "TXNR SP COMMAND SP DATALEN [SP DATA] LF". Pure, thread-safe but
// for the reader, which is one thread's world.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace affidavit::siem {

struct RelpFrame {
  int32_t transaction = 0;  // 0: a hint of the server's, which nobody asked for
  std::string command;      // "open", "syslog", "close", "rsp", "serverclose"
  std::string data;
};

// REQUIRES: transaction is 0 to 999,999,999; the command is 1 to 32 letters.
void AppendRelpFrame(int32_t transaction, std::string_view command, std::string_view data, std::string& out);

// After 999,999,999 comes 1.
int32_t NextRelpTransaction(int32_t transaction);

// The three digits that the data of a "rsp" begins with; nothing when there are none.
std::optional<int> RelpResponseCode(std::string_view data);

// Cuts a stream into frames. Bounded: a receiver's answers are short.
class RelpReader {
 public:
  static constexpr size_t kDataBytesMax = 64 << 10;

  void Add(std::string_view bytes) { pending_ += bytes; }

  // The next frame; nothing until the rest of it has come. INVALID_ARGUMENT: what came is not RELP, and nothing that
  // follows can be trusted.
  absl::StatusOr<std::optional<RelpFrame>> Next();

 private:
  std::string pending_;
};

}  // namespace affidavit::siem
