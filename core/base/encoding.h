// Hex and base64, strict: one form in, one form out. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace affidavit {

// Lower-case hex, two digits a byte.
std::string HexEncode(std::string_view bytes);

// Nothing unless `text` is an even number of lower-case hex digits.
std::optional<std::string> HexDecode(std::string_view text);

// Standard alphabet with padding (RFC 4648 section 4).
std::string Base64Encode(std::string_view bytes);

// Strict: standard alphabet, correct padding, unused bits zero; nothing otherwise.
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace affidavit
