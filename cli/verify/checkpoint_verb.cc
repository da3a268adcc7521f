// checkpoint, note: the signed texts of any log.
#include <memory>
#include <optional>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "cli/verify/checks.h"
#include "cli/verify/inputs.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/checkpoint/note.h"

namespace affidavit::verify {
namespace {

struct CheckpointOptions {
  std::string file, origin;
  KeyOptions keys;
};

absl::StatusOr<Findings> VerifyCheckpointFile(const CheckpointOptions& options) {
  ASSIGN_OR_RETURN(const Trust trust, ReadTrust(options.keys));
  ASSIGN_OR_RETURN(const std::string note, cli::ReadFile(options.file));
  Findings findings;
  CheckCheckpoint("The checkpoint", note, trust, options.origin, findings);
  return findings;
}

struct NoteOptions {
  std::string file;
  std::vector<std::string> keys;
};

absl::StatusOr<Findings> VerifyNoteFile(const NoteOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<VerifierKey> keys, ReadKeys(options.keys, KeyRole::kAny));
  ASSIGN_OR_RETURN(const std::string bytes, cli::ReadFile(options.file));
  Findings findings;
  const absl::StatusOr<Note> note = ParseNote(bytes);
  if (!note.ok()) {
    findings.Fail(std::string(note.status().message()));
    return findings;
  }
  findings.Pass(absl::StrCat("The note is well-formed: ", note->text.size(), " bytes of text, ",
                             note->signatures.size(), " signatures."));
  if (keys.empty()) {
    findings.Need("Nobody's signature is checked: no --key was given.",
                  "well-formed, signer unknown: give a key with --key");
    return findings;
  }
  const absl::StatusOr<std::vector<VerifiedSignature>> signatures = VerifyNote(*note, keys);
  if (!signatures.ok()) {
    findings.Fail(std::string(signatures.status().message()));
    return findings;
  }
  for (const VerifiedSignature& signature : *signatures) {
    findings.Pass(
        Concat({"Signed by ", signature.key.name,
                signature.cosign_time.has_value()
                    ? Concat({", a witness, at ", FormatSeconds(*signature.cosign_time), " (the witness's clock)."})
                    : "."}));
  }
  if (signatures->empty()) {
    findings.Fail("No given key signed the note.");
  }
  return findings;
}

}  // namespace

void AddCheckpoint(CLI::App& app, Session& session) {
  CLI::App* form = app.add_subcommand("checkpoint", "Check who signed a checkpoint, of any log");
  const auto options = std::make_shared<CheckpointOptions>();
  form->add_option("FILE", options->file, "The checkpoint, a C2SP signed note")->required();
  form->add_option("--origin", options->origin, "Demand a checkpoint of this log")->type_name("ORIGIN");
  AddKeyOptions(*form, options->keys);
  AddOutputOption(*form, session);
  form->callback([&session, options] { session.action = [options] { return VerifyCheckpointFile(*options); }; });
}

void AddNote(CLI::App& app, Session& session) {
  CLI::App* form = app.add_subcommand("note", "Check who signed any C2SP signed note");
  const auto options = std::make_shared<NoteOptions>();
  form->add_option("FILE", options->file, "The note")->required();
  form->add_option("--key", options->keys, "A signer's or witness's vkey, or a file with one a line; may be repeated")
      ->type_name("VKEY")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  AddOutputOption(*form, session);
  form->callback([&session, options] { session.action = [options] { return VerifyNoteFile(*options); }; });
}

}  // namespace affidavit::verify
