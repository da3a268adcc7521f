// consistency: that a newer tree extends an older one, from two checkpoints or from bare sizes and roots; of any log.
#include <memory>
#include <optional>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "cli/files.h"
#include "cli/verify/checks.h"
#include "cli/verify/inputs.h"
#include "core/base/status_macros.h"

namespace affidavit::verify {
namespace {

struct Options {
  std::vector<std::string> files;
  std::optional<std::string> size1, root1, size2, root2;
  std::string origin;
  KeyOptions keys;

  bool BySizes() const { return size1.has_value() || root1.has_value() || size2.has_value() || root2.has_value(); }
};

// What the proof is about, once for both forms.
struct Trees {
  Checkpoint older, newer;
};

absl::Status CheckGiven(const Options& options) {
  const bool all_sizes = options.size1.has_value() && options.root1.has_value() && options.size2.has_value() &&
                         options.root2.has_value() && options.files.size() == 1;
  if (options.BySizes() ? all_sizes : options.files.size() == 3) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "either OLD_CHECKPOINT NEW_CHECKPOINT PROOF_FILE are given, or --size1 --root1 --size2 --root2 and PROOF_FILE");
}

// Nothing when one cannot be read as a checkpoint; the findings then say why.
absl::StatusOr<std::optional<Trees>> ReadCheckpoints(const Options& options, Findings& findings) {
  ASSIGN_OR_RETURN(const Trust trust, ReadTrust(options.keys));
  ASSIGN_OR_RETURN(const std::string old_note, cli::ReadFile(options.files[0]));
  ASSIGN_OR_RETURN(const std::string new_note, cli::ReadFile(options.files[1]));
  const std::optional<Checkpoint> older =
      CheckCheckpoint("The old checkpoint", old_note, trust, options.origin, findings);
  if (older.has_value()) {
    findings.facts()["old_checkpoint"] = findings.facts()["checkpoint"];
  }
  const std::optional<Checkpoint> newer =
      CheckCheckpoint("The new checkpoint", new_note, trust, options.origin, findings);
  if (!older.has_value() || !newer.has_value()) {
    return std::nullopt;
  }
  if (older->origin != newer->origin) {
    findings.Fail("The two checkpoints are of different logs.");
  }
  return Trees{*older, *newer};
}

absl::StatusOr<Trees> ReadSizes(const Options& options) {
  Trees trees;
  ASSIGN_OR_RETURN(trees.older.tree_size, ParseNumber("--size1", *options.size1));
  ASSIGN_OR_RETURN(trees.newer.tree_size, ParseNumber("--size2", *options.size2));
  ASSIGN_OR_RETURN(trees.older.root_hash, ParseHashText(*options.root1));
  ASSIGN_OR_RETURN(trees.newer.root_hash, ParseHashText(*options.root2));
  return trees;
}

absl::StatusOr<Findings> Verify(const Options& options) {
  RETURN_IF_ERROR(CheckGiven(options));
  Findings findings;
  std::optional<Trees> trees;
  if (options.BySizes()) {
    ASSIGN_OR_RETURN(trees, ReadSizes(options));
  } else {
    ASSIGN_OR_RETURN(trees, ReadCheckpoints(options, findings));
  }
  ASSIGN_OR_RETURN(const std::string text, cli::ReadFile(options.files.back()));
  ASSIGN_OR_RETURN(const std::vector<Digest> proof, ParseHashLines(text));
  if (trees.has_value()) {
    CheckConsistency(trees->older.tree_size, trees->older.root_hash, trees->newer.tree_size, trees->newer.root_hash,
                     proof, findings);
  }
  return findings;
}

}  // namespace

void AddConsistency(CLI::App& app, Session& session) {
  CLI::App* form = app.add_subcommand("consistency", "Check that a newer tree extends an older one, of any log");
  const auto options = std::make_shared<Options>();
  form->add_option("FILES", options->files,
                   "OLD_CHECKPOINT NEW_CHECKPOINT PROOF_FILE; the proof is one base64 hash a line, as in C2SP "
                   "tlog-witness")
      ->required()
      ->expected(1, 3);
  AddKeyOptions(*form, options->keys);
  form->add_option("--origin", options->origin, "Demand checkpoints of this log")->type_name("ORIGIN");
  form->add_option("--size1", options->size1, "Without checkpoints: leaves of the old tree")
      ->type_name("N")
      ->excludes("--key", "--origin");
  form->add_option("--root1", options->root1, "Its root hash, hex or base64")->type_name("HASH");
  form->add_option("--size2", options->size2, "Leaves of the new tree")->type_name("N");
  form->add_option("--root2", options->root2, "Its root hash")->type_name("HASH");
  AddOutputOption(*form, session);
  form->callback([&session, options] { session.action = [options] { return Verify(*options); }; });
}

}  // namespace affidavit::verify
