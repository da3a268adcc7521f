// A schema checked and brought into the one form that the validator's parser cannot stumble over: draft 7, every
// subschema a definition of its own that the others name by number, nothing but what validation asks for. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "boost/json/value.hpp"
#include "services/schema/pattern.h"

namespace affidavit::schema {

// 1. Each $ref is "#/definitions/N", and none leads to another.
// 2. No chain of subschemas that are asked about one and the same value leads back to itself.
// 3. `pattern` and the keys of patternProperties are indexes into `patterns`, in decimal.
// 4. `format` and whatever describes only is gone.
struct FlatSchema {
  boost::json::value document;
  std::vector<Pattern> patterns;
};

// INVALID_ARGUMENT: as CompiledSchema::Compile.
absl::StatusOr<FlatSchema> FlattenSchema(std::string_view schema);

}  // namespace affidavit::schema
