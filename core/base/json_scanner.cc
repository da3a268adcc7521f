#include "core/base/json_scanner.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace affidavit {
namespace {

constexpr size_t kUnicodeEscapeSize = 6;  // \uXXXX

int HexValue(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The code unit of the \uXXXX at `position`, -1 when there is none.
int CodeUnit(std::string_view text, size_t position) {
  if (text.size() < position + kUnicodeEscapeSize || text[position] != '\\' || text[position + 1] != 'u') {
    return -1;
  }
  int unit = 0;
  for (size_t i = position + 2; i < position + kUnicodeEscapeSize; ++i) {
    const int digit = HexValue(text[i]);
    if (digit < 0) {
      return -1;
    }
    unit = unit << 4 | digit;
  }
  return unit;
}

bool IsHighSurrogate(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool IsLowSurrogate(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

// True iff one of the eight bytes ends a run of plain characters: a quote, a backslash or a control character.
bool HasSpecial(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101U;
  constexpr uint64_t kHigh = 0x8080808080808080U;
  const auto has_zero = [](uint64_t bytes) { return (bytes - kOnes) & ~bytes & kHigh; };
  return (has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\')) | ((word - kOnes * 0x20) & ~word & kHigh)) !=
         0;
}

void AppendUtf8(uint32_t code_point, std::string& out) {
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
    return;
  }
  if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code_point >> 6));
  } else {
    if (code_point < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | code_point >> 12));
    } else {
      out.push_back(static_cast<char>(0xF0 | code_point >> 18));
      out.push_back(static_cast<char>(0x80 | (code_point >> 12 & 0x3F)));
    }
    out.push_back(static_cast<char>(0x80 | (code_point >> 6 & 0x3F)));
  }
  out.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
}

char SimpleEscape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;  // a quote, a backslash or a slash
  }
}

}  // namespace

JsonToken JsonScanner::Next() {
  if (stopped_) {
    return stop_token_;
  }
  SkipSpace();
  if (expect_ == Expect::kCommaOrEnd && depth_ == 0) {
    return Stop(position_ == text_.size() ? JsonToken::kEnd : JsonToken::kInvalid);
  }
  if (position_ == text_.size()) {
    return Stop(JsonToken::kInvalid);
  }
  char c = text_[position_];
  if (c == '}' || c == ']') {
    return Close(c);
  }
  if (expect_ == Expect::kCommaOrEnd) {
    if (c != ',') {
      return Stop(JsonToken::kInvalid);
    }
    ++position_;
    SkipSpace();
    if (position_ == text_.size()) {
      return Stop(JsonToken::kInvalid);
    }
    c = text_[position_];
    expect_ = InObject() ? Expect::kKey : Expect::kValue;
  }
  return expect_ == Expect::kKey || expect_ == Expect::kKeyOrEnd ? Key() : Value(c);
}

void JsonScanner::SkipSpace() {
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
      return;
    }
    ++position_;
  }
}

bool JsonScanner::AtDigit() const {
  return position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9';
}

JsonToken JsonScanner::Stop(JsonToken token) {
  stopped_ = true;
  stop_token_ = token;
  return token;
}

JsonToken JsonScanner::Open(JsonToken token) {
  if (depth_ == kJsonDepthMax) {
    return Stop(JsonToken::kTooDeep);
  }
  const bool is_object = token == JsonToken::kBeginObject;
  is_object_[depth_++] = is_object;
  expect_ = is_object ? Expect::kKeyOrEnd : Expect::kValueOrEnd;
  ++position_;
  return token;
}

JsonToken JsonScanner::Close(char closer) {
  const bool may_end = expect_ == Expect::kCommaOrEnd || expect_ == Expect::kValueOrEnd || expect_ == Expect::kKeyOrEnd;
  if (!may_end || InObject() != (closer == '}')) {
    return Stop(JsonToken::kInvalid);
  }
  ++position_;
  --depth_;
  expect_ = Expect::kCommaOrEnd;
  return closer == '}' ? JsonToken::kEndObject : JsonToken::kEndArray;
}

JsonToken JsonScanner::Key() {
  if (text_[position_] != '"' || !String()) {
    return Stop(JsonToken::kInvalid);
  }
  SkipSpace();
  if (position_ == text_.size() || text_[position_] != ':') {
    return Stop(JsonToken::kInvalid);
  }
  ++position_;
  expect_ = Expect::kValue;
  return JsonToken::kKey;
}

JsonToken JsonScanner::Value(char first) {
  if (first == '{') {
    return Open(JsonToken::kBeginObject);
  }
  if (first == '[') {
    return Open(JsonToken::kBeginArray);
  }
  expect_ = Expect::kCommaOrEnd;
  switch (first) {
    case '"':
      return String() ? JsonToken::kString : Stop(JsonToken::kInvalid);
    case 't':
      return Word("true", JsonToken::kLiteral);
    case 'f':
      return Word("false", JsonToken::kLiteral);
    case 'n':
      return Word("null", JsonToken::kNull);
    default:
      return Number();
  }
}

JsonToken JsonScanner::Word(std::string_view word, JsonToken token) {
  if (text_.substr(position_, word.size()) != word) {
    return Stop(JsonToken::kInvalid);
  }
  token_text_ = text_.substr(position_, word.size());
  position_ += word.size();
  return token;
}

JsonToken JsonScanner::Number() {
  const size_t start = position_;
  if (text_[position_] == '-') {
    ++position_;
  }
  bool ok = true;
  if (position_ < text_.size() && text_[position_] == '0') {
    ++position_;  // a digit after it is found out at the next token
  } else {
    ok = Digits();
  }
  if (ok && position_ < text_.size() && text_[position_] == '.') {
    ++position_;
    ok = Digits();
  }
  if (ok && position_ < text_.size() && (text_[position_] == 'e' || text_[position_] == 'E')) {
    ++position_;
    if (position_ < text_.size() && (text_[position_] == '+' || text_[position_] == '-')) {
      ++position_;
    }
    ok = Digits();
  }
  token_text_ = text_.substr(start, position_ - start);
  return ok ? JsonToken::kNumber : Stop(JsonToken::kInvalid);
}

bool JsonScanner::Digits() {
  const size_t start = position_;
  while (AtDigit()) {
    ++position_;
  }
  return position_ > start;
}

bool JsonScanner::String() {
  const size_t start = ++position_;
  has_escapes_ = false;
  while (position_ < text_.size()) {
    uint64_t word;
    if (text_.size() - position_ >= sizeof word) {
      std::memcpy(&word, text_.data() + position_, sizeof word);
      if (!HasSpecial(word)) {
        position_ += sizeof word;
        continue;
      }
    }
    const char c = text_[position_];
    if (c == '"') {
      token_text_ = text_.substr(start, position_ - start);
      ++position_;
      return true;
    }
    if (static_cast<uint8_t>(c) < 0x20) {
      return false;
    }
    if (c == '\\') {
      has_escapes_ = true;
      if (!Escape()) {
        return false;
      }
    } else {
      ++position_;
    }
  }
  return false;
}

bool JsonScanner::Escape() {
  constexpr std::string_view kSimple = "\"\\/bfnrt";
  const char c = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
  if (c == 'u') {
    return UnicodeEscape();
  }
  position_ += 2;
  return kSimple.find(c) != std::string_view::npos;
}

bool JsonScanner::UnicodeEscape() {
  const int unit = CodeUnit(text_, position_);
  if (unit < 0) {
    return false;
  }
  position_ += kUnicodeEscapeSize;
  if (unit == 0) {
    Note(JsonbObstacle::kNullEscape);
  } else if (IsHighSurrogate(unit) && IsLowSurrogate(CodeUnit(text_, position_))) {
    position_ += kUnicodeEscapeSize;
  } else if (IsHighSurrogate(unit) || IsLowSurrogate(unit)) {
    Note(JsonbObstacle::kUnpairedSurrogate);
  }
  return true;
}

void JsonScanner::Note(JsonbObstacle obstacle) {
  if (jsonb_obstacle_ == JsonbObstacle::kNone) {
    jsonb_obstacle_ = obstacle;
  }
}

bool UnescapeJson(std::string_view escaped, std::string& out) {
  out.clear();
  for (size_t i = 0; i < escaped.size();) {
    if (escaped[i] != '\\') {
      const size_t run = std::min(escaped.find('\\', i), escaped.size()) - i;
      out.append(escaped.substr(i, run));
      i += run;
      continue;
    }
    int unit = CodeUnit(escaped, i);
    if (unit < 0) {
      out.push_back(SimpleEscape(escaped[i + 1]));
      i += 2;
      continue;
    }
    i += kUnicodeEscapeSize;
    if (IsHighSurrogate(unit) && IsLowSurrogate(CodeUnit(escaped, i))) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (CodeUnit(escaped, i) - 0xDC00);
      i += kUnicodeEscapeSize;
    } else if (IsHighSurrogate(unit) || IsLowSurrogate(unit)) {
      return false;
    }
    AppendUtf8(static_cast<uint32_t>(unit), out);
  }
  return true;
}

}  // namespace affidavit
