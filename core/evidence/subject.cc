#include "core/evidence/subject.h"

#include "absl/strings/ascii.h"

namespace affidavit {
namespace {

constexpr std::string_view kAddressSpace = " \t\r\n\f\v";
constexpr std::string_view kTelephoneLetters = "0123456789 +-().";

std::string_view TrimAddress(std::string_view text) {
  const size_t first = text.find_first_not_of(kAddressSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kAddressSpace) - first + 1);
}

bool HasDigit(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos;
}

std::string NormalizeTelephone(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits.push_back(c);
    }
  }
  if (text[text.find_first_of("+0123456789")] == '+') {
    return "+" + digits;
  }
  // The other way of dialling abroad. "00" alone reaches nobody and stays.
  return digits.size() > 2 && digits.starts_with("00") ? "+" + digits.substr(2) : digits;
}

}  // namespace

std::string NormalizeAddress(std::string_view address) {
  const std::string_view text = TrimAddress(address);
  if (text.find('@') != std::string_view::npos) {
    std::string lower(text);
    for (char& c : lower) {
      c = absl::ascii_tolower(static_cast<unsigned char>(c));
    }
    return lower;
  }
  const bool is_telephone = HasDigit(text) && text.find_first_not_of(kTelephoneLetters) == std::string_view::npos;
  return is_telephone ? NormalizeTelephone(text) : std::string(text);
}

Digest SubjectHash(std::string_view key, std::string_view address) {
  return HmacSha256(key, {NormalizeAddress(address)});
}

}  // namespace affidavit
