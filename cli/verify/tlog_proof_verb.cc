// tlog-proof: one leaf, its C2SP tlog-proof file, and the log's key; of any log.
#include <memory>
#include <optional>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "cli/files.h"
#include "cli/verify/checks.h"
#include "cli/verify/inputs.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/checkpoint/tlog_proof.h"
#include "core/merkle/hash.h"

namespace affidavit::verify {
namespace {

struct Options {
  std::vector<std::string> files;
  std::string leaf_hash, origin;
  KeyOptions keys;
};

absl::StatusOr<Findings> VerifyFile(const Options& options) {
  const bool has_hash = !options.leaf_hash.empty();
  if (options.files.size() != (has_hash ? 1 : 2)) {
    return absl::InvalidArgumentError(has_hash ? "with --leaf-hash only the PROOF_FILE is given"
                                               : "a LEAF_FILE and a PROOF_FILE are needed");
  }
  ASSIGN_OR_RETURN(const Trust trust, ReadTrust(options.keys));
  Digest leaf_hash{};
  if (has_hash) {
    ASSIGN_OR_RETURN(leaf_hash, ParseHashText(options.leaf_hash));
  } else {
    ASSIGN_OR_RETURN(const std::string leaf, cli::ReadFile(options.files.front()));
    leaf_hash = LeafHash(leaf);
  }
  ASSIGN_OR_RETURN(const std::string text, cli::ReadFile(options.files.back()));

  Findings findings;
  const absl::StatusOr<TlogProof> proof = ParseTlogProof(text);
  if (!proof.ok()) {
    findings.Fail("The proof file cannot be read: " + std::string(proof.status().message()));
    return findings;
  }
  if (proof->extra.has_value()) {
    findings.Skip("The proof file carries extra data, which nobody signs: it proves nothing.");
  }
  const std::optional<Checkpoint> checkpoint =
      CheckCheckpoint("The checkpoint in the proof file", proof->checkpoint, trust, options.origin, findings);
  if (checkpoint.has_value()) {
    CheckInclusion(proof->index, checkpoint->tree_size, leaf_hash, proof->hashes, checkpoint->root_hash, findings);
  }
  return findings;
}

}  // namespace

void AddTlogProof(CLI::App& app, Session& session) {
  CLI::App* form =
      app.add_subcommand("tlog-proof", "Check that a leaf is in a log: a C2SP tlog-proof file, of any log");
  const auto options = std::make_shared<Options>();
  form->add_option("FILES", options->files, "LEAF_FILE PROOF_FILE: the leaf's exact bytes, and the proof")
      ->required()
      ->expected(1, 2);
  form->add_option("--leaf-hash", options->leaf_hash, "Instead of LEAF_FILE: SHA-256(0x00, leaf), hex or base64")
      ->type_name("HASH");
  form->add_option("--origin", options->origin, "Demand a checkpoint of this log")->type_name("ORIGIN");
  AddKeyOptions(*form, options->keys);
  AddOutputOption(*form, session);
  form->callback([&session, options] { session.action = [options] { return VerifyFile(*options); }; });
}

}  // namespace affidavit::verify
