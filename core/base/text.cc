#include "core/base/text.h"

#include <cstdint>
#include <cstring>

namespace affidavit {
namespace {

// Length of the well-formed sequence at `bytes`, which starts with a byte over 0x7F; 0 when it is not one. Table 3-7 of
// the Unicode standard: only the second byte's range depends on the first.
size_t SequenceLength(const uint8_t* bytes, size_t size) {
  const uint8_t lead = bytes[0];
  if (lead < 0xC2 || lead > 0xF4) {
    return 0;
  }
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size < length) {
    return 0;
  }
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (bytes[1] < low || bytes[1] > high) {
    return 0;
  }
  for (size_t i = 2; i < length; ++i) {
    if ((bytes[i] & 0xC0) != 0x80) {
      return 0;
    }
  }
  return length;
}

char AsciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool IsHttpSpace(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

bool IsUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t left = text.size();
  while (left > 0) {
    if (left >= sizeof(uint64_t)) {  // bodies are mostly ASCII: eight bytes at a time
      uint64_t word;
      std::memcpy(&word, bytes, sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        bytes += sizeof word;
        left -= sizeof word;
        continue;
      }
    }
    const size_t length = *bytes < 0x80 ? 1 : SequenceLength(bytes, left);
    if (length == 0) {
      return false;
    }
    bytes += length;
    left -= length;
  }
  return true;
}

bool IsSoundText(std::string_view text, size_t size_max) {
  if (text.empty() || text.size() > size_max || !IsUtf8(text)) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool is_c1 = byte == 0xC2 && static_cast<uint8_t>(text[i + 1]) < 0xA0;  // U+0080 to U+009F
    if (byte < 0x20 || byte == 0x7F || is_c1) {
      return false;
    }
  }
  return true;
}

bool EqualsIgnoreAsciiCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (AsciiLower(a[i]) != AsciiLower(b[i])) {
      return false;
    }
  }
  return true;
}

std::string_view TrimHttpSpace(std::string_view text) {
  while (!text.empty() && IsHttpSpace(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && IsHttpSpace(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::string Concat(std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (const std::string_view part : parts) {
    size += part.size();
  }
  std::string text;
  text.reserve(size);
  for (const std::string_view part : parts) {
    text.append(part);
  }
  return text;
}

}  // namespace affidavit
