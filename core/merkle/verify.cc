#include "core/merkle/verify.h"

#include <bit>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/merkle/hash.h"

namespace affidavit {
namespace {

absl::Status WrongLength(size_t size) {
  return absl::InvalidArgumentError(absl::StrCat("no such proof has ", size, " hashes"));
}

// Where the verifier stands: a node's index on its level, and the index of the last node on that level (RFC 9162: fn
// and sn).
struct Place {
  uint64_t node;
  uint64_t last;

  void Rise() {
    node >>= 1;
    last >>= 1;
  }

  // True iff the next hash stands to the left. A last node that is a left child has no sibling: the levels that it
  // climbs alone are passed over here.
  bool SiblingIsLeft() {
    if (node % 2 == 0 && node != last) {
      return false;
    }
    while (node % 2 == 0 && node != 0) {
      Rise();
    }
    return true;
  }
};

}  // namespace

absl::StatusOr<Digest> RootFromInclusionProof(uint64_t index, uint64_t size, const Digest& leaf_hash,
                                              std::span<const Digest> proof) {
  if (index >= size) {
    return absl::InvalidArgumentError(absl::StrCat("a tree of size ", size, " has no leaf ", index));
  }
  Place place{index, size - 1};
  Digest root = leaf_hash;
  for (const Digest& sibling : proof) {
    if (place.last == 0) {
      return WrongLength(proof.size());
    }
    root = place.SiblingIsLeft() ? NodeHash(sibling, root) : NodeHash(root, sibling);
    place.Rise();
  }
  if (place.last != 0) {
    return WrongLength(proof.size());
  }
  return root;
}

absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash, std::span<const Digest> proof,
                             const Digest& root) {
  ASSIGN_OR_RETURN(const Digest computed, RootFromInclusionProof(index, size, leaf_hash, proof));
  if (computed != root) {
    return absl::DataLossError(absl::StrCat("the inclusion proof of leaf ", index, " leads to another root"));
  }
  return absl::OkStatus();
}

absl::Status VerifyConsistency(uint64_t size1, uint64_t size2, const Digest& root1, const Digest& root2,
                               std::span<const Digest> proof) {
  if (size1 == 0) {
    return absl::InvalidArgumentError("consistency with an empty tree proves nothing");
  }
  if (size1 > size2) {
    return absl::InvalidArgumentError(absl::StrCat("a tree of size ", size2, " cannot extend one of size ", size1));
  }
  if (size1 == size2) {
    if (!proof.empty()) {
      return WrongLength(proof.size());
    }
    return root1 == root2 ? absl::OkStatus() : absl::DataLossError("two trees of the same size have different roots");
  }
  // Start at the largest perfect subtree that ends where the old tree does. When that is the whole old tree, the proof
  // leaves its hash out.
  const bool seed_is_root1 = std::has_single_bit(size1);
  if (!seed_is_root1 && proof.empty()) {
    return WrongLength(0);
  }
  Place place{size1 - 1, size2 - 1};
  while (place.node % 2 == 1) {
    place.Rise();
  }
  Digest old_root = seed_is_root1 ? root1 : proof.front();
  Digest new_root = old_root;
  for (const Digest& sibling : proof.subspan(seed_is_root1 ? 0 : 1)) {
    if (place.last == 0) {
      return WrongLength(proof.size());
    }
    if (place.SiblingIsLeft()) {
      old_root = NodeHash(sibling, old_root);
      new_root = NodeHash(sibling, new_root);
    } else {
      new_root = NodeHash(new_root, sibling);
    }
    place.Rise();
  }
  if (place.last != 0) {
    return WrongLength(proof.size());
  }
  if (old_root != root1 || new_root != root2) {
    return absl::DataLossError(absl::StrCat("the tree of size ", size2, " does not extend the one of size ", size1));
  }
  return absl::OkStatus();
}

}  // namespace affidavit
