// What lies at a JSON pointer of a payload, and whether payloads of its version ever have such a field. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/envelope/profile.h"

namespace affidavit::cli {

// The value as JSON text, as it stands in `body` but without white space between tokens: numbers keep their digits and
// strings their escapes. Nothing: absent. Of members with the same name the last counts, as in jsonb. INVALID_ARGUMENT
// when `body` is no JSON, or deeper than we read.
absl::StatusOr<std::optional<std::string>> FindField(std::string_view body, const JsonPointer& pointer);

// Whether one of `fields` ("POINTER TYPE" of a shape, core/schema/shape.h) is at `pointer`: elements of an array are
// "-" there, members of a map-like object "*".
bool HasField(const std::vector<std::string>& fields, const JsonPointer& pointer);

// Whether a shape with these fields may have more than it says: it was cut.
bool IsCut(const std::vector<std::string>& fields);

}  // namespace affidavit::cli
