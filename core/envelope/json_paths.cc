#include "core/envelope/json_paths.h"

#include "absl/strings/numbers.h"

namespace affidavit {
namespace {

// RFC 6901 section 4: digits without leading zeros.
size_t ArrayIndex(const std::string& token) {
  uint64_t index = 0;
  const bool canonical = !token.empty() && token.find_first_not_of("0123456789") == std::string::npos &&
                         (token.size() == 1 || token[0] != '0');
  return canonical && absl::SimpleAtoi(token, &index) ? index : JsonPaths::kNone;
}

}  // namespace

size_t JsonPaths::Add(const JsonPointer& pointer) {
  if (pointer.tokens.empty()) {
    return kNone;
  }
  size_t node = 0;
  for (const std::string& token : pointer.tokens) {
    size_t next = kNone;
    for (const size_t child : nodes_[node].children) {
      if (nodes_[child].token == token) {
        next = child;
      }
    }
    if (next == kNone) {
      next = nodes_.size();
      nodes_.push_back({token, ArrayIndex(token), node, {}});
      nodes_[node].children.push_back(next);
    }
    node = next;
  }
  return node;
}

// One pass over one body. While the scanner is inside a container on the way to some pointer, `container_` is its node;
// inside any other, `levels_off_path_` counts how deep.
class PathReader {
 public:
  PathReader(const std::vector<JsonPaths::Node>& nodes, std::string_view body)
      : nodes_(nodes), scanner_(body), states_(nodes.size()) {
    reading_.findings.resize(nodes.size());
  }

  JsonReading Read() {
    for (;;) {
      const JsonToken token = scanner_.Next();
      switch (token) {
        case JsonToken::kKey:
          value_node_ = levels_off_path_ == 0 ? NodeOfKey() : JsonPaths::kNone;
          break;
        case JsonToken::kEndObject:
        case JsonToken::kEndArray:
          Leave();
          break;
        case JsonToken::kEnd:
        case JsonToken::kInvalid:
        case JsonToken::kTooDeep:
          reading_.end = token;
          reading_.jsonb_obstacle = scanner_.jsonb_obstacle();
          return std::move(reading_);
        default:
          Value(token);
      }
    }
  }

 private:
  struct State {
    bool seen = false;
    bool is_array = false;
    size_t next_index = 0;
  };

  size_t NodeOfKey() {
    std::string_view key = scanner_.token_text();
    if (scanner_.has_escapes()) {
      if (!UnescapeJson(key, key_)) {
        return JsonPaths::kNone;
      }
      key = key_;
    }
    for (const size_t child : nodes_[container_].children) {
      if (nodes_[child].token == key) {
        reading_.duplicate_key = reading_.duplicate_key || states_[child].seen;
        states_[child].seen = true;
        return child;
      }
    }
    return JsonPaths::kNone;
  }

  size_t NodeOfElement() {
    const size_t index = states_[container_].next_index++;
    for (const size_t child : nodes_[container_].children) {
      if (nodes_[child].array_index == index) {
        return child;
      }
    }
    return JsonPaths::kNone;
  }

  void Value(JsonToken token) {
    const bool in_array = levels_off_path_ == 0 && container_ != JsonPaths::kNone && states_[container_].is_array;
    const size_t node = in_array ? NodeOfElement() : value_node_;
    value_node_ = JsonPaths::kNone;
    if (node != JsonPaths::kNone) {
      reading_.findings[node] = Finding(token);
    }
    if (token == JsonToken::kBeginObject || token == JsonToken::kBeginArray) {
      Enter(node, token == JsonToken::kBeginArray);
    }
  }

  JsonFinding Finding(JsonToken token) const {
    switch (token) {
      case JsonToken::kString:
        return {JsonFinding::Kind::kString, scanner_.token_text(), scanner_.has_escapes()};
      case JsonToken::kNumber:
        return {JsonFinding::Kind::kNumber, scanner_.token_text(), false};
      case JsonToken::kNull:
        return {JsonFinding::Kind::kNull, {}, false};
      case JsonToken::kLiteral:
        return {JsonFinding::Kind::kOther, scanner_.token_text(), false};
      default:
        return {JsonFinding::Kind::kOther, {}, false};
    }
  }

  void Enter(size_t node, bool is_array) {
    if (node == JsonPaths::kNone || nodes_[node].children.empty()) {
      ++levels_off_path_;
      return;
    }
    container_ = node;
    states_[node].is_array = is_array;
    states_[node].next_index = 0;
  }

  void Leave() {
    if (levels_off_path_ > 0) {
      --levels_off_path_;
    } else {
      container_ = nodes_[container_].parent;
    }
  }

  const std::vector<JsonPaths::Node>& nodes_;
  JsonScanner scanner_;
  std::vector<State> states_;  // by node
  JsonReading reading_;
  size_t container_ = JsonPaths::kNone;
  size_t levels_off_path_ = 0;
  size_t value_node_ = 0;  // whose value comes next: at first, the whole document's
  std::string key_;        // scratch
};

JsonReading JsonPaths::Read(std::string_view body) const {
  return PathReader(nodes_, body).Read();
}

}  // namespace affidavit
