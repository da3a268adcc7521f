// Inclusion and consistency proofs (RFC 9162 sections 2.1.3 and 2.1.4), made in two steps so that nothing here reads
// anything: a plan names the nodes, the caller fetches their hashes, AssembleProof makes the proof of them. Pure,
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/merkle/node_id.h"

namespace affidavit {

// Every node is complete at the tree size, so its hash is stored or follows from stored ones. At most one hash of a
// proof belongs to a subtree that is not perfect (the ragged right edge): it is made from nodes[fold_begin, fold_end),
// right to left.
struct ProofPlan {
  std::vector<NodeId> nodes;  // in the order of the proof
  size_t fold_begin = 0;
  size_t fold_end = 0;  // fold_begin == fold_end: nothing to fold

  bool operator==(const ProofPlan&) const = default;
};

// INVALID_ARGUMENT unless index < size.
absl::StatusOr<ProofPlan> PlanInclusion(uint64_t index, uint64_t size);

// INVALID_ARGUMENT unless 0 < size1 <= size2. Equal sizes need no nodes: their proof is empty.
absl::StatusOr<ProofPlan> PlanConsistency(uint64_t size1, uint64_t size2);

// The proof, from the leaf's side to the root's. `hashes` are those of plan.nodes, one by one: INVALID_ARGUMENT unless
// as many.
absl::StatusOr<std::vector<Digest>> AssembleProof(const ProofPlan& plan, std::span<const Digest> hashes);

}  // namespace affidavit
