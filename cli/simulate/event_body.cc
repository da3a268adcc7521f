#include "cli/simulate/event_body.h"

#include <array>

#include "core/base/canonical_json.h"

namespace affidavit::simulate {
namespace {

// Writes members in the order they are given, in one layout.
class ObjectWriter {
 public:
  explicit ObjectWriter(Layout layout)
      : colon_(layout == Layout::kSpaced ? ": " : ":"), comma_(layout == Layout::kSpaced ? ", " : ",") {}

  void Open(std::string_view name) {
    Name(name);
    out_ += '{';
    first_ = true;
  }
  void Close() {
    out_ += '}';
    first_ = false;
  }
  void Text(std::string_view name, std::string_view value) {
    Name(name);
    AppendCanonicalString(value, out_);
  }
  void Number(std::string_view name, int value) {
    Name(name);
    out_ += std::to_string(value);
  }
  void TextUnlessEmpty(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      Text(name, value);
    }
  }

  std::string Finish() && { return "{" + std::move(out_) + "}"; }

 private:
  void Name(std::string_view name) {
    if (!first_) {
      out_ += comma_;
    }
    first_ = false;
    AppendCanonicalString(name, out_);
    out_ += colon_;
  }

  const std::string_view colon_, comma_;
  std::string out_;
  bool first_ = true;
};

// Platforms write milliseconds.
std::string PlatformTime(TimePoint time) {
  std::string text = FormatRfc3339(time);
  text.replace(text.size() - 4, 4, "Z");
  return text;
}

std::string Write(const EventFacts& event, const MessageFacts& message, Layout layout, std::string_view text) {
  ObjectWriter out(layout);
  out.Text("id", event.id);
  out.Text("type", event.type);
  out.Text("version", SchemaVersionName(event.version));
  out.Text("timestamp", PlatformTime(event.timestamp));
  out.Open("message");
  out.Text("id", message.message_id);
  out.Text("direction", message.direction);
  out.Text("channel", message.channel);
  out.Text("status", event.status);
  out.Text("from", message.from);
  out.Text("to", message.to);
  out.TextUnlessEmpty("carrier", message.carrier);
  if (event.version == SchemaVersion::kFirst) {
    out.Text("template", message.template_name);
    out.TextUnlessEmpty("errorCode", event.error_code);
  } else {
    out.Text("locale", message.locale);
    if (!event.error_code.empty()) {
      out.Number("errorCode", event.error_number);
    }
  }
  if (event.has_extra_member) {
    out.Text("campaign", "autumn");
  }
  out.Text("body", text);
  if (event.delivery_time) {
    out.Text("deliveryTimestamp", PlatformTime(*event.delivery_time));
  }
  out.Open("metadata");
  out.Text("audit_correlation_id", message.correlation_id);
  out.TextUnlessEmpty("read_consent", event.read_consent);
  out.Close();
  out.Close();
  return std::move(out).Finish();
}

bool ContinuesCharacter(char c) {
  return (c & '\xC0') == '\x80';
}

std::string FitText(std::string_view text, size_t size) {
  std::string out;
  while (out.size() < size) {
    out += out.empty() ? "" : " ";
    out += text;
  }
  while (size > 0 && size < out.size() && ContinuesCharacter(out[size])) {
    --size;
  }
  out.resize(size);
  return out;
}

}  // namespace

std::string_view SchemaVersionName(SchemaVersion version) {
  constexpr std::array<std::string_view, 2> kNames = {"1.0", "1.1"};
  return kNames[static_cast<size_t>(version)];
}

std::string EventBody(const EventFacts& event, const MessageFacts& message, Layout layout, size_t size_bytes) {
  const size_t frame_size = Write(event, message, layout, "").size();
  const size_t text_size = size_bytes > frame_size ? size_bytes - frame_size : 0;
  return Write(event, message, layout, message.text.empty() ? "" : FitText(message.text, text_size));
}

}  // namespace affidavit::simulate
