// A strict RFC 8259 scanner: one pass, no recursion, no allocation, nothing interpreted. Not Boost.JSON (which parses
// all that we wrote ourselves), because evidence from outside needs what a parser into values cannot give: every valid
// text is accepted (unpaired surrogate escapes and exponents of any size are valid), numbers keep their digits, and
// doubled keys are seen. Pure; one scanner is one thread's world. The text outlives the scanner.
#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

namespace affidavit {

inline constexpr size_t kJsonDepthMax = 512;  // objects and arrays inside each other

enum class JsonToken {
  kBeginObject,
  kEndObject,
  kBeginArray,
  kEndArray,
  kKey,  // its value follows
  kString,
  kNumber,
  kLiteral,  // true | false
  kNull,
  kEnd,      // the whole text was one JSON value
  kInvalid,  // not JSON; again at every further call
  kTooDeep,  // valid up to the one that opens level kJsonDepthMax + 1; again at every further call
};

// What JSON can say and Postgres' jsonb cannot hold.
enum class JsonbObstacle { kNone, kNullEscape, kUnpairedSurrogate };

class JsonScanner {
 public:
  // REQUIRES: IsUtf8(text).
  explicit JsonScanner(std::string_view text) : text_(text) {}

  JsonToken Next();

  // Of the last kKey or kString: what stands between the quotes, still escaped iff has_escapes(). Of kNumber,
  // kLiteral and kNull: its characters.
  std::string_view token_text() const { return token_text_; }
  bool has_escapes() const { return has_escapes_; }

  // The first one so far, anywhere in the text.
  JsonbObstacle jsonb_obstacle() const { return jsonb_obstacle_; }

 private:
  enum class Expect { kValue, kValueOrEnd, kKey, kKeyOrEnd, kCommaOrEnd };

  void SkipSpace();
  bool AtDigit() const;
  bool InObject() const { return depth_ > 0 && is_object_[depth_ - 1]; }
  JsonToken Stop(JsonToken token);
  JsonToken Open(JsonToken token);
  JsonToken Close(char closer);
  JsonToken Key();
  JsonToken Value(char first);
  JsonToken Word(std::string_view word, JsonToken token);
  JsonToken Number();
  bool Digits();
  bool String();
  bool Escape();
  bool UnicodeEscape();
  void Note(JsonbObstacle obstacle);

  std::string_view text_;
  size_t position_ = 0;
  Expect expect_ = Expect::kValue;
  size_t depth_ = 0;
  std::bitset<kJsonDepthMax> is_object_;  // by level; else an array
  std::string_view token_text_;
  bool has_escapes_ = false;
  JsonbObstacle jsonb_obstacle_ = JsonbObstacle::kNone;
  bool stopped_ = false;
  JsonToken stop_token_ = JsonToken::kInvalid;
};

// What a key or string says. False when it holds an unpaired surrogate: then `out` is no text at all.
// REQUIRES: `escaped` is the token_text of a scanner.
bool UnescapeJson(std::string_view escaped, std::string& out);

}  // namespace affidavit
