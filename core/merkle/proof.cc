#include "core/merkle/proof.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/merkle/hash.h"

namespace affidavit {
namespace {

struct Range {
  uint64_t begin;
  uint64_t end;
};

// The subtrees whose roots make the proof, top-down as the RFC's recursion meets them; the proof runs the other way.
ProofPlan PlanRanges(const std::vector<Range>& top_down) {
  ProofPlan plan;
  for (auto range = top_down.rbegin(); range != top_down.rend(); ++range) {
    const std::vector<NodeId> cover = CoverRange(range->begin, range->end);
    if (cover.size() > 1) {
      plan.fold_begin = plan.nodes.size();
      plan.fold_end = plan.fold_begin + cover.size();
    }
    plan.nodes.insert(plan.nodes.end(), cover.begin(), cover.end());
  }
  return plan;
}

}  // namespace

absl::StatusOr<ProofPlan> PlanInclusion(uint64_t index, uint64_t size) {
  if (index >= size) {
    return absl::InvalidArgumentError(absl::StrCat("a tree of size ", size, " has no leaf ", index));
  }
  // PATH(m, D[n]) of the RFC: at each split keep the half without the leaf.
  std::vector<Range> path;
  for (Range tree{0, size}; tree.end - tree.begin > 1;) {
    const uint64_t split = tree.begin + SplitPoint(tree.end - tree.begin);
    if (index < split) {
      path.push_back({split, tree.end});
      tree.end = split;
    } else {
      path.push_back({tree.begin, split});
      tree.begin = split;
    }
  }
  return PlanRanges(path);
}

absl::StatusOr<ProofPlan> PlanConsistency(uint64_t size1, uint64_t size2) {
  if (size1 == 0) {
    return absl::InvalidArgumentError("everything extends the empty tree: there is nothing to prove");
  }
  if (size1 > size2) {
    return absl::InvalidArgumentError(absl::StrCat("a tree of size ", size2, " cannot extend one of size ", size1));
  }
  // SUBPROOF(m, D[n], b) of the RFC: descend along the old tree's right edge to the subtree that ends where the old
  // tree does.
  std::vector<Range> path;
  Range tree{0, size2};
  while (tree.end != size1) {
    const uint64_t split = tree.begin + SplitPoint(tree.end - tree.begin);
    if (size1 <= split) {
      path.push_back({split, tree.end});
      tree.end = split;
    } else {
      path.push_back({tree.begin, split});
      tree.begin = split;
    }
  }
  // When that subtree is the whole old tree, the verifier has its root already.
  if (tree.begin != 0) {
    path.push_back(tree);
  }
  return PlanRanges(path);
}

absl::StatusOr<std::vector<Digest>> AssembleProof(const ProofPlan& plan, std::span<const Digest> hashes) {
  if (hashes.size() != plan.nodes.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a proof of ", plan.nodes.size(), " nodes cannot be made from ", hashes.size(), " hashes"));
  }
  const std::span<const Digest> before = hashes.first(plan.fold_begin);
  std::vector<Digest> proof(before.begin(), before.end());
  if (plan.fold_begin < plan.fold_end) {
    Digest folded = hashes[plan.fold_end - 1];
    for (size_t i = plan.fold_end - 1; i > plan.fold_begin; --i) {
      folded = NodeHash(hashes[i - 1], folded);
    }
    proof.push_back(folded);
  }
  const std::span<const Digest> after = hashes.subspan(plan.fold_end);
  proof.insert(proof.end(), after.begin(), after.end());
  return proof;
}

}  // namespace affidavit
