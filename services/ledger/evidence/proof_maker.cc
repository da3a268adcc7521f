#include "services/ledger/evidence/proof_maker.h"

#include <utility>

#include "core/base/status_macros.h"
#include "core/merkle/compact_range.h"
#include "core/merkle/verify.h"

namespace affidavit::ledger {
namespace {

using Proofs = std::vector<std::vector<Digest>>;

}  // namespace

absl::StatusOr<Proofs> ProofMaker::ProveInclusion(std::span<const LeafPlace> leaves, uint64_t tree_size,
                                                  const SignedTree& signed_tree, const TileSource& source) {
  absl::StatusOr<Proofs> proofs = TryInclusion(leaves, tree_size, signed_tree, source);
  if (absl::IsDataLoss(proofs.status())) {
    cache_.Clear();  // of another history, perhaps
    proofs = TryInclusion(leaves, tree_size, signed_tree, source);
  }
  return proofs;
}

absl::StatusOr<ConsistencyProof> ProofMaker::ProveConsistency(uint64_t first_size, uint64_t second_size,
                                                              const SignedTree& signed_tree, const TileSource& source) {
  absl::StatusOr<ConsistencyProof> proof = TryConsistency(first_size, second_size, signed_tree, source);
  if (absl::IsDataLoss(proof.status())) {
    cache_.Clear();
    proof = TryConsistency(first_size, second_size, signed_tree, source);
  }
  return proof;
}

absl::StatusOr<Proofs> ProofMaker::TryInclusion(std::span<const LeafPlace> leaves, uint64_t tree_size,
                                                const SignedTree& signed_tree, const TileSource& source) {
  std::vector<ProofPlan> plans;
  for (const LeafPlace& leaf : leaves) {
    ASSIGN_OR_RETURN(ProofPlan plan, PlanInclusion(leaf.index, tree_size));
    plans.push_back(std::move(plan));
  }
  ASSIGN_OR_RETURN(Proofs proofs, Assemble(plans, tree_size, source));
  ASSIGN_OR_RETURN(const Digest root, ReadRoot(tree_size, signed_tree, source));
  for (size_t i = 0; i < leaves.size(); ++i) {
    RETURN_IF_ERROR(VerifyInclusion(leaves[i].index, tree_size, leaves[i].hash, proofs[i], root));
  }
  return proofs;
}

absl::StatusOr<ConsistencyProof> ProofMaker::TryConsistency(uint64_t first_size, uint64_t second_size,
                                                            const SignedTree& signed_tree, const TileSource& source) {
  ASSIGN_OR_RETURN(const ProofPlan plan, PlanConsistency(first_size, second_size));
  ASSIGN_OR_RETURN(Proofs proofs, Assemble({&plan, 1}, second_size, source));
  ConsistencyProof proof{.hashes = std::move(proofs.front())};
  ASSIGN_OR_RETURN(proof.first_root, ReadRoot(first_size, signed_tree, source));
  ASSIGN_OR_RETURN(proof.second_root, ReadRoot(second_size, signed_tree, source));
  RETURN_IF_ERROR(VerifyConsistency(first_size, second_size, proof.first_root, proof.second_root, proof.hashes));
  return proof;
}

absl::StatusOr<Digest> ProofMaker::ReadRoot(uint64_t tree_size, const SignedTree& signed_tree,
                                            const TileSource& source) {
  if (tree_size == signed_tree.size) {
    return signed_tree.root;
  }
  ASSIGN_OR_RETURN(std::vector<Digest> hashes, ReadNodes(CoverRange(0, tree_size), tree_size, source));
  ASSIGN_OR_RETURN(const CompactRange range, CompactRange::FromHashes(0, tree_size, std::move(hashes)));
  ASSIGN_OR_RETURN(const Digest root, range.Root());
  ASSIGN_OR_RETURN(const ProofPlan plan, PlanConsistency(tree_size, signed_tree.size));
  ASSIGN_OR_RETURN(const Proofs proofs, Assemble({&plan, 1}, signed_tree.size, source));
  RETURN_IF_ERROR(VerifyConsistency(tree_size, signed_tree.size, root, signed_tree.root, proofs.front()));
  return root;
}

absl::StatusOr<Proofs> ProofMaker::Assemble(std::span<const ProofPlan> plans, uint64_t tree_size,
                                            const TileSource& source) {
  std::vector<NodeId> nodes;
  for (const ProofPlan& plan : plans) {
    nodes.insert(nodes.end(), plan.nodes.begin(), plan.nodes.end());
  }
  ASSIGN_OR_RETURN(const std::vector<Digest> hashes, ReadNodes(nodes, tree_size, source));
  Proofs proofs;
  std::span<const Digest> rest(hashes);
  for (const ProofPlan& plan : plans) {
    ASSIGN_OR_RETURN(std::vector<Digest> proof, AssembleProof(plan, rest.first(plan.nodes.size())));
    proofs.push_back(std::move(proof));
    rest = rest.subspan(plan.nodes.size());
  }
  return proofs;
}

absl::StatusOr<std::vector<Digest>> ProofMaker::ReadNodes(std::span<const NodeId> nodes, uint64_t tree_size,
                                                          const TileSource& source) {
  ASSIGN_OR_RETURN(const std::vector<TileId> wanted, PlanTiles(nodes, tree_size));
  TileMap tiles = cache_.Find(wanted);
  std::vector<TileId> missing;
  for (const TileId& tile : wanted) {
    if (!tiles.contains(tile)) {
      missing.push_back(tile);
    }
  }
  if (!missing.empty()) {
    ASSIGN_OR_RETURN(TileMap read, source(missing));
    cache_.Add(read);
    tiles.merge(read);
  }
  return HashesFromTiles(nodes, tree_size, tiles);
}

}  // namespace affidavit::ledger
