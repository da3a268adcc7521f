#include "core/envelope/object_key.h"

#include "core/base/affix.h"
#include "core/base/encoding.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

constexpr size_t kComponentSizeMax = 200;
constexpr std::string_view kHashed = "sha256-";
constexpr std::string_view kConflictMark = ".conflict-";
constexpr size_t kConflictDigits = 16;
constexpr char kUpperHex[] = "0123456789ABCDEF";

bool IsPlainKeyByte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

void AppendEscaped(char introducer, char byte, std::string& out) {
  const auto value = static_cast<unsigned char>(byte);
  out += introducer;
  out += kUpperHex[value >> 4];
  out += kUpperHex[value & 15];
}

// Without this whoever can choose an event id could take another event's place: with the hash of its long id, or with
// the name of its conflict.
bool LooksMade(std::string_view component) {
  return component.starts_with(kHashed) ||
         (component.size() >= kConflictMark.size() + kConflictDigits &&
          component.substr(component.size() - kConflictMark.size() - kConflictDigits).starts_with(kConflictMark));
}

std::string Hashed(std::string_view text) {
  return Concat({kHashed, HexEncode(AsBytes(Sha256(text)))});
}

// A folder called like an object of the default source would stand in that object's place in a directory.
std::string SourceComponent(std::string_view source) {
  return source.ends_with(".json") ? Hashed(source) : ObjectKeyComponent(source);
}

// For metadata: what a header value carries unchanged stays readable.
std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (c > ' ' && c < '\x7f' && c != '%') {
      encoded += c;
    } else {
      AppendEscaped('%', c, encoded);
    }
  }
  return encoded;
}

}  // namespace

std::string ObjectKeyComponent(std::string_view text) {
  std::string component;
  for (const char c : text) {
    if (IsPlainKeyByte(c)) {
      component += c;
    } else {
      AppendEscaped('!', c, component);
    }
    if (component.size() > kComponentSizeMax) {
      return Hashed(text);
    }
  }
  const bool is_usable = !component.empty() && component != "." && component != ".." && !LooksMade(component);
  return is_usable ? component : Hashed(text);
}

std::string EntryObjectKey(const LeafFields& fields, int64_t leaf_index) {
  const std::string day = FormatRfc3339(fields.receive_time).substr(0, 10);
  if (fields.kind != EntryKind::kEnvelope && fields.kind != EntryKind::kConflict) {
    return Concat({"records/", day, "/", EntryKindName(fields.kind), "/", std::to_string(leaf_index), ".json"});
  }
  const std::string_view channel = fields.channel.empty() ? std::string_view("UNKNOWN") : fields.channel;
  std::string key = Concat({"audit/", day, "/", ObjectKeyComponent(channel), "/"});
  if (fields.source != kDefaultSource) {
    key += SourceComponent(fields.source) + "/";
  }
  key += ObjectKeyComponent(fields.event_id);
  if (fields.kind == EntryKind::kConflict) {
    key += Concat({kConflictMark, HexEncode(AsBytes(fields.payload_sha256)).substr(0, kConflictDigits)});
  }
  return key + ".json";
}

std::map<std::string, std::string> EntryObjectMetadata(const LeafFields& fields) {
  std::map<std::string, std::string> metadata;
  size_t size = 0;
  const auto add = [&](const std::string& name, std::string value) {
    if (!value.empty() && size + name.size() + value.size() <= kObjectMetadataSizeMax) {
      size += name.size() + value.size();
      metadata.emplace(name, std::move(value));
    }
  };
  add("audit_hash", HexEncode(AsBytes(fields.payload_sha256)));
  add("ingestion_timestamp", FormatRfc3339(fields.receive_time));
  add("source_platform", PercentEncode(fields.source));
  add("schema_version", PercentEncode(fields.schema_version));
  add("correlation_id", PercentEncode(fields.correlation_id));
  return metadata;
}

std::string LogObjectPrefix(int incarnation) {
  return incarnation <= 1 ? "log/" : Concat({"log-", std::to_string(incarnation), "/"});
}

}  // namespace affidavit
