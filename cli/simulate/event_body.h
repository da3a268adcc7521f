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
  std::string template_name;
  std::string text;  // UTF-8
};

struct EventFacts {
  std::string id, type;
  TimePoint timestamp;
  std::string status;                      // sent | delivered | read | failed
  std::string error_code;                  // of a failure, else empty
  std::optional<TimePoint> delivery_time;  // the carrier's clock
};

// {"id","type","version","timestamp","message":{…}}; `id` is the first member. `text` is cut or repeated, at character
// borders, so that the whole is about `size_bytes` long.
std::string EventBody(const EventFacts& event, const MessageFacts& message, Layout layout, size_t size_bytes);

}  // namespace affidavit::simulate
