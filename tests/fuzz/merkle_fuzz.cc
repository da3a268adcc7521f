// Plans name complete nodes only, whatever the sizes; verifiers take any proof without harm and accept none but the one
// of a tree: here all leaves are alike, so every hash is known and the right proof can be made at any size.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/merkle/hash.h"
#include "core/merkle/proof.h"
#include "core/merkle/tile.h"
#include "core/merkle/verify.h"

namespace {

using affidavit::Digest;

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// The perfect node of each level over leaves that are all alike.
const std::array<Digest, 64>& Levels() {
  static const std::array<Digest, 64> levels = [] {
    std::array<Digest, 64> made;
    made[0] = affidavit::LeafHash("");
    for (size_t i = 1; i < made.size(); ++i) {
      made[i] = affidavit::NodeHash(made[i - 1], made[i - 1]);
    }
    return made;
  }();
  return levels;
}

Digest Root(uint64_t size) {
  const std::vector<affidavit::NodeId> nodes = affidavit::CoverRange(0, size);
  Digest root = Levels()[nodes.back().level];
  for (size_t i = nodes.size() - 1; i > 0; --i) {
    root = affidavit::NodeHash(Levels()[nodes[i - 1].level], root);
  }
  return root;
}

std::vector<Digest> Assemble(const affidavit::ProofPlan& plan, uint64_t size) {
  Require(affidavit::PlanTiles(plan.nodes, size).ok());
  std::vector<Digest> hashes;
  for (const affidavit::NodeId& node : plan.nodes) {
    hashes.push_back(Levels()[node.level]);
  }
  return affidavit::AssembleProof(plan, hashes).value();
}

// Takes integers, then hashes, off the input; zeros when it is used up.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  template <typename T>
  T Take() {
    T value{};
    const size_t taken = std::min(sizeof(T), size_);
    std::memcpy(&value, data_, taken);
    data_ += taken;
    size_ -= taken;
    return value;
  }

  std::vector<Digest> TakeHashes() {
    std::vector<Digest> hashes;
    while (size_ > 0) {
      hashes.push_back(Take<Digest>());
    }
    return hashes;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const auto size1 = input.Take<uint64_t>();
  const auto size2 = input.Take<uint64_t>();
  const std::vector<Digest> hashes = input.TakeHashes();
  const Digest leaf = Levels()[0];
  const Digest other = hashes.empty() ? Digest{} : hashes[0];

  const auto inclusion = affidavit::PlanInclusion(size1, size2);
  Require(inclusion.ok() == (size1 < size2));
  if (inclusion.ok()) {
    const std::vector<Digest> proof = Assemble(*inclusion, size2);
    Require(affidavit::VerifyInclusion(size1, size2, leaf, proof, Root(size2)).ok());
    Require(affidavit::VerifyInclusion(size1, size2, leaf, hashes, Root(size2)).ok() == (hashes == proof));
    Require(affidavit::VerifyInclusion(size1, size2, other, proof, Root(size2)).ok() == (other == leaf));
  } else {
    Require(!affidavit::VerifyInclusion(size1, size2, leaf, hashes, other).ok());
  }

  const auto consistency = affidavit::PlanConsistency(size1, size2);
  Require(consistency.ok() == (size1 > 0 && size1 <= size2));
  if (consistency.ok()) {
    const std::vector<Digest> proof = Assemble(*consistency, size2);
    Require(affidavit::VerifyConsistency(size1, size2, Root(size1), Root(size2), proof).ok());
    Require(affidavit::VerifyConsistency(size1, size2, Root(size1), Root(size2), hashes).ok() == (hashes == proof));
    Require(affidavit::VerifyConsistency(size1, size2, other, Root(size2), proof).ok() == (other == Root(size1)));
  } else {
    Require(!affidavit::VerifyConsistency(size1, size2, other, other, hashes).ok());
  }
  return 0;
}
