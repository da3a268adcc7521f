#include "core/merkle/hash.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit {

using std::literals::operator""sv;

Digest LeafHash(std::string_view leaf) {
  return Sha256({"\x00"sv, leaf});
}

Digest NodeHash(const Digest& left, const Digest& right) {
  return Sha256({"\x01"sv, AsBytes(left), AsBytes(right)});
}

const Digest& EmptyRoot() {
  static const Digest root = Sha256("");
  return root;
}

absl::StatusOr<Digest> ParseHash(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) {
    return absl::InvalidArgumentError(absl::StrCat("a hash has 32 bytes, not ", bytes.size()));
  }
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

absl::StatusOr<std::vector<Digest>> ParseHashes(std::span<const std::string> hashes) {
  std::vector<Digest> digests;
  digests.reserve(hashes.size());
  for (const std::string& hash : hashes) {
    ASSIGN_OR_RETURN(const Digest digest, ParseHash(hash));
    digests.push_back(digest);
  }
  return digests;
}

}  // namespace affidavit
