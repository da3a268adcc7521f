// A JSON text as values that schemas and payloads are compared by. Not Boost.JSON's own parser, because a payload that
// is valid JSON must never fail for its numbers or surrogates. Pure, thread-safe, safe on any input.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "boost/json/value.hpp"

namespace affidavit::schema {

// INVALID_ARGUMENT: not JSON in UTF-8; OUT_OF_RANGE: deeper than `depth_max` objects and arrays (at most 512).
// - Numbers without a fraction below 2^53 in magnitude, and integers of 64 bits, are int64; all others doubles, the
//   largest where none is large enough.
// - U+0000 and what holds an unpaired surrogate read as U+FFFD.
// - Of a member that is there twice the last counts, as in jsonb.
absl::StatusOr<boost::json::value> ReadDocument(std::string_view text, size_t depth_max);

}  // namespace affidavit::schema
