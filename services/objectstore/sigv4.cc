#include "services/objectstore/sigv4.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/text.h"

namespace affidavit::objectstore {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

bool IsUnreserved(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Without spaces at the ends; a run of them inside counts as one.
std::string TrimmedValue(std::string_view value) {
  std::string trimmed;
  for (const char c : TrimHttpSpace(value)) {
    if (c != ' ' || trimmed.empty() || trimmed.back() != ' ') {
      trimmed += c;
    }
  }
  return trimmed;
}

// By name in lower case. A map sorts names as the standard wants it: "x-amz-meta-a" before "x-amz-meta-a-b".
std::map<std::string, std::string> CanonicalHeaders(const NameValues& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    const auto [at, is_new] = canonical.try_emplace(absl::AsciiStrToLower(name), TrimmedValue(value));
    if (!is_new) {
      at->second += "," + TrimmedValue(value);
    }
  }
  return canonical;
}

std::string CredentialScope(const SigningScope& scope) {
  return Concat({AmzDate(scope.time).substr(0, 8), "/", scope.region, "/", scope.service, "/aws4_request"});
}

}  // namespace

std::string UriEncode(std::string_view raw, Slashes slashes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(raw.size());
  for (const char c : raw) {
    if (IsUnreserved(c) || (c == '/' && slashes == Slashes::kKeep)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kHex[byte >> 4], kHex[byte & 0xF]};
    }
  }
  return encoded;
}

std::string CanonicalQuery(const NameValues& query) {
  NameValues encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(UriEncode(name, Slashes::kEncode), UriEncode(value, Slashes::kEncode));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    text += Concat({text.empty() ? "" : "&", name, "=", value});
  }
  return text;
}

std::string AmzDate(TimePoint time) {
  std::string date;
  for (const char c : FormatRfc3339(time).substr(0, 19)) {  // 2013-05-24T00:00:00
    if (c != '-' && c != ':') {
      date += c;
    }
  }
  return date + "Z";
}

std::string SignedHeaders(const NameValues& headers) {
  std::string names;
  for (const auto& [name, value] : CanonicalHeaders(headers)) {
    names += (names.empty() ? "" : ";") + name;
  }
  return names;
}

std::string CanonicalRequest(const SignableRequest& request) {
  std::string headers;
  for (const auto& [name, value] : CanonicalHeaders(request.headers)) {
    headers += Concat({name, ":", value, "\n"});
  }
  return Concat({request.method, "\n", UriEncode(request.path, Slashes::kKeep), "\n", CanonicalQuery(request.query),
                 "\n", headers, "\n", SignedHeaders(request.headers), "\n", request.payload_hash});
}

std::string StringToSign(std::string_view canonical_request, const SigningScope& scope) {
  return Concat({kAlgorithm, "\n", AmzDate(scope.time), "\n", CredentialScope(scope), "\n",
                 HexEncode(AsBytes(Sha256(canonical_request)))});
}

std::string Signature(std::string_view string_to_sign, const SigningScope& scope) {
  const Digest date_key = HmacSha256("AWS4" + scope.secret_access_key, {AmzDate(scope.time).substr(0, 8)});
  const Digest region_key = HmacSha256(AsBytes(date_key), {scope.region});
  const Digest service_key = HmacSha256(AsBytes(region_key), {scope.service});
  const Digest signing_key = HmacSha256(AsBytes(service_key), {"aws4_request"});
  return HexEncode(AsBytes(HmacSha256(AsBytes(signing_key), {string_to_sign})));
}

std::string Authorization(const SignableRequest& request, const SigningScope& scope) {
  return Concat({kAlgorithm, " Credential=", scope.access_key_id, "/", CredentialScope(scope),
                 ",SignedHeaders=", SignedHeaders(request.headers),
                 ",Signature=", Signature(StringToSign(CanonicalRequest(request), scope), scope)});
}

}  // namespace affidavit::objectstore
