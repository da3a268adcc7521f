// The keywords of JSON Schema that validate, by draft, and what each must hold. Pure, thread-safe.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "boost/json/value.hpp"

namespace affidavit::schema {

enum class Draft { k4, k6, k7 };

// Of $schema; without one draft 7. INVALID_ARGUMENT: another.
absl::StatusOr<Draft> DraftOf(const boost::json::value& schema);

enum class Holds {
  kSchema,
  kSchemas,
  kSchemaOrSchemas,
  kSchemaMap,
  kPatternMap,
  kPattern,
  kAnything,
  kValues,
  kNames,
  kTypes,
  kFlag,
  kCount,
  kNumber,
  kPositiveNumber,
  kLimit  // draft 4: a flag; later: a number
};

struct Keyword {
  std::string_view name;
  Draft since;
  Holds holds;
  bool same_value;  // its subschemas are asked about the very value that the schema is asked about
  std::string_view must;
};

// nullptr: none that validates in this draft.
const Keyword* FindKeyword(std::string_view name, Draft draft);

// Whether a value has the form that the keyword asks for, but for subschemas themselves.
bool HoldsWhatItMust(const Keyword& keyword, const boost::json::value& value, Draft draft);

}  // namespace affidavit::schema
