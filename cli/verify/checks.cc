#include "cli/verify/checks.h"

#include <chrono>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "boost/json/array.hpp"
#include "cli/text.h"
#include "core/base/encoding.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/checkpoint/note.h"
#include "core/merkle/verify.h"

namespace affidavit::verify {
namespace {

constexpr int64_t kSecondsMax = 253'402'300'799;  // the end of year 9999

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

boost::json::object Facts(const Checkpoint& checkpoint) {
  return {{"origin", cli::Printable(checkpoint.origin)},
          {"tree_size", checkpoint.tree_size},
          {"root_hash", HexEncode(AsBytes(checkpoint.root_hash))}};
}

std::string KeyText(const VerifierKey& key) {
  return Concat({key.name, "+", absl::StrCat(absl::Hex(key.id, absl::kZeroPad8))});
}

void TellSignatures(std::string_view name, const VerifiedCheckpoint& verified, Findings& findings) {
  for (const VerifiedSignature& signature : verified.log_signatures) {
    findings.Pass(Concat({name, " is signed by the log's key ", KeyText(signature.key), "."}));
  }
  for (const VerifiedSignature& signature : verified.cosignatures) {
    findings.Pass(Concat({"Witness ", KeyText(signature.key), " saw this checkpoint at ",
                          FormatSeconds(signature.cosign_time.value_or(0)), " (the witness's clock)."}));
  }
}

// Without the log's key; nobody's signature counts then, so none is looked at.
void TellSignerUnknown(std::string_view name, Findings& findings) {
  findings.Need(Concat({name, " is not checked for who signed it: no --key was given."}),
                "consistent, signer unknown: give the log's key with --key");
}

}  // namespace

std::string FormatSeconds(int64_t seconds) {
  if (seconds < 0 || seconds > kSecondsMax) {
    return absl::StrCat(seconds, " s after 1970");
  }
  const std::string text = FormatRfc3339(TimePoint(std::chrono::seconds(seconds)));
  return text.substr(0, text.find('.')) + "Z";
}

std::optional<Checkpoint> CheckCheckpoint(std::string_view name, std::string_view note, const Trust& trust,
                                          std::string_view origin, Findings& findings) {
  const absl::StatusOr<Note> parsed = ParseNote(note);
  const absl::StatusOr<Checkpoint> checkpoint =
      parsed.ok() ? ParseCheckpoint(parsed->text) : absl::StatusOr<Checkpoint>(parsed.status());
  if (!checkpoint.ok()) {
    findings.Fail(Concat({name, " cannot be read: ", Message(checkpoint.status())}));
    return std::nullopt;
  }
  findings.Pass(Concat({name, " speaks for the log ", checkpoint->origin, " with ", absl::StrCat(checkpoint->tree_size),
                        " leaves and the root hash ", HexEncode(AsBytes(checkpoint->root_hash)), "."}));
  findings.facts()["checkpoint"] = Facts(*checkpoint);
  if (!origin.empty() && checkpoint->origin != origin) {
    findings.Fail(Concat({name, " is of the log ", checkpoint->origin, ", not of ", origin, "."}));
  }
  if (trust.log_keys.empty()) {
    TellSignerUnknown(name, findings);
    return *checkpoint;
  }
  const absl::StatusOr<VerifiedCheckpoint> verified =
      VerifyCheckpoint(note, CheckpointPolicy{.log_keys = trust.log_keys,
                                              .witness_keys = trust.witness_keys,
                                              .witness_count_min = trust.witness_count_min});
  if (verified.ok()) {
    TellSignatures(name, *verified, findings);
  } else {
    findings.Fail(Concat({name, " is not to be trusted: ", Message(verified.status())}));
  }
  return *checkpoint;
}

void CheckInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash, std::span<const Digest> proof,
                    const Digest& root, Findings& findings) {
  findings.facts()["leaf_index"] = index;
  findings.facts()["leaf_hash"] = HexEncode(AsBytes(leaf_hash));
  const absl::Status status = VerifyInclusion(index, size, leaf_hash, proof, root);
  if (status.ok()) {
    findings.Pass(absl::StrCat("The leaf with the hash ", HexEncode(AsBytes(leaf_hash)), " is number ", index,
                               " (from 0) of the tree with ", size, " leaves: ", proof.size(),
                               " hashes lead from it to the root."));
  } else {
    findings.Fail(Concat({"The leaf is not shown to be in the tree: ", Message(status)}));
  }
}

void CheckConsistency(uint64_t size1, const Digest& root1, uint64_t size2, const Digest& root2,
                      std::span<const Digest> proof, Findings& findings) {
  if (size1 > size2) {
    findings.Fail(absl::StrCat("The old tree has ", size1, " leaves, more than the new one with ", size2,
                               ": the two are given in the wrong order, or the log lost leaves."));
    return;
  }
  const absl::Status status = VerifyConsistency(size1, size2, root1, root2, proof);
  if (status.ok()) {
    findings.Pass(absl::StrCat("The tree with ", size2, " leaves begins with all ", size1,
                               " leaves of the old one, unchanged and in the same order."));
  } else {
    findings.Fail(Concat({"The new tree is not shown to extend the old one: ", Message(status)}));
  }
}

}  // namespace affidavit::verify
