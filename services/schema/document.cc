#include "services/schema/document.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/json_scanner.h"
#include "core/base/text.h"

namespace affidavit::schema {
namespace {

namespace json = boost::json;

json::value NumberValue(std::string_view text) {
  int64_t integer = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) {
    return integer;
  }
  constexpr double kExact = 9007199254740992.0;  // 2^53: below it no integer shares its double with another
  const double number = std::strtod(std::string(text).c_str(), nullptr);
  if (std::isinf(number)) {
    return std::copysign(std::numeric_limits<double>::max(), number);
  }
  if (std::trunc(number) == number && std::abs(number) <= kExact) {
    return static_cast<int64_t>(number);
  }
  return number;
}

class DocumentBuilder {
 public:
  DocumentBuilder(std::string_view text, size_t depth_max) : scanner_(text), depth_max_(depth_max) {}

  absl::StatusOr<json::value> Build() {
    for (;;) {
      const JsonToken token = scanner_.Next();
      switch (token) {
        case JsonToken::kKey:
          key_ = Text();
          break;
        case JsonToken::kEndObject:
        case JsonToken::kEndArray:
          open_.pop_back();
          break;
        case JsonToken::kEnd:
          return std::move(root_);
        case JsonToken::kInvalid:
          return absl::InvalidArgumentError("not JSON");
        default:
          if (token == JsonToken::kTooDeep || !Add(token)) {
            return absl::OutOfRangeError(absl::StrCat("deeper than ", depth_max_, " objects and arrays"));
          }
      }
    }
  }

 private:
  bool Add(JsonToken token) {
    json::value& added = Put(Value(token));
    if (added.is_object() || added.is_array()) {
      open_.push_back(&added);  // stays where it is: nothing is put beside it while it is open
    }
    return open_.size() <= depth_max_;
  }

  json::value& Put(json::value value) {
    if (open_.empty()) {
      return root_ = std::move(value);
    }
    if (json::object* object = open_.back()->if_object()) {
      return (*object)[key_] = std::move(value);
    }
    return open_.back()->get_array().emplace_back(std::move(value));
  }

  json::value Value(JsonToken token) {
    switch (token) {
      case JsonToken::kBeginObject:
        return json::object();
      case JsonToken::kBeginArray:
        return json::array();
      case JsonToken::kString:
        return json::value(Text());
      case JsonToken::kNumber:
        return NumberValue(scanner_.token_text());
      case JsonToken::kLiteral:
        return scanner_.token_text() == "true";
      default:
        return nullptr;
    }
  }

  json::string Text() {
    constexpr std::string_view kUnreadable = "\uFFFD";
    std::string text;
    if (!UnescapeJson(scanner_.token_text(), text)) {
      text = kUnreadable;
    }
    for (size_t at = text.find('\0'); at != std::string::npos; at = text.find('\0', at)) {
      text.replace(at, 1, kUnreadable);
    }
    return json::string(text.data(), text.size());
  }

  JsonScanner scanner_;
  const size_t depth_max_;
  json::value root_;
  std::vector<json::value*> open_;
  json::string key_;
};

}  // namespace

absl::StatusOr<json::value> ReadDocument(std::string_view text, size_t depth_max) {
  if (!IsUtf8(text)) {
    return absl::InvalidArgumentError("not JSON in UTF-8");
  }
  return DocumentBuilder(text, depth_max).Build();
}

}  // namespace affidavit::schema
