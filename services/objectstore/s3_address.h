// Where a bucket lives. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "config/config.h"

namespace affidavit::objectstore {

struct S3Address {
  std::string origin;  // "https://bucket.s3.eu-west-1.amazonaws.com", without a path
  std::string host;    // the Host header
  std::string base;    // "" or "/bucket": what comes before "/key" in the path, not encoded (names need none)
};

// From endpoint (http(s)://host[:port], or AWS's own for the region), bucket and path_style. INVALID_ARGUMENT says what
// is wrong.
absl::StatusOr<S3Address> AddressOf(const config::ObjectStoreConfig& config);

// The raw path of `key` (empty: of the bucket itself), to be encoded once.
std::string PathOf(const S3Address& address, std::string_view key);

}  // namespace affidavit::objectstore
