#include "core/checkpoint/checkpoint.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/lines.h"
#include "core/merkle/hash.h"

namespace affidavit {
namespace {

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed checkpoint: ", what));
}

absl::Status CheckPolicy(const CheckpointPolicy& policy) {
  for (const VerifierKey& key : policy.log_keys) {
    if (key.type == KeyType::kCosignatureV1) {
      return absl::InvalidArgumentError("the key of witness " + key.name + " was given as a log's key");
    }
  }
  for (auto key = policy.witness_keys.begin(); key != policy.witness_keys.end(); ++key) {
    if (key->type != KeyType::kCosignatureV1) {
      return absl::InvalidArgumentError("key " + key->name +
                                        " was given as a witness's key, but makes no cosignatures");
    }
    // A cosignature does not say its witness's name, so one key under two names would count as two witnesses.
    const bool has_other_name = std::any_of(policy.witness_keys.begin(), key, [&](const VerifierKey& earlier) {
      return earlier.public_key == key->public_key && earlier.name != key->name;
    });
    if (has_other_name) {
      return absl::InvalidArgumentError("the key of witness " + key->name + " was also given under another name");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view body) {
  LineReader lines(body);
  const std::optional<std::string_view> origin = lines.Next();
  const std::optional<std::string_view> size = lines.Next();
  const std::optional<std::string_view> root = lines.Next();
  if (!root.has_value()) {
    return Malformed("it has fewer than three lines");
  }
  if (origin->empty()) {
    return Malformed("its origin is empty");
  }
  Checkpoint checkpoint{.origin = std::string(*origin)};
  const std::optional<uint64_t> tree_size = ParseDecimal(*size);
  if (!tree_size.has_value()) {
    return Malformed("its tree size is no decimal number in its one form");
  }
  checkpoint.tree_size = *tree_size;
  const absl::StatusOr<Digest> root_hash = ParseHash(Base64Decode(*root).value_or(""));
  if (!root_hash.ok()) {
    return Malformed("its root hash is not base64 of 32 bytes");
  }
  checkpoint.root_hash = *root_hash;
  while (const std::optional<std::string_view> line = lines.Next()) {
    if (line->empty()) {
      return Malformed("an extension line is empty");
    }
    checkpoint.extensions.emplace_back(*line);
  }
  if (!lines.AtEnd()) {
    return Malformed("its last line does not end");
  }
  return checkpoint;
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  std::string body = absl::StrCat(checkpoint.origin, "\n", checkpoint.tree_size, "\n",
                                  Base64Encode(AsBytes(checkpoint.root_hash)), "\n");
  for (const std::string& line : checkpoint.extensions) {
    absl::StrAppend(&body, line, "\n");
  }
  return body;
}

absl::StatusOr<VerifiedCheckpoint> VerifyCheckpoint(std::string_view signed_note, const CheckpointPolicy& policy) {
  RETURN_IF_ERROR(CheckPolicy(policy));
  ASSIGN_OR_RETURN(const Note note, ParseNote(signed_note));
  VerifiedCheckpoint verified;
  ASSIGN_OR_RETURN(verified.checkpoint, ParseCheckpoint(note.text));
  std::vector<VerifierKey> keys = policy.log_keys;
  keys.insert(keys.end(), policy.witness_keys.begin(), policy.witness_keys.end());
  ASSIGN_OR_RETURN(std::vector<VerifiedSignature> signatures, VerifyNote(note, keys));
  for (VerifiedSignature& signature : signatures) {
    (signature.cosign_time.has_value() ? verified.cosignatures : verified.log_signatures)
        .push_back(std::move(signature));
  }
  if (verified.log_signatures.empty()) {
    return absl::UnauthenticatedError("no given log key signed the checkpoint");
  }
  if (verified.cosignatures.size() < policy.witness_count_min) {
    return absl::UnauthenticatedError(absl::StrCat(verified.cosignatures.size(),
                                                   " of the given witnesses cosigned the checkpoint, ",
                                                   policy.witness_count_min, " are required"));
  }
  if (!policy.origin.empty() && verified.checkpoint.origin != policy.origin) {
    return absl::FailedPreconditionError(
        absl::StrCat("the checkpoint is of the log ", verified.checkpoint.origin, ", not of ", policy.origin));
  }
  return verified;
}

}  // namespace affidavit
