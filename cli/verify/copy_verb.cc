// log: that a copy of a whole log is complete and unaltered, whatever its leaves say; of any log.
#include <memory>
#include <optional>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "cli/progress.h"
#include "cli/verify/checks.h"
#include "cli/verify/log_copy.h"
#include "cli/verify/log_scan.h"
#include "core/base/status_macros.h"

namespace affidavit::verify {
namespace {

struct Options {
  std::string folder, checkpoint_file, origin;
  KeyOptions keys;
};

void CheckTree(const std::string& folder, const Checkpoint& checkpoint, const Session& session, Findings& findings) {
  const uint64_t size = checkpoint.tree_size;
  const LogCopy copy(folder);
  const bool has_leaves = copy.HasLeaves();
  LogScan scan(copy);
  scan.WantRoot(size);
  cli::Progress progress(session.err, session.progress, size);
  const auto show = [&progress](uint64_t leaf_count) { progress.Show(leaf_count); };
  const absl::Status status = has_leaves ? scan.Run(
                                               size, [](uint64_t, std::string_view) { return absl::OkStatus(); }, show)
                                         : scan.RunOverHashes(size, show);
  if (!status.ok()) {
    findings.Fail(absl::StrCat("The copy of the log cannot be relied on: ", status.message()));
  } else if (scan.Root(size) != checkpoint.root_hash) {
    findings.Fail("The copy does not make the root hash of the checkpoint: it was changed, or is of another log.");
  } else {
    findings.Pass(absl::StrCat("The copy is complete and unaltered: ", has_leaves ? "its " : "the hashes of its ", size,
                               " leaves make the root hash of the checkpoint."));
    findings.Pass(absl::StrCat(scan.tiles_compared(), " tiles of the copy agree with it, ", scan.tiles_absent(),
                               " are not there."));
  }
  if (!has_leaves) {
    findings.Skip("The leaves themselves are not looked at: the copy has no entry bundles.");
  }
}

absl::StatusOr<Findings> Verify(const Options& options, const Session& session) {
  ASSIGN_OR_RETURN(const Trust trust, ReadTrust(options.keys));
  const std::string file = options.checkpoint_file.empty() ? options.folder + "/checkpoint" : options.checkpoint_file;
  ASSIGN_OR_RETURN(const std::string note, cli::ReadFile(file));
  Findings findings;
  const std::optional<Checkpoint> checkpoint =
      CheckCheckpoint("The log's checkpoint", note, trust, options.origin, findings);
  if (checkpoint.has_value()) {
    CheckTree(options.folder, *checkpoint, session, findings);
  }
  return findings;
}

}  // namespace

void AddLog(CLI::App& app, Session& session) {
  CLI::App* form =
      app.add_subcommand("log", "Check that a copy of a whole log is complete: C2SP tlog-tiles, of any log");
  const auto options = std::make_shared<Options>();
  form->add_option("DIR", options->folder, "The copy")->required();
  form->add_option("--checkpoint", options->checkpoint_file,
                   "The checkpoint that it must meet; by default DIR/checkpoint")
      ->type_name("FILE");
  form->add_option("--origin", options->origin, "Demand a checkpoint of this log")->type_name("ORIGIN");
  AddKeyOptions(*form, options->keys);
  AddOutputOption(*form, session);
  form->callback([&session, options] { session.action = [&session, options] { return Verify(*options, session); }; });
}

}  // namespace affidavit::verify
