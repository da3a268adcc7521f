#include "core/merkle/compact_range.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/merkle/hash.h"

namespace affidavit {

absl::StatusOr<CompactRange> CompactRange::FromHashes(uint64_t begin, uint64_t end, std::vector<Digest> hashes) {
  if (begin > end) {
    return absl::InvalidArgumentError(absl::StrCat("a range cannot begin at ", begin, " and end at ", end));
  }
  if (const size_t expected = CoverRange(begin, end).size(); hashes.size() != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("the range ", begin, " to ", end, " has ", expected, " hashes, not ", hashes.size()));
  }
  CompactRange range(begin);
  range.end_ = end;
  range.hashes_ = std::move(hashes);
  return range;
}

void CompactRange::Append(const Digest& leaf_hash, const NodeVisitor& visit) {
  if (visit) {
    visit({0, end_}, leaf_hash);
  }
  Push(0, leaf_hash, visit);
}

absl::Status CompactRange::Merge(const CompactRange& next, const NodeVisitor& visit) {
  if (next.begin_ != end_) {
    return absl::InvalidArgumentError(
        absl::StrCat("a range that begins at ", next.begin_, " cannot follow one that ends at ", end_));
  }
  const std::vector<NodeId> nodes = CoverRange(next.begin_, next.end_);
  for (size_t i = 0; i < nodes.size(); ++i) {
    Push(nodes[i].level, next.hashes_[i], visit);
  }
  return absl::OkStatus();
}

void CompactRange::Push(uint32_t level, Digest hash, const NodeVisitor& visit) {
  uint64_t index = end_ >> level;
  end_ += uint64_t{1} << level;
  // A right child completes its parent when its left sibling lies within the range, and then that sibling's hash is the
  // last.
  while (index % 2 == 1 && (index - 1) << level >= begin_) {
    hash = NodeHash(hashes_.back(), hash);
    hashes_.pop_back();
    index /= 2;
    ++level;
    if (visit) {
      visit({level, index}, hash);
    }
  }
  hashes_.push_back(hash);
}

absl::StatusOr<Digest> CompactRange::Root() const {
  if (begin_ != 0) {
    return absl::FailedPreconditionError("only a range that begins at leaf 0 has a root");
  }
  if (hashes_.empty()) {
    return EmptyRoot();
  }
  Digest root = hashes_.back();
  for (size_t i = hashes_.size() - 1; i > 0; --i) {
    root = NodeHash(hashes_[i - 1], root);
  }
  return root;
}

}  // namespace affidavit
