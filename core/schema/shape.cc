#include "core/schema/shape.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/json_scanner.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

constexpr std::string_view kEllipsis = "…";      // 3 bytes
constexpr std::string_view kUnsound = "\uFFFD";  // for what no text column holds
constexpr size_t kShapeIdSize = 16;

bool IsControl(std::string_view text, size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  return byte < 0x20 || byte == 0x7F ||
         (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0);
}

// RFC 6901's escapes, and no control characters.
void AppendPointerToken(std::string_view token, std::string& out) {
  out.push_back('/');
  for (size_t i = 0; i < token.size(); ++i) {
    if (IsControl(token, i)) {
      out.append(kUnsound);
      i += static_cast<unsigned char>(token[i]) == 0xC2 ? 1 : 0;
    } else if (token[i] == '~') {
      out.append("~0");
    } else if (token[i] == '/') {
      out.append("~1");
    } else {
      out.push_back(token[i]);
    }
  }
}

std::string_view TypeOf(const JsonToken token, std::string_view text) {
  switch (token) {
    case JsonToken::kBeginObject:
      return "object";
    case JsonToken::kBeginArray:
      return "array";
    case JsonToken::kString:
      return "string";
    case JsonToken::kNumber:
      return "number";
    default:
      return text == "null" ? "null" : "boolean";
  }
}

// One pass over one body. `pointer_` is that of the value that comes next or was read last; it grows no longer than the
// longest that a shape tells from others.
class ShapeReader {
 public:
  ShapeReader(std::string_view body, const std::vector<JsonPointer>& map_pointers) : scanner_(body) {
    for (const JsonPointer& pointer : map_pointers) {
      if (!pointer.tokens.empty()) {
        map_pointers_.insert(PointerText(pointer));
      }
    }
  }

  JsonToken Read() {
    for (;;) {
      const JsonToken token = scanner_.Next();
      switch (token) {
        case JsonToken::kKey:
          EnterMember();
          break;
        case JsonToken::kEndObject:
        case JsonToken::kEndArray:
          levels_.pop_back();
          LeaveValue();
          break;
        case JsonToken::kEnd:
        case JsonToken::kInvalid:
        case JsonToken::kTooDeep:
          return token;
        default:
          Value(token);
      }
    }
  }

  Shape Take() {
    Shape shape{.fields = {std::make_move_iterator(fields_.begin()), std::make_move_iterator(fields_.end())}};
    if (truncated_) {
      shape.fields.emplace_back(kEllipsis);
    }
    return shape;
  }

 private:
  struct Level {
    bool is_array;
    bool is_map;
    size_t pointer_size;  // of the container itself
  };

  static std::string PointerText(const JsonPointer& pointer) {
    std::string text;
    for (const std::string& token : pointer.tokens) {
      AppendPointerToken(token, text);
    }
    return text;
  }

  void Enter(std::string_view token) {
    if (pointer_.size() <= kShapePointerSizeMax) {
      AppendPointerToken(token.substr(0, kShapePointerSizeMax + 1), pointer_);
    }
  }

  void EnterMember() {
    if (levels_.back().is_map) {
      Enter("*");
      return;
    }
    std::string_view key = scanner_.token_text();
    if (scanner_.has_escapes()) {
      key = UnescapeJson(key, key_) ? std::string_view(key_) : kUnsound;
    }
    Enter(key);
  }

  void LeaveValue() { pointer_.resize(levels_.empty() ? 0 : levels_.back().pointer_size); }

  void Value(JsonToken token) {
    if (!levels_.empty() && levels_.back().is_array) {
      Enter("-");
    }
    AddField(TypeOf(token, scanner_.token_text()));
    if (token == JsonToken::kBeginObject || token == JsonToken::kBeginArray) {
      levels_.push_back({.is_array = token == JsonToken::kBeginArray,
                         .is_map = token == JsonToken::kBeginObject && map_pointers_.contains(pointer_),
                         .pointer_size = pointer_.size()});
    } else {
      LeaveValue();
    }
  }

  void AddField(std::string_view type) {
    field_.assign(pointer_);
    if (field_.size() > kShapePointerSizeMax) {
      size_t end = kShapePointerSizeMax - kEllipsis.size();
      while ((static_cast<unsigned char>(field_[end]) & 0xC0) == 0x80) {
        --end;  // not into the middle of a character
      }
      field_.resize(end);
      field_.append(kEllipsis);
    }
    field_.append(" ").append(type);
    if (fields_.size() == kShapeFieldsMax && field_ > *fields_.rbegin()) {
      truncated_ = true;
      return;
    }
    fields_.insert(field_);
    if (fields_.size() > kShapeFieldsMax) {
      fields_.erase(std::prev(fields_.end()));
      truncated_ = true;
    }
  }

  JsonScanner scanner_;
  std::set<std::string, std::less<>> map_pointers_;
  std::string pointer_;
  std::vector<Level> levels_;
  std::set<std::string> fields_;
  bool truncated_ = false;
  std::string key_, field_;  // scratch
};

using TypesByPointer = std::map<std::string, std::vector<std::string>>;

TypesByPointer ByPointer(const std::vector<std::string>& fields) {
  TypesByPointer types;
  for (const std::string& field : fields) {
    if (const size_t space = field.rfind(' '); space != std::string::npos) {
      types[field.substr(0, space)].push_back(field.substr(space + 1));
    }
  }
  for (auto& [pointer, names] : types) {
    std::sort(names.begin(), names.end());
  }
  return types;
}

}  // namespace

absl::StatusOr<Shape> ShapeOf(std::string_view body, const std::vector<JsonPointer>& map_pointers) {
  if (!IsUtf8(body)) {
    return absl::InvalidArgumentError("not UTF-8");
  }
  ShapeReader reader(body, map_pointers);
  switch (reader.Read()) {
    case JsonToken::kEnd:
      return reader.Take();
    case JsonToken::kTooDeep:
      return absl::InvalidArgumentError("JSON deeper than 512 objects and arrays");
    default:
      return absl::InvalidArgumentError("not JSON");
  }
}

std::string ShapeId(const Shape& shape) {
  std::string lines;
  for (const std::string& field : shape.fields) {
    lines.append(field).append("\n");
  }
  return HexEncode(AsBytes(Sha256(lines))).substr(0, kShapeIdSize);
}

std::vector<ShapeChange> DiffFields(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  std::map<std::string, ShapeChange> changes;
  for (auto& [pointer, types] : ByPointer(before)) {
    changes[pointer] = {.pointer = pointer, .before = types};
  }
  for (auto& [pointer, types] : ByPointer(after)) {
    changes[pointer].pointer = pointer;
    changes[pointer].after = types;
  }
  std::vector<ShapeChange> differences;
  for (auto& [pointer, change] : changes) {
    if (change.before != change.after) {
      differences.push_back(std::move(change));
    }
  }
  return differences;
}

std::vector<std::string> UniteFields(const std::vector<Shape>& shapes) {
  std::set<std::string> fields;
  for (const Shape& shape : shapes) {
    fields.insert(shape.fields.begin(), shape.fields.end());
  }
  return {fields.begin(), fields.end()};
}

}  // namespace affidavit
