#include "tests/unit/core/merkle/reference_tree.h"

namespace affidavit {
namespace {

// "the largest power of two smaller than n"
uint64_t Split(uint64_t n) {
  uint64_t k = 1;
  while (k < n - k) {
    k += k;
  }
  return k;
}

std::string Text(const Digest& digest) {
  return std::string(digest.begin(), digest.end());
}

}  // namespace

ReferenceTree ReferenceTree::Dense(uint64_t size) {
  std::map<uint64_t, std::string> leaves;
  for (uint64_t i = 0; i < size; ++i) {
    leaves[i] = "leaf " + std::to_string(i);
  }
  return ReferenceTree(std::move(leaves));
}

Digest ReferenceTree::Mth(uint64_t begin, uint64_t end) {
  if (begin == end) {
    return Sha256("");
  }
  const auto given = leaves_.lower_bound(begin);
  const bool is_void = given == leaves_.end() || given->first >= end;
  if (is_void) {
    if (const auto known = known_void_.find(end - begin); known != known_void_.end()) {
      return known->second;
    }
  } else if (const auto known = known_.find({begin, end}); known != known_.end()) {
    return known->second;
  }
  Digest hash;
  if (end - begin == 1) {
    hash = Sha256(std::string(1, '\x00') + (is_void ? "" : given->second));
  } else {
    const uint64_t k = Split(end - begin);
    hash = Sha256(std::string(1, '\x01') + Text(Mth(begin, begin + k)) + Text(Mth(begin + k, end)));
  }
  if (is_void) {
    known_void_[end - begin] = hash;
  } else {
    known_[{begin, end}] = hash;
  }
  return hash;
}

std::vector<Digest> ReferenceTree::Path(uint64_t index, uint64_t size) {
  std::vector<Digest> path;
  AppendPath(index, {0, size}, path);
  return path;
}

void ReferenceTree::AppendPath(uint64_t m, Range range, std::vector<Digest>& path) {
  const auto [begin, end] = range;
  if (end - begin == 1) {
    return;
  }
  const uint64_t k = Split(end - begin);
  if (m < k) {
    AppendPath(m, {begin, begin + k}, path);
    path.push_back(Mth(begin + k, end));
  } else {
    AppendPath(m - k, {begin + k, end}, path);
    path.push_back(Mth(begin, begin + k));
  }
}

std::vector<Digest> ReferenceTree::Proof(uint64_t size1, uint64_t size2) {
  std::vector<Digest> proof;
  AppendSubproof(size1, {0, size2}, /*whole=*/true, proof);
  return proof;
}

void ReferenceTree::AppendSubproof(uint64_t m, Range range, bool whole, std::vector<Digest>& proof) {
  const auto [begin, end] = range;
  if (m == end - begin) {
    if (!whole) {
      proof.push_back(Mth(begin, end));
    }
    return;
  }
  const uint64_t k = Split(end - begin);
  if (m <= k) {
    AppendSubproof(m, {begin, begin + k}, whole, proof);
    proof.push_back(Mth(begin + k, end));
  } else {
    AppendSubproof(m - k, {begin + k, end}, /*whole=*/false, proof);
    proof.push_back(Mth(begin, begin + k));
  }
}

}  // namespace affidavit
