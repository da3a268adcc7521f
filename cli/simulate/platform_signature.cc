#include "cli/simulate/platform_signature.h"

#include <algorithm>
#include <chrono>

#include "core/base/digest.h"
#include "core/base/encoding.h"

namespace affidavit::simulate {
namespace {

std::string HexHmac(std::string_view key, std::string_view body) {
  return HexEncode(AsBytes(HmacSha256(key, {body})));
}

void UpperCase(std::string& text, size_t from) {
  std::transform(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(),
                 text.begin() + static_cast<std::ptrdiff_t>(from),
                 [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
}

// Spoils a right signature; `digits_begin` is where its digits start.
void Misshape(Forgery forgery, bool is_hex, size_t digits_begin, std::string& value) {
  switch (forgery) {
    case Forgery::kNone:
    case Forgery::kOtherSecret:
    case Forgery::kMissing:
      return;
    case Forgery::kTruncated:
      value.pop_back();
      return;
    case Forgery::kUpperCase:
      if (is_hex) {
        UpperCase(value, digits_begin);
        return;
      }
      [[fallthrough]];  // base64 has no case to get wrong
    case Forgery::kNotHex:
      value[digits_begin] = '!';
      return;
  }
}

}  // namespace

Headers SignatureHeaders(const SigningSecret& secret, const Post& post, TimePoint now) {
  const std::string key = post.forgery == Forgery::kOtherSecret ? secret.bytes + "?" : secret.bytes;
  Headers headers;
  std::string name = secret.header, value;
  size_t digits_begin = 0;
  bool is_hex = true;
  switch (secret.scheme) {
    case SignatureScheme::kHmacSha256Hex:
      value = HexHmac(key, post.body);
      break;
    case SignatureScheme::kSha256Hex:
      value = "sha256=" + HexHmac(key, post.body);
      digits_begin = 7;
      break;
    case SignatureScheme::kSha256Base64:
      value = "sha256=" + Base64Encode(AsBytes(HmacSha256(key, {post.body})));
      digits_begin = 7;
      is_hex = false;
      break;
    case SignatureScheme::kStandardWebhooks: {
      const std::string id = "msg_" + std::to_string(post.identity);
      const auto second = std::chrono::floor<std::chrono::seconds>(now);
      const std::string time = std::to_string(second.time_since_epoch().count());
      headers = {{"webhook-id", id}, {"webhook-timestamp", time}};
      name = "webhook-signature";
      value = "v1," + Base64Encode(AsBytes(HmacSha256(key, {id, ".", time, ".", post.body})));
      digits_begin = 3;
      is_hex = false;
      break;
    }
  }
  if (post.forgery != Forgery::kMissing) {
    Misshape(post.forgery, is_hex, digits_begin, value);
    headers.emplace_back(std::move(name), std::move(value));
  }
  return headers;
}

}  // namespace affidavit::simulate
