#include "core/schema/canonical_document.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/canonical_json.h"
#include "core/base/json_scanner.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

using MembersByName = std::map<std::string, std::string, std::less<>>;

// ECMA-262's Number::toString, which RFC 8785 section 3.2.2.3 asks for. `digits` without the point; the value is
// 0.digits times 10 to the power of `point`.
std::string EcmaNumber(bool negative, std::string digits, int point) {
  const int count = static_cast<int>(digits.size());
  std::string out = negative ? "-" : "";
  if (point >= count && point <= 21) {
    return out + digits + std::string(static_cast<size_t>(point - count), '0');
  }
  if (point > 0 && point <= 21) {
    return out + digits.insert(static_cast<size_t>(point), 1, '.');
  }
  if (point > -6 && point <= 0) {
    return out + "0." + std::string(static_cast<size_t>(-point), '0') + digits;
  }
  if (count > 1) {
    digits.insert(1, 1, '.');
  }
  return absl::StrCat(out, digits, point > 0 ? "e+" : "e-", std::abs(point - 1));
}

absl::StatusOr<std::string> CanonicalNumber(std::string_view text) {
  if (text.find_first_of(".eE") == std::string_view::npos) {
    return std::string(text == "-0" ? "0" : text);
  }
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc()) {
    return absl::InvalidArgumentError("has a number that no double holds");
  }
  if (value == 0) {
    return std::string("0");
  }
  // The shortest digits that read back as this double: "-d.ddde-xx".
  std::array<char, 40> buffer;
  const auto printed =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  std::string_view shortest(buffer.data(), static_cast<size_t>(printed.ptr - buffer.data()));
  const size_t mark = shortest.find('e');
  int exponent = 0;
  const std::string_view power = shortest.substr(mark + (shortest[mark + 1] == '+' ? 2 : 1));
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  std::string digits;
  for (const char c : shortest.substr(0, mark)) {
    if (c >= '0' && c <= '9') {
      digits.push_back(c);
    }
  }
  return EcmaNumber(value < 0, std::move(digits), exponent + 1);
}

// Recurses as deep as depth_max, which its callers keep small.
class DocumentReader {
 public:
  DocumentReader(std::string_view text, size_t depth_max) : scanner_(text), depth_max_(depth_max) {}

  absl::StatusOr<std::string> ReadWhole() {
    ASSIGN_OR_RETURN(std::string value, Value(scanner_.Next(), 0));
    RETURN_IF_ERROR(End());
    return value;
  }

  absl::StatusOr<MembersByName> ReadMembers() {
    if (scanner_.Next() != JsonToken::kBeginObject) {
      return absl::InvalidArgumentError("is not a JSON object");
    }
    ASSIGN_OR_RETURN(MembersByName members, Members(1));
    RETURN_IF_ERROR(End());
    return members;
  }

 private:
  absl::Status End() {
    return scanner_.Next() == JsonToken::kEnd ? absl::OkStatus() : absl::InvalidArgumentError("is not JSON");
  }

  absl::StatusOr<std::string> Value(JsonToken token, size_t depth) {
    switch (token) {
      case JsonToken::kBeginObject:
      case JsonToken::kBeginArray:
        if (depth == depth_max_) {
          return absl::InvalidArgumentError(absl::StrCat("is deeper than ", depth_max_, " objects and arrays"));
        }
        return token == JsonToken::kBeginObject ? Object(depth + 1) : Array(depth + 1);
      case JsonToken::kString: {
        ASSIGN_OR_RETURN(const std::string text, Text());
        std::string out;
        AppendCanonicalString(text, out);
        return out;
      }
      case JsonToken::kNumber:
        return CanonicalNumber(scanner_.token_text());
      case JsonToken::kLiteral:
      case JsonToken::kNull:
        return std::string(scanner_.token_text());
      case JsonToken::kTooDeep:
        return absl::InvalidArgumentError("is too deep");
      default:
        return absl::InvalidArgumentError("is not JSON");
    }
  }

  absl::StatusOr<std::string> Text() {
    std::string text;
    if (!UnescapeJson(scanner_.token_text(), text)) {
      return absl::InvalidArgumentError("has an unpaired surrogate");
    }
    if (text.find('\0') != std::string::npos) {
      return absl::InvalidArgumentError("has a NUL in a string");
    }
    return text;
  }

  absl::StatusOr<MembersByName> Members(size_t depth) {
    MembersByName members;
    JsonToken token;
    while ((token = scanner_.Next()) == JsonToken::kKey) {
      ASSIGN_OR_RETURN(std::string name, Text());
      ASSIGN_OR_RETURN(std::string value, Value(scanner_.Next(), depth));
      if (!members.emplace(std::move(name), std::move(value)).second) {
        return absl::InvalidArgumentError("has a member twice in one object");
      }
    }
    if (token != JsonToken::kEndObject) {
      return absl::InvalidArgumentError("is not JSON");
    }
    return members;
  }

  absl::StatusOr<std::string> Object(size_t depth) {
    ASSIGN_OR_RETURN(const MembersByName members, Members(depth));
    std::vector<std::pair<std::string_view, std::string_view>> sorted(members.begin(), members.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return CanonicalKeyLess(a.first, b.first); });
    std::string out = "{";
    for (const auto& [name, value] : sorted) {
      if (out.size() > 1) {
        out.push_back(',');
      }
      AppendCanonicalString(name, out);
      out.push_back(':');
      out.append(value);
    }
    return out + "}";
  }

  absl::StatusOr<std::string> Array(size_t depth) {
    std::string out = "[";
    for (JsonToken token = scanner_.Next(); token != JsonToken::kEndArray; token = scanner_.Next()) {
      ASSIGN_OR_RETURN(const std::string value, Value(token, depth));
      if (out.size() > 1) {
        out.push_back(',');
      }
      out.append(value);
    }
    return out + "]";
  }

  JsonScanner scanner_;
  const size_t depth_max_;
};

}  // namespace

absl::StatusOr<std::string> CanonicalDocument(std::string_view text, size_t depth_max) {
  if (!IsUtf8(text)) {
    return absl::InvalidArgumentError("is not UTF-8");
  }
  return DocumentReader(text, depth_max).ReadWhole();
}

absl::StatusOr<MembersByName> CanonicalMembers(std::string_view text, size_t depth_max) {
  if (!IsUtf8(text)) {
    return absl::InvalidArgumentError("is not UTF-8");
  }
  return DocumentReader(text, depth_max).ReadMembers();
}

}  // namespace affidavit
