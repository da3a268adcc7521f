#include "tests/unit/services/siem/syslog_parser.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/base/time.h"

namespace affidavit::siem {
namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  bool Take(char byte) {
    if (rest_.empty() || rest_.front() != byte) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  bool AtEnd() const { return rest_.empty(); }
  char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  std::string_view Rest() const { return rest_; }

  // 1*size_max of bytes that are printable ASCII and none of `but`.
  std::optional<std::string> Printable(size_t size_max, std::string_view but = "") {
    size_t size = 0;
    while (size < rest_.size() && rest_[size] > ' ' && rest_[size] < '\x7f' &&
           but.find(rest_[size]) == std::string_view::npos) {
      ++size;
    }
    if (size == 0 || size > size_max) {
      return std::nullopt;
    }
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

  // PARAM-VALUE up to its closing quote: '"', '\' and ']' only escaped, UTF-8.
  std::optional<std::string> Value() {
    std::string value;
    while (!rest_.empty() && rest_.front() != '"') {
      char byte = rest_.front();
      rest_.remove_prefix(1);
      if (byte == ']') {
        return std::nullopt;
      }
      if (byte == '\\') {
        if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\\' && rest_.front() != ']')) {
          return std::nullopt;
        }
        byte = rest_.front();
        rest_.remove_prefix(1);
      }
      value += byte;
    }
    return Take('"') && IsUtf8(value) ? std::optional(value) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

std::optional<ParsedElement> TakeElement(Cursor& cursor) {
  ParsedElement element;
  const std::optional<std::string> id = cursor.Printable(32, "= ]\"");
  if (!id) {
    return std::nullopt;
  }
  element.id = *id;
  while (cursor.Take(' ')) {
    const std::optional<std::string> name = cursor.Printable(32, "= ]\"");
    if (!name || !cursor.Take('=') || !cursor.Take('"')) {
      return std::nullopt;
    }
    const std::optional<std::string> value = cursor.Value();
    if (!value) {
      return std::nullopt;
    }
    element.parameters.emplace_back(*name, *value);
  }
  return cursor.Take(']') ? std::optional(element) : std::nullopt;
}

bool TakeElements(Cursor& cursor, ParsedSyslog& message) {
  if (cursor.Take('-')) {
    return true;
  }
  while (cursor.Take('[')) {
    std::optional<ParsedElement> element = TakeElement(cursor);
    if (!element) {
      return false;
    }
    message.elements.push_back(*std::move(element));
  }
  return !message.elements.empty();
}

// PRI and VERSION.
bool TakePriority(Cursor& cursor, ParsedSyslog& message) {
  const std::optional<std::string> digits = cursor.Take('<') ? cursor.Printable(3, ">") : std::nullopt;
  if (!digits || !std::all_of(digits->begin(), digits->end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  message.priority = std::stoi(*digits);
  return message.priority <= 191 && (digits->size() == 1 || digits->front() != '0') && cursor.Take('>') &&
         cursor.Take('1') && cursor.Take(' ');
}

// FULL-DATE "T" with upper-case letters and at most six digits of a second.
bool IsTimestamp(const std::string& text) {
  return text == "-" || (text.size() <= 32 && text.find('T') == 10 && text.back() == 'Z' && ParseRfc3339(text));
}

}  // namespace

std::optional<ParsedSyslog> ParseSyslog(std::string_view bytes) {
  Cursor cursor(bytes);
  ParsedSyslog message;
  if (!TakePriority(cursor, message)) {
    return std::nullopt;
  }
  const std::vector<std::pair<std::string*, size_t>> fields = {{&message.timestamp, 32},
                                                               {&message.host_name, 255},
                                                               {&message.app_name, 48},
                                                               {&message.process_id, 128},
                                                               {&message.message_id, 32}};
  for (const auto& [field, size_max] : fields) {
    const std::optional<std::string> text = cursor.Printable(size_max);
    if (!text || !cursor.Take(' ')) {
      return std::nullopt;
    }
    *field = *text;
  }
  if (!IsTimestamp(message.timestamp) || !TakeElements(cursor, message)) {
    return std::nullopt;
  }
  if (cursor.Take(' ')) {
    message.text = std::string(cursor.Rest());
  } else if (!cursor.AtEnd()) {
    return std::nullopt;
  }
  return message;
}

}  // namespace affidavit::siem
