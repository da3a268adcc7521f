// inclusion: bare numbers, for logs whose proofs come in another wrapping (a sigstore bundle's inclusionProof, say).
// Whether anybody signed the root is for the caller to know.
#include <memory>
#include <optional>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "cli/files.h"
#include "cli/verify/checks.h"
#include "cli/verify/inputs.h"
#include "core/base/status_macros.h"
#include "core/merkle/hash.h"

namespace affidavit::verify {
namespace {

struct Options {
  std::optional<std::string> leaf_hash, leaf_file;
  std::string index, size, root, proof_file;
};

absl::StatusOr<Digest> HashOfLeaf(const Options& options) {
  if (options.leaf_hash.has_value()) {
    return ParseHashText(*options.leaf_hash);
  }
  if (!options.leaf_file.has_value()) {
    return absl::InvalidArgumentError("either --leaf FILE or --leaf-hash HASH is needed");
  }
  ASSIGN_OR_RETURN(const std::string leaf, cli::ReadFile(*options.leaf_file));
  return LeafHash(leaf);
}

absl::StatusOr<Findings> Verify(const Options& options) {
  ASSIGN_OR_RETURN(const uint64_t index, ParseNumber("--index", options.index));
  ASSIGN_OR_RETURN(const uint64_t size, ParseNumber("--size", options.size));
  ASSIGN_OR_RETURN(const std::string text, cli::ReadFile(options.proof_file));
  ASSIGN_OR_RETURN(const Digest leaf_hash, HashOfLeaf(options));
  ASSIGN_OR_RETURN(const Digest root, ParseHashText(options.root));
  ASSIGN_OR_RETURN(const std::vector<Digest> proof, ParseHashLines(text));
  Findings findings;
  CheckInclusion(index, size, leaf_hash, proof, root, findings);
  findings.Skip("Who vouches for the root hash is not checked: it was given as a number.");
  return findings;
}

}  // namespace

void AddInclusion(CLI::App& app, Session& session) {
  CLI::App* form = app.add_subcommand("inclusion", "Check an inclusion proof given as numbers, of any log");
  const auto options = std::make_shared<Options>();
  CLI::Option* leaf = form->add_option("--leaf", options->leaf_file, "The leaf's exact bytes")->type_name("FILE");
  form->add_option("--leaf-hash", options->leaf_hash, "Instead: SHA-256(0x00, leaf), hex or base64")
      ->type_name("HASH")
      ->excludes(leaf);
  form->add_option("--index,--leaf-index", options->index, "Of the leaf, from 0")->type_name("N")->required();
  form->add_option("--size,--tree-size", options->size, "Leaves in the tree")->type_name("N")->required();
  form->add_option("--root,--root-hash", options->root, "The tree's root hash, hex or base64")
      ->type_name("HASH")
      ->required();
  form->add_option("--proof", options->proof_file, "The proof's hashes, one a line, from the leaf's side up")
      ->type_name("FILE")
      ->required();
  AddOutputOption(*form, session);
  form->callback([&session, options] { session.action = [options] { return Verify(*options); }; });
}

}  // namespace affidavit::verify
