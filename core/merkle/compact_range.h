// The least that must be kept of the leaves [begin, end) to go on building the tree: the hashes of the perfect nodes
// that cover them, O(log n). Ranges that touch merge, so parts of a log can be folded apart and put together.
//
// Not thread-safe; copies are independent. Invariant: hashes() belong to CoverRange(begin(), end()), one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/merkle/node_id.h"

namespace affidavit {

class CompactRange {
 public:
  // Called for each perfect node that comes into being, the leaf itself included, children before parents.
  using NodeVisitor = std::function<void(const NodeId&, const Digest&)>;

  // Empty, at `begin`: nothing but what is appended or merged next.
  explicit CompactRange(uint64_t begin = 0) : begin_(begin), end_(begin) {}

  // From stored hashes. INVALID_ARGUMENT when begin > end, or unless there is one hash for each node of
  // CoverRange(begin, end).
  static absl::StatusOr<CompactRange> FromHashes(uint64_t begin, uint64_t end, std::vector<Digest> hashes);

  // Adds the leaf with the index end(). REQUIRES: end() < 2^64 - 1.
  void Append(const Digest& leaf_hash, const NodeVisitor& visit = nullptr);

  // Adds all of `next`. INVALID_ARGUMENT unless it begins at end().
  absl::Status Merge(const CompactRange& next, const NodeVisitor& visit = nullptr);

  // The tree's root, RFC 6962 section 2.1. FAILED_PRECONDITION unless begin() is 0.
  absl::StatusOr<Digest> Root() const;

  uint64_t begin() const { return begin_; }
  uint64_t end() const { return end_; }
  const std::vector<Digest>& hashes() const { return hashes_; }

 private:
  // Adds the perfect node that begins at end_, and folds what it completes.
  void Push(uint32_t level, Digest hash, const NodeVisitor& visit);

  uint64_t begin_;
  uint64_t end_;
  std::vector<Digest> hashes_;
};

}  // namespace affidavit
