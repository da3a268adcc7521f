// One pass over a copy of the log: all that it holds about a message, and what of it a bundle does not show.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "cli/verify/findings.h"
#include "cli/verify/log_copy.h"
#include "cli/verify/log_scan.h"
#include "cli/verify/message_leaves.h"
#include "cli/verify/session.h"
#include "core/checkpoint/checkpoint.h"

namespace affidavit::verify {

// What a bundle says is in the log.
struct Shown {
  Checkpoint checkpoint;
  std::map<uint64_t, std::string> leaves;
};

class MessageScan {
 public:
  // `copy` and `shown` must outlive it. Without what is shown, the leaves are listed and nothing is compared.
  MessageScan(const LogCopy& copy, std::string message_id, std::string source, const std::optional<Shown>& shown);

  // Reads the copy up to the checkpoint's size, once. At most one run.
  void Run(const Checkpoint& checkpoint, const Session& session, Findings& findings);

 private:
  absl::Status Look(uint64_t index, std::string_view leaf);
  void CompareRoot(const Checkpoint& checkpoint, Findings& findings) const;
  void TellTiles(Findings& findings) const;
  void TellFound(Findings& findings) const;
  void CompareShown(uint64_t size, Findings& findings) const;
  void TellOmissions(uint64_t shown_size, Findings& findings) const;

  MessageLeaves leaves_;
  LogScan scan_;
  const std::optional<Shown>& shown_;
};

}  // namespace affidavit::verify
