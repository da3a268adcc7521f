#include "core/envelope/admission.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"

namespace affidavit {
namespace {

using Kind = JsonFinding::Kind;

constexpr std::string_view kUnknownChannel = "UNKNOWN";

// What can be made of a member that should be a text.
struct ReadText {
  enum class State {
    kAbsent,   // not there, null or empty
    kNotText,  // another JSON type
    kUnsound,  // a string, but too long, with control characters or with an unpaired surrogate
    kSound,
  };
  State state = State::kAbsent;
  std::string text;  // iff kSound
};
using State = ReadText::State;

ReadText Text(const JsonFinding& finding, size_t size_max) {
  if (finding.kind == Kind::kAbsent || finding.kind == Kind::kNull) {
    return {State::kAbsent, {}};
  }
  if (finding.kind != Kind::kString) {
    return {State::kNotText, {}};
  }
  if (finding.text.empty()) {
    return {State::kAbsent, {}};
  }
  std::string text;
  bool sound = true;
  if (finding.has_escapes) {
    sound = UnescapeJson(finding.text, text);
  } else {
    text = finding.text;
  }
  if (!sound || !IsSoundText(text, size_max)) {
    return {State::kUnsound, {}};
  }
  return {State::kSound, std::move(text)};
}

// The value in the map, compared ignoring ASCII case; null when it has none.
const std::string* FindMapped(const ValueMap& map, std::string_view value) {
  for (const auto& [theirs, ours] : map) {
    if (EqualsIgnoreAsciiCase(theirs, value)) {
      return &ours;
    }
  }
  return nullptr;
}

std::string Mapped(const ValueMap& map, std::string value) {
  if (const std::string* ours = FindMapped(map, value); ours != nullptr) {
    return *ours;
  }
  return value;
}

enum class Case { kExact, kIgnored };

bool Contains(const std::vector<std::string>& values, std::string_view value, Case letters) {
  return std::any_of(values.begin(), values.end(), [&](const std::string& candidate) {
    return letters == Case::kExact ? candidate == value : EqualsIgnoreAsciiCase(candidate, value);
  });
}

// Joined with '|'; inside a part '|' and '\\' are escaped, so that different parts never make the same id.
std::string JoinParts(const std::vector<std::string>& parts) {
  std::string id;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) {
      id.push_back('|');
    }
    for (const char c : parts[i]) {
      if (c == '\\' || c == '|') {
        id.push_back('\\');
      }
      id.push_back(c);
    }
  }
  return id;
}

Admission Quarantined(std::string_view reason, std::string_view jsonb_error) {
  Admission admission;
  admission.kind = EntryKind::kQuarantined;
  admission.reason = reason;
  admission.flags = {Concat({"quarantined_", reason})};
  admission.jsonb_error = jsonb_error;
  return admission;
}

std::string_view JsonbError(JsonbObstacle obstacle) {
  switch (obstacle) {
    case JsonbObstacle::kNone:
      return {};
    case JsonbObstacle::kNullEscape:
      return "22P05";
    case JsonbObstacle::kUnpairedSurrogate:
      return "22P02";
  }
  return {};
}

}  // namespace

// One body's way from findings to Admission.
class AdmissionDecision {
 public:
  AdmissionDecision(const Admitter& admitter, const JsonReading& reading)
      : admitter_(admitter), profile_(admitter.profile_), reading_(reading) {}

  Admission Decide() {
    const std::string_view jsonb_error = JsonbError(reading_.jsonb_obstacle);
    if (reading_.duplicate_key) {
      return Quarantined("duplicate_key", jsonb_error);
    }
    if (const std::string_view fault = ReadEventId(); !fault.empty()) {
      return Quarantined(fault, jsonb_error);
    }
    admission_.kind = EntryKind::kEnvelope;
    admission_.jsonb_error = jsonb_error;
    admission_.schema_version = ReadVersion();
    admission_.message_id = Metadata(admitter_.message_id_, "message_id");
    admission_.correlation_id = Metadata(admitter_.correlation_id_, "correlation_id");
    admission_.event_time = Time(admitter_.time_, "event_time");
    admission_.delivery_time = Time(admitter_.delivery_time_, "delivery_time");
    Classify();
    std::sort(admission_.flags.begin(), admission_.flags.end());
    admission_.flags.erase(std::unique(admission_.flags.begin(), admission_.flags.end()), admission_.flags.end());
    return std::move(admission_);
  }

 private:
  const JsonFinding& At(size_t slot) const {
    static constexpr JsonFinding kAbsent;
    return slot == JsonPaths::kNone ? kAbsent : reading_.findings[slot];
  }

  void Flag(std::string flag) { admission_.flags.push_back(std::move(flag)); }

  // Returns why there is no id, or nothing.
  std::string_view ReadEventId() {
    std::vector<std::string> parts;
    bool sound = true;
    for (const size_t slot : admitter_.id_) {
      if (At(slot).kind != Kind::kString) {
        return "id_missing";
      }
      ReadText part = Text(At(slot), kEventIdSizeMax);
      sound = sound && part.state == State::kSound;
      parts.push_back(std::move(part.text));
    }
    for (const size_t slot : admitter_.id_optional_) {
      ReadText part = Text(At(slot), kEventIdSizeMax);
      if (part.state == State::kNotText) {
        return "id_missing";
      }
      sound = sound && part.state != State::kUnsound;
      parts.push_back(std::move(part.text));
    }
    admission_.event_id = parts.size() == 1 ? std::move(parts.front()) : JoinParts(parts);
    return sound && admission_.event_id.size() <= kEventIdSizeMax ? "" : "id_unsound";
  }

  // The text, or nothing and a flag.
  std::string Metadata(size_t slot, std::string_view member) {
    ReadText read = Text(At(slot), kMetadataSizeMax);
    if (read.state == State::kNotText || read.state == State::kUnsound) {
      Flag(Concat({member, "_unreadable"}));
    }
    return std::move(read.text);
  }

  // A numeric version keeps its characters: 1.10 is not 1.1.
  std::string ReadVersion() {
    const JsonFinding& version = At(admitter_.version_);
    if (version.kind == Kind::kNumber && version.text.size() <= kMetadataSizeMax) {
      return std::string(version.text);
    }
    return Metadata(admitter_.version_, "schema_version");
  }

  std::optional<TimePoint> Time(size_t slot, std::string_view member) {
    const JsonFinding& finding = At(slot);
    std::optional<TimePoint> time;
    if (finding.kind == Kind::kNumber) {
      time = ParseEpochMilliseconds(finding.text);
    } else {
      const ReadText read = Text(finding, kMetadataSizeMax);
      if (read.state == State::kAbsent) {
        return std::nullopt;
      }
      time = ParseRfc3339(read.text);
    }
    if (!time) {
      Flag(Concat({member, "_unreadable"}));
    }
    return time;
  }

  // The first value that the type map knows, else the first string, else whatever tells best why there is none.
  ReadText ReadType() const {
    ReadText first;
    for (const size_t slot : admitter_.type_) {
      ReadText read = Text(At(slot), kMetadataSizeMax);
      if (read.state == State::kSound && FindMapped(profile_.type_map, read.text) != nullptr) {
        return read;
      }
      if (first.state < read.state && (first.state == State::kAbsent || first.state == State::kNotText)) {
        first = std::move(read);
      }
    }
    return first;
  }

  bool DirectionMatters() const {
    const ReadText read = Text(At(admitter_.exempting_), kMetadataSizeMax);
    return !Contains(profile_.direction_exemption.values, read.text, Case::kIgnored);
  }

  void Classify() {
    const std::vector<std::string> any;
    const bool asks_direction = !profile_.directions.empty() && DirectionMatters();
    admission_.direction =
        ScopeMember("direction", admitter_.direction_, Text(At(admitter_.direction_), kMetadataSizeMax),
                    profile_.direction_map, asks_direction ? profile_.directions : any, Case::kIgnored);
    admission_.channel = ScopeMember("channel", admitter_.channel_, Text(At(admitter_.channel_), kMetadataSizeMax),
                                     profile_.channel_map, profile_.channels, Case::kExact);
    const size_t type_slot = admitter_.type_.empty() ? JsonPaths::kNone : admitter_.type_.front();
    admission_.event_type = ScopeMember("type", type_slot, ReadType(), profile_.type_map, profile_.types, Case::kExact);
    if (admission_.channel.empty()) {
      admission_.channel = kUnknownChannel;
    }
    if (!admission_.reason.empty()) {
      admission_.kind = EntryKind::kExcluded;
      Flag(Concat({"excluded_", admission_.reason}));
    }
  }

  // Our value, empty when there is none; says so in flags, and excludes when `in_scope` names others only.
  std::string ScopeMember(std::string_view name, size_t slot, ReadText read, const ValueMap& map,
                          const std::vector<std::string>& in_scope, Case letters) {
    const bool asked = slot != JsonPaths::kNone && !in_scope.empty();
    std::string value = read.state == State::kSound ? Mapped(map, std::move(read.text)) : std::string();
    const bool is_text = read.state == State::kSound || read.state == State::kUnsound;
    if (asked && !is_text) {
      Flag("unclassified");
    } else if (read.state == State::kUnsound || read.state == State::kNotText) {
      Flag(Concat({name == "type" ? "event_type" : name, "_unreadable"}));
    }
    if (asked && is_text && !Contains(in_scope, value, letters) && admission_.reason.empty()) {
      admission_.reason = name;
    }
    return value;
  }

  const Admitter& admitter_;
  const Profile& profile_;
  const JsonReading& reading_;
  Admission admission_;
};

Admitter::Admitter(Profile profile) : profile_(std::move(profile)) {
  const ProfilePointers& pointers = profile_.pointers;
  for (const JsonPointer& pointer : pointers.id) {
    id_.push_back(paths_.Add(pointer));
  }
  for (const JsonPointer& pointer : pointers.id_optional) {
    id_optional_.push_back(paths_.Add(pointer));
  }
  type_.push_back(paths_.Add(pointers.type));
  for (const JsonPointer& pointer : pointers.type_fallbacks) {
    type_.push_back(paths_.Add(pointer));
  }
  version_ = paths_.Add(pointers.version);
  time_ = paths_.Add(pointers.time);
  message_id_ = paths_.Add(pointers.message_id);
  direction_ = paths_.Add(pointers.direction);
  channel_ = paths_.Add(pointers.channel);
  delivery_time_ = paths_.Add(pointers.delivery_time);
  correlation_id_ = paths_.Add(pointers.correlation_id);
  exempting_ = paths_.Add(profile_.direction_exemption.pointer);
}

Admission Admitter::Admit(std::string_view body) const {
  if (!IsUtf8(body) || body.find('\0') != std::string_view::npos) {
    return Quarantined("not_json", "22021");
  }
  const JsonReading reading = paths_.Read(body);
  switch (reading.end) {
    case JsonToken::kEnd:
      return AdmissionDecision(*this, reading).Decide();
    case JsonToken::kTooDeep:
      return Quarantined("too_deep", "54001");
    default:
      return Quarantined("not_json", "22P02");
  }
}

Admission Admit(const Profile& profile, std::string_view body) {
  return Admitter(profile).Admit(body);
}

}  // namespace affidavit
