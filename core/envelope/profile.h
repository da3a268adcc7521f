// A source's profile: where in the payload its metadata lies, what its values mean to us, and what is in scope.
// Plain data, constant after construction.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace affidavit {

// A parsed JSON pointer (RFC 6901): its reference tokens, unescaped.
struct JsonPointer {
  std::string text;  // as written
  std::vector<std::string> tokens;
};

// INVALID_ARGUMENT unless `text` starts with '/' and its '~' are escapes.
absl::StatusOr<JsonPointer> ParseJsonPointer(std::string_view text);

// Where each piece of metadata lies. A pointer with empty text is "this source has none": never read, never flagged.
struct ProfilePointers {
  std::vector<JsonPointer> id;  // at least one; all must be there; joined with '|' when more than one part in all
  JsonPointer type, version, time, message_id, direction, channel, delivery_time, correlation_id;

  // Further parts of the id, after those of `id`. One that is absent (or null) is an empty part, so that positions stay
  // fixed.
  std::vector<JsonPointer> id_optional;

  // Tried after `type`, in order: the first value that type_map knows is the type; when it knows none, the first string
  // is.
  std::vector<JsonPointer> type_fallbacks;
};

// Provider's value (compared ignoring ASCII case) -> ours. Values not in the map stay as received.
using ValueMap = std::map<std::string, std::string>;

// Payloads whose direction is not asked for: those with one of `values` (ignoring ASCII case) at `pointer`. Empty:
// none.
struct DirectionExemption {
  JsonPointer pointer;
  std::vector<std::string> values;
};

struct Profile {
  std::string name;
  ProfilePointers pointers;
  ValueMap type_map, direction_map, channel_map;
  // In scope. Types and channels are compared exactly (after the map), direction ignoring ASCII case. Empty:
  // everything, and then an absent value is no cause for the flag "unclassified".
  std::vector<std::string> types, directions, channels;
  DirectionExemption direction_exemption;
};

// default | genesys-open-messaging | genesys-eventbridge | generic; NOT_FOUND lists these names.
// docs/connect-genesys.md.
absl::StatusOr<Profile> BuiltinProfile(std::string_view name);

}  // namespace affidavit
