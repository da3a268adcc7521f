// C2SP tlog-checkpoint: what a log says of itself at one size, as the text of a signed note.
//   <origin>\n<tree size, decimal>\n<base64(root hash)>\n[<extension line>\n]...
// Pure, thread-safe. Any input is safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/checkpoint/key.h"
#include "core/checkpoint/note.h"

namespace affidavit {

struct Checkpoint {
  std::string origin;  // names the log
  uint64_t tree_size = 0;
  Digest root_hash{};
  std::vector<std::string> extensions;  // kept and signed, never interpreted; ours has none

  bool operator==(const Checkpoint&) const = default;
};

// `body` is a note's text, without signatures. INVALID_ARGUMENT unless it is exactly what FormatCheckpoint makes of the
// result.
absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view body);

// REQUIRES: origin and extension lines are not empty and without line ends.
std::string FormatCheckpoint(const Checkpoint& checkpoint);

// Whom the reader trusts, and for what. Several log keys: any one of them speaks for the log (rotation: old and new
// side by side).
struct CheckpointPolicy {
  std::string origin;                 // empty: any; the caller then looks at the result's
  std::vector<VerifierKey> log_keys;  // of type kEd25519 or kEcdsa; a cosignature is a witness's word, never the log's
  std::vector<VerifierKey> witness_keys;  // of type kCosignatureV1
  size_t witness_count_min = 0;           // how many different witnesses must have cosigned
};

struct VerifiedCheckpoint {
  Checkpoint checkpoint;
  std::vector<VerifiedSignature> log_signatures;  // at least one
  std::vector<VerifiedSignature> cosignatures;
};

// From a signed note. INVALID_ARGUMENT when malformed or the policy is; UNAUTHENTICATED when the policy is not met (no
// log key signed, a known key's signature fails, too few witnesses); FAILED_PRECONDITION for another origin.
absl::StatusOr<VerifiedCheckpoint> VerifyCheckpoint(std::string_view signed_note, const CheckpointPolicy& policy);

}  // namespace affidavit
