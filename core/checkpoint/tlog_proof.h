// C2SP tlog-proof@v1: one file that proves, without a network, that an entry is in a log: its index, the inclusion
// proof, and a signed checkpoint. The entry itself is not in it; whoever verifies brings it. Pure, thread-safe. Any
// input is safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/checkpoint/checkpoint.h"

namespace affidavit {

struct TlogProof {
  std::optional<std::string> extra;  // nobody signs it: never to be trusted
  uint64_t index = 0;
  std::vector<Digest> hashes;  // from the leaf's sibling up
  std::string checkpoint;      // a signed note, verbatim

  bool operator==(const TlogProof&) const = default;
};

// INVALID_ARGUMENT unless `text` is exactly what FormatTlogProof makes of the result. The checkpoint is not looked
// into.
absl::StatusOr<TlogProof> ParseTlogProof(std::string_view text);
std::string FormatTlogProof(const TlogProof& proof);

// OK with the checkpoint iff it meets the policy and the leaf is at proof.index of its tree. Errors as VerifyCheckpoint
// and VerifyInclusion. The overload takes the leaf's hash from a caller that has not the leaf.
absl::StatusOr<VerifiedCheckpoint> VerifyTlogProof(std::string_view leaf, const TlogProof& proof,
                                                   const CheckpointPolicy& policy);
absl::StatusOr<VerifiedCheckpoint> VerifyTlogProof(const Digest& leaf_hash, const TlogProof& proof,
                                                   const CheckpointPolicy& policy);

}  // namespace affidavit
