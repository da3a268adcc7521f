#include "core/checkpoint/tlog_proof.h"

#include "absl/strings/str_cat.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/lines.h"
#include "core/merkle/hash.h"
#include "core/merkle/verify.h"

namespace affidavit {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtraPrefix = "extra ";
constexpr std::string_view kIndexPrefix = "index ";
constexpr size_t kHashCountMax = 64;  // the height of a tree of 2^64 leaves

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed tlog-proof: ", what));
}

}  // namespace

absl::StatusOr<TlogProof> ParseTlogProof(std::string_view text) {
  LineReader lines(text);
  if (lines.Next() != kHeader) {
    return Malformed("its first line is not c2sp.org/tlog-proof@v1");
  }
  TlogProof proof;
  std::optional<std::string_view> line = lines.Next();
  if (line.has_value() && line->starts_with(kExtraPrefix)) {
    proof.extra = Base64Decode(line->substr(kExtraPrefix.size()));
    if (!proof.extra.has_value()) {
      return Malformed("its extra data is not base64");
    }
    line = lines.Next();
  }
  if (!line.has_value() || !line->starts_with(kIndexPrefix)) {
    return Malformed("it has no index line");
  }
  const std::optional<uint64_t> index = ParseDecimal(line->substr(kIndexPrefix.size()));
  if (!index.has_value()) {
    return Malformed("its index is no decimal number in its one form");
  }
  proof.index = *index;
  for (line = lines.Next(); line.has_value() && !line->empty(); line = lines.Next()) {
    const absl::StatusOr<Digest> hash = ParseHash(Base64Decode(*line).value_or(""));
    if (!hash.ok()) {
      return Malformed("a hash is not base64 of 32 bytes");
    }
    if (proof.hashes.size() == kHashCountMax) {
      return Malformed("it has too many hashes");
    }
    proof.hashes.push_back(*hash);
  }
  if (!line.has_value()) {
    return Malformed("no blank line ends its hashes");
  }
  proof.checkpoint = std::string(lines.rest());
  return proof;
}

std::string FormatTlogProof(const TlogProof& proof) {
  std::string text = std::string(kHeader) + "\n";
  if (proof.extra.has_value()) {
    absl::StrAppend(&text, "extra ", Base64Encode(*proof.extra), "\n");
  }
  absl::StrAppend(&text, "index ", proof.index, "\n");
  for (const Digest& hash : proof.hashes) {
    absl::StrAppend(&text, Base64Encode(AsBytes(hash)), "\n");
  }
  absl::StrAppend(&text, "\n", proof.checkpoint);
  return text;
}

absl::StatusOr<VerifiedCheckpoint> VerifyTlogProof(std::string_view leaf, const TlogProof& proof,
                                                   const CheckpointPolicy& policy) {
  return VerifyTlogProof(LeafHash(leaf), proof, policy);
}

absl::StatusOr<VerifiedCheckpoint> VerifyTlogProof(const Digest& leaf_hash, const TlogProof& proof,
                                                   const CheckpointPolicy& policy) {
  ASSIGN_OR_RETURN(VerifiedCheckpoint verified, VerifyCheckpoint(proof.checkpoint, policy));
  const Checkpoint& checkpoint = verified.checkpoint;
  RETURN_IF_ERROR(VerifyInclusion(proof.index, checkpoint.tree_size, leaf_hash, proof.hashes, checkpoint.root_hash));
  return verified;
}

}  // namespace affidavit
