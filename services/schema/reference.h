// $ref inside one document. Nothing is ever fetched, and names given by $id are not followed. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "boost/json/value.hpp"

namespace affidavit::schema {

struct Target {
  const boost::json::value* node;
  std::string pointer;  // of the node, in the document
};

// The schema at `pointer`, or where its $ref leads to in the end. INVALID_ARGUMENT: a $ref that is no string, leaves
// the document, leads nowhere or round in a circle. What the target points to lives as long as `root`.
absl::StatusOr<Target> FollowReferences(const boost::json::value& root, const boost::json::value& schema,
                                        std::string_view pointer);

// INVALID_ARGUMENT "POINTER: DESCRIPTION", cut to a size that fits an answer.
absl::Status Fault(std::string_view pointer, std::string_view description);

// `pointer` with one more token.
std::string ChildPointer(std::string_view pointer, std::string_view token);

// At most `size_max` bytes of UTF-8, with "…" where it was cut.
std::string CutText(std::string_view text, size_t size_max);

}  // namespace affidavit::schema
