#include "services/objectstore/s3_address.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "core/base/text.h"

namespace affidavit::objectstore {
namespace {

struct EndpointParts {
  std::string scheme;     // "https://"
  std::string authority;  // host[:port], in lower case, without a port that goes without saying
};

bool IsBucketName(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
         });
}

bool IsAuthority(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("-.:[]_").find(c) != std::string::npos;
  });
}

std::string DefaultEndpoint(const std::string& region) {
  const bool is_china = region.rfind("cn-", 0) == 0;
  return Concat({"https://s3.", region, is_china ? ".amazonaws.com.cn" : ".amazonaws.com"});
}

absl::StatusOr<EndpointParts> SplitEndpoint(const std::string& endpoint) {
  const size_t slashes = endpoint.find("://");
  EndpointParts parts;
  if (slashes != std::string::npos) {
    parts.scheme = absl::AsciiStrToLower(endpoint.substr(0, slashes + 3));
    parts.authority = absl::AsciiStrToLower(endpoint.substr(slashes + 3));
  }
  if (!parts.authority.empty() && parts.authority.back() == '/') {
    parts.authority.pop_back();
  }
  if ((parts.scheme != "https://" && parts.scheme != "http://") || !IsAuthority(parts.authority)) {
    return absl::InvalidArgumentError("object_store.endpoint: must be http(s)://host[:port]");
  }
  const std::string usual_port = parts.scheme == "https://" ? ":443" : ":80";
  if (parts.authority.ends_with(usual_port)) {
    parts.authority.resize(parts.authority.size() - usual_port.size());
  }
  return parts;
}

}  // namespace

absl::StatusOr<S3Address> AddressOf(const config::ObjectStoreConfig& config) {
  if (!IsBucketName(config.bucket)) {
    return absl::InvalidArgumentError("object_store.bucket: must be the name of a bucket");
  }
  if (!IsAuthority(config.region)) {
    return absl::InvalidArgumentError("object_store.region: must be the name of a region");
  }
  absl::StatusOr<EndpointParts> parts =
      SplitEndpoint(config.endpoint.empty() ? DefaultEndpoint(config.region) : config.endpoint);
  if (!parts.ok()) {
    return std::move(parts).status();
  }
  S3Address address;
  address.host = config.path_style ? parts->authority : Concat({config.bucket, ".", parts->authority});
  address.origin = parts->scheme + address.host;
  address.base = config.path_style ? "/" + config.bucket : "";
  return address;
}

std::string PathOf(const S3Address& address, std::string_view key) {
  if (key.empty()) {
    return address.base.empty() ? "/" : address.base;
  }
  return Concat({address.base, "/", key});
}

}  // namespace affidavit::objectstore
