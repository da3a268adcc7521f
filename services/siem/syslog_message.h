// RFC 5424 messages: exact escaping and the lengths that the RFC sets. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.h"

namespace affidavit::siem {

// Who speaks. Bytes that a field cannot hold become '?', what is too long is cut, what is empty is "-".
struct SyslogIdentity {
  std::string host_name;
  std::string app_name;
  std::string process_id;
  std::string enterprise_number = "32473";
};

inline constexpr int kFacilityLogAudit = 13;
inline constexpr int kSeverityWarning = 4, kSeverityInformational = 6;

struct SyslogMessage {
  int severity = kSeverityInformational;  // 0 to 7
  TimePoint time;
  std::string message_id;  // MSGID
  // One element of structured data, "name@enterprise_number"; no element when it is empty.
  std::string element_name;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string text;  // MSG, ASCII or UTF-8 that does not begin with a BOM
};

// Longest value of a parameter, before escaping; what is longer is cut, between characters. An event id has at most 512
// bytes, an object key 1,024: neither is ever cut.
inline constexpr size_t kParameterBytesMax = 4096;

// In a value '"', '\' and ']' are escaped, control characters and what is not UTF-8 become U+FFFD.
std::string FormatSyslog(const SyslogMessage& message, const SyslogIdentity& identity);

}  // namespace affidavit::siem
