#include "services/siem/syslog_message.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "core/base/text.h"

namespace affidavit::siem {
namespace {

constexpr size_t kHostNameMax = 255, kAppNameMax = 48, kProcessIdMax = 128, kMessageIdMax = 32, kSdNameMax = 32;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool IsPrintableAscii(char byte) {
  return byte > ' ' && byte < '\x7f';
}

// A field of the header: PRINTUSASCII of a bounded length, or NILVALUE.
std::string HeaderField(std::string_view text, size_t size_max) {
  std::string field(text.substr(0, size_max));
  std::replace_if(
      field.begin(), field.end(), [](char byte) { return !IsPrintableAscii(byte); }, '?');
  return field.empty() ? "-" : field;
}

// SD-NAME: printable ASCII but for '=', ' ', ']' and '"'.
std::string SdName(std::string_view text) {
  std::string name(text.substr(0, kSdNameMax));
  std::replace_if(
      name.begin(), name.end(),
      [](char byte) { return !IsPrintableAscii(byte) || byte == '=' || byte == ']' || byte == '"'; }, '?');
  return name.empty() ? "?" : name;
}

// How many bytes the character at the head of `text` has; 0 when it is no UTF-8.
size_t CharacterSize(std::string_view text) {
  const auto first = static_cast<uint8_t>(text.front());
  const size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return text.size() >= size && IsUtf8(text.substr(0, size)) ? size : 0;
}

bool IsControl(std::string_view character) {
  const auto first = static_cast<uint8_t>(character.front());
  return first < 0x20 || first == 0x7F || (first == 0xC2 && static_cast<uint8_t>(character[1]) < 0xA0);
}

void AppendValue(std::string_view value, std::string& out) {
  size_t taken = 0;
  while (taken < value.size()) {
    const size_t size = CharacterSize(value.substr(taken));
    if (taken + std::max<size_t>(size, 1) > kParameterBytesMax) {
      return;
    }
    const std::string_view character = value.substr(taken, size);
    if (size == 0 || IsControl(character)) {
      out += kReplacement;
    } else {
      if (character == "\"" || character == "\\" || character == "]") {
        out += '\\';
      }
      out += character;
    }
    taken += std::max<size_t>(size, 1);
  }
}

}  // namespace

std::string FormatSyslog(const SyslogMessage& message, const SyslogIdentity& identity) {
  std::string out = absl::StrCat(
      "<", kFacilityLogAudit * 8 + std::clamp(message.severity, 0, 7), ">1 ", FormatRfc3339(message.time), " ",
      HeaderField(identity.host_name, kHostNameMax), " ", HeaderField(identity.app_name, kAppNameMax), " ",
      HeaderField(identity.process_id, kProcessIdMax), " ", HeaderField(message.message_id, kMessageIdMax), " ");
  if (message.element_name.empty()) {
    out += '-';
  } else {
    absl::StrAppend(&out, "[", SdName(absl::StrCat(message.element_name, "@", identity.enterprise_number)));
    for (const auto& [name, value] : message.parameters) {
      absl::StrAppend(&out, " ", SdName(name), "=\"");
      AppendValue(value, out);
      out += '"';
    }
    out += ']';
  }
  if (!message.text.empty()) {
    absl::StrAppend(&out, " ", message.text);
  }
  return out;
}

}  // namespace affidavit::siem
