// A JSON Schema (draft 4, 6 or 7), ready to hold payloads against. `pattern` runs on RE2, in time linear in the text,
// whatever both say. Thread-safe after construction.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace affidavit::schema {

// Where a payload is not what its schema says: no values of the payload, no more than 256 bytes each.
struct Drift {
  std::string pointer;  // a JSON pointer into the payload; "" is the whole
  std::string reason;   // "required property missing: …", "type: expected string"

  bool operator==(const Drift&) const = default;
};

class CompiledSchema {
 public:
  // INVALID_ARGUMENT, saying what to change: no JSON, no schema, a draft that we do not know, a $ref that leaves the
  // document (nothing is ever fetched), a pattern that RE2 does not take, too deep or too large.
  static absl::StatusOr<std::unique_ptr<CompiledSchema>> Compile(std::string_view schema);
  virtual ~CompiledSchema() = default;

  // The first drift, the same one for the same two; nothing: valid. A body that is no JSON drifts at "".
  virtual std::optional<Drift> Validate(std::string_view body) const = 0;
};

}  // namespace affidavit::schema
