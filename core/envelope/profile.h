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
  std::vector<JsonPointer> id;  // joined with '|' when more than one
  JsonPointer type, version, time, message_id, direction, channel, delivery_time, correlation_id;
};

// Provider's value (compared ignoring ASCII case) -> ours. Values not in the map stay as received.
using ValueMap = std::map<std::string, std::string>;

struct Profile {
  std::string name;
  ProfilePointers pointers;
  ValueMap type_map, direction_map, channel_map;
  // In scope. Types and channels are compared exactly (after the map), direction ignoring ASCII case. Empty: everything.
  std::vector<std::string> types, directions, channels;
};

// default | genesys-open-messaging | genesys-eventbridge | generic; NOT_FOUND lists these names. docs/connect-genesys.md.
absl::StatusOr<Profile> BuiltinProfile(std::string_view name);

}  // namespace affidavit
