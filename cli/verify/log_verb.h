// The scan of a copy of the log against omission: whether a message has leaves that somebody did not show.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "cli/verify/findings.h"
#include "cli/verify/session.h"
#include "core/evidence/bundle.h"

namespace affidavit::verify {

struct LogOptions {
  std::string folder;           // tlog-tiles with entry bundles
  std::string message_id;       // empty: the bundle's
  std::string source;           // empty: the bundle's, else any
  std::string checkpoint_file;  // empty: <folder>/checkpoint
};

// Rebuilds the checkpoint's root hash from every leaf in the copy, lists those that concern the message, and says
// whether the bundle, if there is one, leaves any out. Memory does not grow with the log. INVALID_ARGUMENT when options
// or files are missing.
absl::Status ScanCopy(const LogOptions& options, const Trust& trust, const std::optional<ProofBundle>& bundle,
                      const Session& session, Findings& findings);

}  // namespace affidavit::verify
