#include "services/schema/pattern.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "re2/re2.h"

namespace affidavit::schema {
namespace {

constexpr size_t kPatternSizeMax = 1024;
constexpr int64_t kPatternMemoryMax = 256 << 10;  // for its program and what matching caches

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// ECMA-262's \uXXXX as RE2's \x{XXXX}.
std::string TranslateEscapes(std::string_view pattern) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\\' || i + 1 == pattern.size()) {
      out.push_back(pattern[i]);
      continue;
    }
    const std::string_view digits = pattern.substr(std::min(i + 2, pattern.size()), 4);
    if (pattern[i + 1] == 'u' && digits.size() == 4 && std::all_of(digits.begin(), digits.end(), IsHexDigit)) {
      out.append("\\x{").append(digits).append("}");
      i += 5;
    } else {
      out.append(pattern.substr(i, 2));
      ++i;
    }
  }
  return out;
}

}  // namespace

Pattern::Pattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

absl::StatusOr<Pattern> Pattern::Compile(std::string_view pattern) {
  if (pattern.size() > kPatternSizeMax) {
    return absl::InvalidArgumentError(absl::StrCat("longer than ", kPatternSizeMax, " bytes"));
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemoryMax);
  auto compiled = std::make_unique<RE2>(TranslateEscapes(pattern), options);
  if (!compiled->ok()) {
    const auto code = compiled->error_code();
    return absl::InvalidArgumentError(code == RE2::ErrorRepeatSize        ? "a repetition too large"
                                      : code == RE2::ErrorPatternTooLarge ? "too large once it is compiled"
                                      : code == RE2::ErrorBadPerlOp || code == RE2::ErrorBadEscape
                                          ? "with an operator or escape that RE2 has not, such as look-around"
                                          : "no regular expression that RE2 reads");
  }
  return Pattern(std::move(compiled));
}

bool Pattern::Matches(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace affidavit::schema
