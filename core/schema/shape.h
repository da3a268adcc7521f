// The structural shape of a payload: which JSON pointers it has, and of which JSON types, without any value. What the
// schema registry learns from traffic. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/envelope/profile.h"

namespace affidavit {

inline constexpr size_t kShapeFieldsMax = 2'000;
inline constexpr size_t kShapePointerSizeMax = 512;  // bytes; a longer pointer stands in the shape cut, with "…"

// Sorted, unique: "POINTER TYPE" with TYPE one of object array string number boolean null. Elements of an array share
// the token "-", members of a map-like object (whose keys are data) the token "*": "/message/metadata/* string". The
// whole payload's own field begins with the space: " object". Control characters of keys, and keys that are no text,
// stand as U+FFFD, so that a field is always one line that Postgres holds.
struct Shape {
  std::vector<std::string> fields;

  bool operator==(const Shape&) const = default;
};

// `map_pointers`: objects whose keys are data; with "-" for any element of an array. INVALID_ARGUMENT when `body` is no
// JSON, or deeper than we read. Of a payload with more than kShapeFieldsMax fields the first so many count, in the
// order of sorting, and a last one "…".
absl::StatusOr<Shape> ShapeOf(std::string_view body, const std::vector<JsonPointer>& map_pointers);

// 16 lower-case hex digits: of the SHA-256 of the fields, one a line.
std::string ShapeId(const Shape& shape);

// How two sets of fields differ, by pointer. A pointer may have several types.
struct ShapeChange {
  std::string pointer;
  std::vector<std::string> before, after;  // types; empty: it was not there, or is there no more

  bool operator==(const ShapeChange&) const = default;
};
// Sorted by pointer; nothing for what is in both alike.
std::vector<ShapeChange> DiffFields(const std::vector<std::string>& before, const std::vector<std::string>& after);

// The fields of all shapes of a version together: sorted, unique.
std::vector<std::string> UniteFields(const std::vector<Shape>& shapes);

}  // namespace affidavit
