#include "core/schema/registration.h"

#include <map>
#include <utility>

#include "core/base/canonical_json.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/json_scanner.h"
#include "core/base/text.h"
#include "core/schema/canonical_document.h"

namespace affidavit {
namespace {

constexpr size_t kRegistrationTextSizeMax = 256;
constexpr size_t kSchemaIdSize = 16;
constexpr size_t kNumberDigits = 8;

class RegistrationFaults {
 public:
  void Text(std::string_view field, std::string_view text) {
    if (!IsSoundText(text, kRegistrationTextSizeMax)) {
      Add(field, "must be 1 to 256 bytes of UTF-8 without control characters");
    }
  }
  void Add(std::string_view field, std::string_view description) {
    faults_.push_back({std::string(field), std::string(description)});
  }
  std::vector<ActFault> Take() { return std::move(faults_); }

 private:
  std::vector<ActFault> faults_;
};

void CheckSchema(std::string_view schema, RegistrationFaults& faults) {
  constexpr std::string_view kTooLarge = "must be at most 256 KiB, also in canonical form";
  if (schema.size() > kSchemaSizeMax) {
    faults.Add("schema", kTooLarge);
    return;
  }
  const absl::StatusOr<std::string> canonical = CanonicalDocument(schema, kSchemaDepthMax);
  if (!canonical.ok()) {
    const std::string_view why(canonical.status().message().data(), canonical.status().message().size());
    faults.Add("schema", Concat({"must be a JSON Schema, but ", why}));
  } else if (canonical->size() > kSchemaSizeMax) {
    faults.Add("schema", kTooLarge);
  } else if (canonical->front() != '{' && *canonical != "true" && *canonical != "false") {
    faults.Add("schema", "must be a JSON object, true or false");
  }
}

void AppendMember(std::string_view name, std::string_view text, std::string& out) {
  AppendCanonicalString(name, out);
  out.push_back(':');
  AppendCanonicalString(text, out);
  out.push_back(',');
}

// What a member says that is a string in canonical form; empty for anything else: EncodeRegistration has the last word.
std::string TextOf(const std::map<std::string, std::string, std::less<>>& members, std::string_view name) {
  const auto found = members.find(name);
  std::string text;
  if (found != members.end() && found->second.front() == '"') {
    UnescapeJson(std::string_view(found->second).substr(1, found->second.size() - 2), text);
  }
  return text;
}

}  // namespace

std::string SchemaIdOf(std::string_view schema) {
  const absl::StatusOr<std::string> canonical = CanonicalDocument(schema, kSchemaDepthMax);
  return HexEncode(AsBytes(Sha256(canonical.ok() ? *canonical : schema))).substr(0, kSchemaIdSize);
}

std::vector<ActFault> FindRegistrationFaults(const SchemaRegistration& registration) {
  RegistrationFaults faults;
  faults.Text("source", registration.source);
  faults.Text("event_type", registration.event_type);
  if (!registration.schema_version.empty()) {
    faults.Text("schema_version", registration.schema_version);
  }
  CheckSchema(registration.schema, faults);
  faults.Text("actor", registration.actor);
  return faults.Take();
}

std::string RegistrationKeyPrefix(const SchemaRegistration& registration) {
  std::string names;
  AppendMember("source", registration.source, names);
  AppendMember("event_type", registration.event_type, names);
  AppendMember("schema_version", registration.schema_version, names);
  return Concat({kSchemaRegisterType, ":", HexEncode(AsBytes(Sha256(names))), ":"});
}

GovernanceRecord EncodeRegistration(const SchemaRegistration& registration, int number) {
  std::string payload = "{";
  AppendMember("act", kSchemaRegisterType, payload);
  AppendMember("actor", registration.actor, payload);
  AppendMember("event_type", registration.event_type, payload);
  payload.append("\"schema\":");
  payload.append(CanonicalDocument(registration.schema, kSchemaDepthMax).value_or("null")).append(",");
  if (!registration.schema_version.empty()) {
    AppendMember("schema_version", registration.schema_version, payload);
  }
  AppendMember("source", registration.source, payload);
  payload.append("\"v\":1}");
  const std::string digits = std::to_string(number);
  std::string key = RegistrationKeyPrefix(registration);
  key.append(digits.size() < kNumberDigits ? kNumberDigits - digits.size() : 0, '0').append(digits);
  return {std::move(key), std::string(kSchemaRegisterType), std::move(payload)};
}

absl::StatusOr<SchemaRegistration> DecodeRegistration(std::string_view payload) {
  const auto members = CanonicalMembers(payload, kSchemaDepthMax + 1);
  if (!members.ok()) {
    return absl::InvalidArgumentError("not a registration of a schema");
  }
  SchemaRegistration registration{.source = TextOf(*members, "source"),
                                  .event_type = TextOf(*members, "event_type"),
                                  .schema_version = TextOf(*members, "schema_version"),
                                  .actor = TextOf(*members, "actor")};
  if (const auto schema = members->find("schema"); schema != members->end()) {
    registration.schema = schema->second;
  }
  if (!FindRegistrationFaults(registration).empty() || EncodeRegistration(registration, 1).payload != payload) {
    return absl::InvalidArgumentError("not the canonical form of a registration of a schema");
  }
  return registration;
}

}  // namespace affidavit
