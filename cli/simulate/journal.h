// The simulator's journal: what was posted and what was answered, one JSON document a line, for tests that crash what
// answered. A line is in the file (the kernel has it) before Append returns. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/simulate/answer.h"
#include "cli/simulate/scenario.h"

namespace affidavit::simulate {

// {"id","sha256","status","http","leaf_index","expected","attempts","injected","body_b64"}, and a line end. leaf_index
// may be null, id empty; injected lists names (injection.h), a repeat's those of its first.
std::string JournalLine(const Post& post, std::string_view payload_sha256_hex, const Outcome& outcome);

class Journal {
 public:
  // Appends to `path`, which is made with mode 0600 when missing: it holds whole payloads. INVALID_ARGUMENT when it
  // cannot be.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  absl::Status Append(const std::string& line);

 private:
  Journal(int descriptor, std::string path);

  const int descriptor_;
  const std::string path_;
};

}  // namespace affidavit::simulate
