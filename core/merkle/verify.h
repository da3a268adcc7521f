// Whether a proof proves what it claims: RFC 9162 sections 2.1.3.2 and 2.1.4.2. Pure, thread-safe. Any input is safe.
//
// INVALID_ARGUMENT: no proof of this shape can exist (sizes, indexes or the number of hashes); DATA_LOSS: the shape is
// right and the hashes disagree.
#pragma once

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/digest.h"

namespace affidavit {

// The root that the proof leads to from the leaf. INVALID_ARGUMENT unless index < size and the proof has as many hashes
// as it must.
absl::StatusOr<Digest> RootFromInclusionProof(uint64_t index, uint64_t size, const Digest& leaf_hash,
                                              std::span<const Digest> proof);

// OK iff the leaf is at `index` of the tree with `size` leaves and `root`.
absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash, std::span<const Digest> proof,
                             const Digest& root);

// OK iff the tree (size2, root2) extends the tree (size1, root1). Equal sizes need an empty proof and equal roots.
// size1 == 0 is INVALID_ARGUMENT, even with size2 == 0: a proof from nothing proves nothing.
absl::Status VerifyConsistency(uint64_t size1, uint64_t size2, const Digest& root1, const Digest& root2,
                               std::span<const Digest> proof);

}  // namespace affidavit
