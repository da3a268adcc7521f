// The JSON pointers of a profile, compiled into a tree, so that one pass over a body finds all their values. Constant
// after the last Add; then thread-safe. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json_scanner.h"
#include "core/envelope/profile.h"

namespace affidavit {

// What lies at a pointer. The text views the body.
struct JsonFinding {
  enum class Kind { kAbsent, kNull, kString, kNumber, kOther };
  Kind kind = Kind::kAbsent;
  std::string_view text;     // of a string: between the quotes; of a number, true or false: its characters
  bool has_escapes = false;  // UnescapeJson says what the text means
};

struct JsonReading {
  JsonToken end = JsonToken::kEnd;  // kEnd, kInvalid or kTooDeep; the findings count only with kEnd
  bool duplicate_key = false;       // a member that a pointer goes through, or ends at, was there twice in its object
  JsonbObstacle jsonb_obstacle = JsonbObstacle::kNone;
  std::vector<JsonFinding> findings;  // by slot
};

class JsonPaths {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  // Returns the slot in which Read puts what lies at `pointer`; kNone for the empty pointer. Equal pointers share a
  // slot.
  size_t Add(const JsonPointer& pointer);

  // REQUIRES: IsUtf8(body).
  JsonReading Read(std::string_view body) const;

 private:
  friend class PathReader;

  // A slot is a node; node 0 is the whole document.
  struct Node {
    std::string token;
    size_t array_index = kNone;  // what the token means in an array
    size_t parent = kNone;
    std::vector<size_t> children;
  };

  std::vector<Node> nodes_ = {Node{}};
};

}  // namespace affidavit
