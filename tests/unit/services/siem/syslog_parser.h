// A reader of RFC 5424 written from section 6's grammar and from nothing else, so that what we write is held against
// the RFC and not against our own idea of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace affidavit::siem {

struct ParsedElement {
  std::string id;
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct ParsedSyslog {
  int priority = -1;
  std::string timestamp, host_name, app_name, process_id, message_id;
  std::vector<ParsedElement> elements;
  std::string text;
};

// Nothing unless `bytes` is a SYSLOG-MSG: every length, character set and separator of the grammar is checked.
std::optional<ParsedSyslog> ParseSyslog(std::string_view bytes);

}  // namespace affidavit::siem
