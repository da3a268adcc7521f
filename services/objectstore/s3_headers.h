// An object's facts in HTTP headers, both ways. Pure, thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/objectstore/object_store.h"
#include "services/objectstore/sigv4.h"

namespace affidavit::objectstore {

// "Tue, 24 Nov 2026 15:10:15 GMT" (RFC 9110's IMF-fixdate); nothing for any other form.
std::optional<TimePoint> ParseHttpDate(std::string_view text);

// Of a HEAD or GET answer, whose header names are in lower case. The key is the caller's to fill in.
ObjectInfo InfoOfHeaders(const std::map<std::string, std::string>& headers);

// INVALID_ARGUMENT unless it is what object_store.h says of Metadata, at most 2 KiB in all.
absl::Status CheckMetadata(const Metadata& metadata);

// What a PUT says beyond its body and checksums.
NameValues HeadersOfPut(const PutRequest& request);

}  // namespace affidavit::objectstore
