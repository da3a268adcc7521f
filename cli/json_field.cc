#include "cli/json_field.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/json_scanner.h"
#include "core/base/text.h"

namespace affidavit::cli {
namespace {

constexpr std::string_view kCutSign = "…";

std::string KeyOf(const JsonScanner& scanner) {
  std::string key;
  if (!scanner.has_escapes() || !UnescapeJson(scanner.token_text(), key)) {
    key = scanner.token_text();
  }
  return key;
}

// One pass over a body: follows the pointer's tokens down, and keeps the text of what lies at its end.
class FieldFinder {
 public:
  FieldFinder(std::string_view body, const JsonPointer& pointer) : scanner_(body), tokens_(pointer.tokens) {}

  absl::StatusOr<std::optional<std::string>> Find() {
    Value(Next(), 0);
    const JsonToken token = stopped_ ? stop_token_ : scanner_.Next();
    if (token != JsonToken::kEnd) {
      return absl::InvalidArgumentError(token == JsonToken::kTooDeep ? "the payload is deeper than we read"
                                                                     : "the payload is no JSON");
    }
    return std::move(found_);
  }

 private:
  // REQUIRES: `token` begins a value. `matched`: how many of the pointer's tokens led to it; kNowhere: it is off the
  // pointer's way.
  static constexpr size_t kNowhere = static_cast<size_t>(-1);

  void Value(JsonToken token, size_t matched) {
    if (matched == tokens_.size()) {
      std::string text;
      Copy(token, &text);
      found_ = std::move(text);
    } else if (matched != kNowhere && token == JsonToken::kBeginObject) {
      Object(matched);
    } else if (matched != kNowhere && token == JsonToken::kBeginArray) {
      Array(matched);
    } else {
      Copy(token, nullptr);
    }
  }

  void Object(size_t matched) {
    for (JsonToken token = Next(); token == JsonToken::kKey; token = Next()) {
      const bool is_on_way = KeyOf(scanner_) == tokens_[matched];
      if (is_on_way) {
        found_.reset();  // the last of several counts, whatever the earlier ones held
      }
      Value(Next(), is_on_way ? matched + 1 : kNowhere);
    }
  }

  void Array(size_t matched) {
    size_t index = 0;
    for (JsonToken token = Next(); !stopped_ && token != JsonToken::kEndArray; token = Next()) {
      Value(token, absl::StrCat(index++) == tokens_[matched] ? matched + 1 : kNowhere);
    }
  }

  // Reads the value that `token` begins to its end. Without recursion: it may be 512 deep.
  void Copy(JsonToken token, std::string* out) {
    int depth = 0;
    bool needs_comma = false;
    while (!stopped_) {
      const bool closes = token == JsonToken::kEndObject || token == JsonToken::kEndArray;
      if (out != nullptr) {
        Put(token, needs_comma && !closes, *out);
      }
      const bool opens = token == JsonToken::kBeginObject || token == JsonToken::kBeginArray;
      depth += opens ? 1 : closes ? -1 : 0;
      needs_comma = !opens && token != JsonToken::kKey;
      if (depth == 0 && token != JsonToken::kKey) {
        return;
      }
      token = Next();
    }
  }

  void Put(JsonToken token, bool with_comma, std::string& out) const {
    if (with_comma) {
      out += ',';
    }
    switch (token) {
      case JsonToken::kBeginObject:
        out += '{';
        break;
      case JsonToken::kEndObject:
        out += '}';
        break;
      case JsonToken::kBeginArray:
        out += '[';
        break;
      case JsonToken::kEndArray:
        out += ']';
        break;
      case JsonToken::kKey:
        out += Concat({"\"", scanner_.token_text(), "\":"});
        break;
      case JsonToken::kString:
        out += Concat({"\"", scanner_.token_text(), "\""});
        break;
      default:
        out += scanner_.token_text();
    }
  }

  JsonToken Next() {
    const JsonToken token = scanner_.Next();
    if (token == JsonToken::kInvalid || token == JsonToken::kTooDeep || token == JsonToken::kEnd) {
      stopped_ = true;
      stop_token_ = token;
    }
    return token;
  }

  JsonScanner scanner_;
  const std::vector<std::string>& tokens_;
  std::optional<std::string> found_;
  bool stopped_ = false;
  JsonToken stop_token_ = JsonToken::kInvalid;
};

bool IsIndex(std::string_view token) {
  return token == "-" || (!token.empty() && std::all_of(token.begin(), token.end(),
                                                        [](unsigned char c) { return std::isdigit(c) != 0; }));
}

bool Matches(std::string_view field, const JsonPointer& pointer) {
  const absl::StatusOr<JsonPointer> known = ParseJsonPointer(field.substr(0, field.rfind(' ')));
  if (!known.ok() || known->tokens.size() != pointer.tokens.size()) {
    return false;
  }
  for (size_t i = 0; i < pointer.tokens.size(); ++i) {
    const std::string& token = known->tokens[i];
    if (token != pointer.tokens[i] && token != "*" && !(token == "-" && IsIndex(pointer.tokens[i]))) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<std::optional<std::string>> FindField(std::string_view body, const JsonPointer& pointer) {
  if (!IsUtf8(body)) {
    return absl::InvalidArgumentError("the payload is no JSON: it is not UTF-8");
  }
  return FieldFinder(body, pointer).Find();
}

bool HasField(const std::vector<std::string>& fields, const JsonPointer& pointer) {
  return std::any_of(fields.begin(), fields.end(),
                     [&pointer](const std::string& field) { return Matches(field, pointer); });
}

bool IsCut(const std::vector<std::string>& fields) {
  return std::any_of(fields.begin(), fields.end(),
                     [](const std::string& field) { return field.find(kCutSign) != std::string::npos; });
}

}  // namespace affidavit::cli
