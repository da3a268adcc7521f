// RFC 8785 (JCS) output for JSON documents of others, such as schemas: numbers of any kind, which the canonical JSON of
// our own documents (core/base/canonical_json.h) has no use for. One difference to the RFC: integers keep all their
// digits, so that none is rounded to a double. Pure, thread-safe, safe on any input.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace affidavit {

// INVALID_ARGUMENT, saying what is wrong without repeating it: not JSON in UTF-8, deeper than `depth_max` objects and
// arrays, a member that is there twice, an unpaired surrogate, a NUL, a number that no double holds.
absl::StatusOr<std::string> CanonicalDocument(std::string_view text, size_t depth_max);

// Of a document that is an object: its members, each value as CanonicalDocument would say it.
absl::StatusOr<std::map<std::string, std::string, std::less<>>> CanonicalMembers(std::string_view text,
                                                                                 size_t depth_max);

}  // namespace affidavit
