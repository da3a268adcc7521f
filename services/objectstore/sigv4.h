// AWS Signature Version 4 by the rules of S3: the path is encoded once and never normalised, every header that is given
// is signed, and the payload is signed by its digest. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.h"

namespace affidavit::objectstore {

using NameValues = std::vector<std::pair<std::string, std::string>>;

// What is signed. The path is as the server is to understand it: raw bytes, beginning with '/'.
struct SignableRequest {
  std::string_view method;
  std::string_view path;
  NameValues query;               // raw; a subresource such as "retention" has an empty value
  NameValues headers;             // with Host; of several of one name, the values are joined in their order
  std::string_view payload_hash;  // x-amz-content-sha256: lower-case hex, or UNSIGNED-PAYLOAD
};

struct SigningScope {
  std::string access_key_id, secret_access_key;
  std::string region;
  std::string service = "s3";
  TimePoint time;  // as in x-amz-date
};

// All but A-Z a-z 0-9 - . _ ~ as %XX, upper-case hex; '/' too unless it separates a path.
enum class Slashes { kEncode, kKeep };
std::string UriEncode(std::string_view raw, Slashes slashes);

// "name=value&…" sorted by encoded name, then value; "name=" for an empty value. What goes over the wire as well.
std::string CanonicalQuery(const NameValues& query);

// "20130524T000000Z". REQUIRES: IsRepresentable(time).
std::string AmzDate(TimePoint time);

std::string SignedHeaders(const NameValues& headers);
std::string CanonicalRequest(const SignableRequest& request);
std::string StringToSign(std::string_view canonical_request, const SigningScope& scope);
std::string Signature(std::string_view string_to_sign, const SigningScope& scope);

// The value of the Authorization header.
std::string Authorization(const SignableRequest& request, const SigningScope& scope);

}  // namespace affidavit::objectstore
