// absl::ConsumePrefix and ConsumeSuffix for std::string_view (Debian's Abseil has a string_view of its own). Pure,
// thread-safe.
#pragma once

#include <string_view>

namespace affidavit {

// True iff `text` begins (ends) with `affix`, which is then gone from it.
inline bool ConsumePrefix(std::string_view& text, std::string_view affix) {
  const bool found = text.starts_with(affix);
  text.remove_prefix(found ? affix.size() : 0);
  return found;
}
inline bool ConsumeSuffix(std::string_view& text, std::string_view affix) {
  const bool found = text.ends_with(affix);
  text.remove_suffix(found ? affix.size() : 0);
  return found;
}

}  // namespace affidavit
