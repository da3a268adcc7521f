// RFC 8785 (JCS) output for the documents that Affidavit itself makes: objects, arrays, strings, booleans, null and
// integers below 2^53 in magnitude. No other numbers, so that number formatting never matters. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "boost/json/value.hpp"

namespace affidavit {

// Appends `text` as a JSON string: RFC 8785 section 3.2.2.2 escapes. REQUIRES: IsUtf8(text).
void AppendCanonicalString(std::string_view text, std::string& out);

// RFC 8785's order of member names: by UTF-16 code units. REQUIRES: both are UTF-8.
bool CanonicalKeyLess(std::string_view a, std::string_view b);

// Members sorted by UTF-16 code units, no white space. REQUIRES: only the value types named above, strings in UTF-8;
// ends the process otherwise.
std::string CanonicalJson(const boost::json::value& value);

}  // namespace affidavit
