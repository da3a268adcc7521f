// The JSON of one platform event, byte for byte from its facts. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace affidavit::simulate {

// How the platform happens to write its JSON: the bytes differ, the meaning does not. Nobody may rely on either.
enum class Layout { kCompact, kSpaced };

// What is the same in every event of one message.
struct MessageFacts {
  std::string message_id, correlation_id;
  std::string channel, direction;
  std::string from, to;
  std::string carrier;  // of SMS and MMS, else empty
  std::string template_name, locale;
  std::string text;  // UTF-8
};

// What the platform calls "version". kSecond has a member more (message.locale), one less (message.template) and one of
// another type (message.errorCode is a number).
enum class SchemaVersion { kFirst, kSecond };
std::string_view SchemaVersionName(SchemaVersion version);  // "1.0", "1.1"

struct EventFacts {
  std::string id, type;
  TimePoint timestamp;
  std::string status;                      // sent | delivered | read | failed
  std::string error_code;                  // of a failure, else empty
  int error_number = 0;                    // the same, as kSecond writes it
  std::string read_consent;                // "granted", "denied"; empty: the event says nothing of it
  std::optional<TimePoint> delivery_time;  // the carrier's clock
  SchemaVersion version = SchemaVersion::kFirst;
  bool has_extra_member = false;  // message.campaign, which no version knows
};

// {"id","type","version","timestamp","message":{…}}; `id` is the first member. `text` is cut or repeated, at character
// borders, so that the whole is about `size_bytes` long.
std::string EventBody(const EventFacts& event, const MessageFacts& message, Layout layout, size_t size_bytes);

}  // namespace affidavit::simulate
