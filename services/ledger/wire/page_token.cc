#include "services/ledger/wire/page_token.h"

#include "core/base/digest.h"
#include "core/base/encoding.h"

namespace affidavit::ledger {
namespace {

constexpr char kVersion = 1;
constexpr size_t kNumberSize = 8;
constexpr size_t kDigestSize = 16;  // finds mistakes; there is nobody to keep out
constexpr size_t kTokenSize = 1 + 2 * kNumberSize + kDigestSize;
constexpr int kByteBits = 8;

void AppendNumber(int64_t number, std::string& out) {
  for (int shift = (kNumberSize - 1) * kByteBits; shift >= 0; shift -= kByteBits) {
    out += static_cast<char>(static_cast<uint64_t>(number) >> shift);
  }
}

int64_t ReadNumber(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes.substr(0, kNumberSize)) {
    number = number << kByteBits | static_cast<uint8_t>(byte);
  }
  return static_cast<int64_t>(number);
}

}  // namespace

std::string EncodePageToken(const PageToken& token, std::string_view listing) {
  std::string bytes(1, kVersion);
  AppendNumber(token.tree_size, bytes);
  AppendNumber(token.next_leaf_index, bytes);
  // Over the token's own numbers too: a damaged token is no token.
  const Digest digest = Sha256({"affidavit.page_token.v1", bytes, listing});
  bytes += AsBytes(digest).substr(0, kDigestSize);
  return Base64Encode(bytes);
}

std::optional<PageToken> DecodePageToken(std::string_view text, std::string_view listing) {
  const std::optional<std::string> bytes = Base64Decode(text);
  if (!bytes || bytes->size() != kTokenSize) {
    return std::nullopt;
  }
  const PageToken token{.tree_size = ReadNumber(std::string_view(*bytes).substr(1)),
                        .next_leaf_index = ReadNumber(std::string_view(*bytes).substr(1 + kNumberSize))};
  // Encoding is one to one, so that making the token again checks version, listing and every byte.
  if (token.next_leaf_index < 0 || token.next_leaf_index >= token.tree_size ||
      EncodePageToken(token, listing) != text) {
    return std::nullopt;
  }
  return token;
}

}  // namespace affidavit::ledger
