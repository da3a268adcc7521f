// The Merkle tree of RFC 6962 section 2.1 as the RFC writes it: slow, recursive, and without a line of the code that it
// checks but SHA-256. A tree may be of any size: leaves that are not given have the content "", and only paths to given
// ones are hashed anew.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/digest.h"

namespace affidavit {

class ReferenceTree {
 public:
  // `leaves`: content by index.
  explicit ReferenceTree(std::map<uint64_t, std::string> leaves) : leaves_(std::move(leaves)) {}

  // With the content "leaf <index>" for each of the first `size` leaves.
  static ReferenceTree Dense(uint64_t size);

  // MTH(D[begin:end]).
  Digest Mth(uint64_t begin, uint64_t end);

  // PATH(index, D[size]).
  std::vector<Digest> Path(uint64_t index, uint64_t size);

  // PROOF(size1, D[size2]).
  std::vector<Digest> Proof(uint64_t size1, uint64_t size2);

 private:
  using Range = std::pair<uint64_t, uint64_t>;

  void AppendPath(uint64_t m, Range range, std::vector<Digest>& path);
  void AppendSubproof(uint64_t m, Range range, bool whole, std::vector<Digest>& proof);

  std::map<uint64_t, std::string> leaves_;
  std::map<Range, Digest> known_;          // ranges with given leaves
  std::map<uint64_t, Digest> known_void_;  // ranges without, by their number of leaves
};

}  // namespace affidavit
