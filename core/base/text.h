// What counts as sound text from outside. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace affidavit {

// True iff `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool IsUtf8(std::string_view text);

// True iff `text` is 1 to `size_max` bytes of UTF-8 without control characters (U+0000 to U+001F, U+007F to U+009F).
bool IsSoundText(std::string_view text, size_t size_max);

// Compares ASCII letters without case, all other bytes exactly.
bool EqualsIgnoreAsciiCase(std::string_view a, std::string_view b);

// Without the spaces and tabs at both ends (RFC 9110 section 5.6.3).
std::string_view TrimHttpSpace(std::string_view text);

// All `parts` in a row. (absl::StrCat of Debian's Abseil takes no std::string_view.)
std::string Concat(std::initializer_list<std::string_view> parts);

}  // namespace affidavit
