#include "cli/verify/log_verb.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "cli/verify/checks.h"
#include "cli/verify/log_copy.h"
#include "cli/verify/message_scan.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/checkpoint/incarnation.h"
#include "core/checkpoint/note.h"
#include "core/checkpoint/tlog_proof.h"

namespace affidavit::verify {
namespace {

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

absl::StatusOr<Shown> ReadShown(const ProofBundle& bundle) {
  Shown shown;
  ASSIGN_OR_RETURN(const Note note, ParseNote(bundle.checkpoint));
  ASSIGN_OR_RETURN(shown.checkpoint, ParseCheckpoint(note.text));
  for (const BundleEntry& entry : bundle.entries) {
    ASSIGN_OR_RETURN(const TlogProof proof, ParseTlogProof(entry.tlog_proof));
    shown.leaves.emplace(proof.index, entry.leaf);
  }
  return shown;
}

// In our logs the key is named after the log; a log that was opened again after a loss adds its number.
void CheckOrigin(const Checkpoint& checkpoint, const Trust& trust, Findings& findings) {
  for (const VerifierKey& key : trust.log_keys) {
    const std::optional<int> number = IncarnationNumber(key.name, checkpoint.origin);
    if (!number.has_value()) {
      continue;
    }
    if (*number > 1) {
      findings.Pass(absl::StrCat("This is incarnation ", *number,
                                 " of the key's log: it was opened again after a loss, ",
                                 "and says what was lost in an entry of its own."));
    }
    return;
  }
  if (!trust.log_keys.empty()) {
    findings.Fail(Concat({"The given key does not speak for the log ", checkpoint.origin, "."}));
  }
}

absl::Status CheckGiven(const LogOptions& options, const std::optional<ProofBundle>& bundle) {
  if (!bundle.has_value()) {
    return options.message_id.empty() ? absl::InvalidArgumentError("--log needs --message, or a BUNDLE that names one")
                                      : absl::OkStatus();
  }
  if (!options.message_id.empty() && options.message_id != bundle->message_id) {
    return absl::InvalidArgumentError("the bundle is about another message than --message");
  }
  if (!options.source.empty() && options.source != bundle->source) {
    return absl::InvalidArgumentError("the bundle is about another source than --source");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ScanCopy(const LogOptions& options, const Trust& trust, const std::optional<ProofBundle>& bundle,
                      const Session& session, Findings& findings) {
  RETURN_IF_ERROR(CheckGiven(options, bundle));
  const std::string checkpoint_file =
      options.checkpoint_file.empty() ? options.folder + "/checkpoint" : options.checkpoint_file;
  ASSIGN_OR_RETURN(const std::string note, cli::ReadFile(checkpoint_file));

  std::optional<Shown> shown;
  if (bundle.has_value()) {
    absl::StatusOr<Shown> read = ReadShown(*bundle);
    if (!read.ok()) {
      findings.Fail(Concat({"The bundle cannot be compared with the log: ", Message(read.status())}));
      return absl::OkStatus();
    }
    shown = *std::move(read);
  }
  const std::optional<Checkpoint> checkpoint =
      CheckCheckpoint("The log's checkpoint", note, trust, /*origin=*/"", findings);
  if (checkpoint.has_value()) {
    CheckOrigin(*checkpoint, trust, findings);
    const LogCopy copy(options.folder);
    MessageScan(copy, bundle.has_value() ? bundle->message_id : options.message_id,
                bundle.has_value() ? bundle->source : options.source, shown)
        .Run(*checkpoint, session, findings);
  }
  return absl::OkStatus();
}

}  // namespace affidavit::verify
