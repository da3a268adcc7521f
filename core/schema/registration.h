// A JSON Schema that a source's payloads of one type and version are held against, as a governance entry of the log
// says it (docs/answers.md). Pure, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/retention/act.h"

namespace affidavit {

inline constexpr size_t kSchemaSizeMax = 256 << 10;
inline constexpr size_t kSchemaDepthMax = 64;  // objects and arrays inside each other
inline constexpr std::string_view kSchemaRegisterType = "schema:register";

struct SchemaRegistration {
  std::string source;
  std::string event_type;
  std::string schema_version;  // as payloads name it; empty: those that name none
  std::string schema;          // a JSON document; its canonical form is what counts
  std::string actor;           // as claimed

  bool operator==(const SchemaRegistration&) const = default;
};

// 16 lower-case hex digits of the SHA-256 of the schema's canonical JSON (core/schema/canonical_document.h).
// REQUIRES: `schema` is a schema without faults.
std::string SchemaIdOf(std::string_view schema);

// Everything that is wrong; `field` as in governance_service.proto. Whether a validator takes the schema is not asked.
std::vector<ActFault> FindRegistrationFaults(const SchemaRegistration& registration);

// What the keys of every registration for these three names begin with. What follows is the registration's number in
// eight digits, so that of all of them the greatest key is the newest.
std::string RegistrationKeyPrefix(const SchemaRegistration& registration);

// REQUIRES: no faults. `number`: 1 for the first registration of its three names, and one more for each that takes
// another's place. The key is made of the names and of the number: so going back to an earlier schema is an entry of
// its own, and of two that would both be the next only one is.
GovernanceRecord EncodeRegistration(const SchemaRegistration& registration, int number = 1);
// INVALID_ARGUMENT unless `payload` is what EncodeRegistration makes of a registration without faults.
absl::StatusOr<SchemaRegistration> DecodeRegistration(std::string_view payload);

}  // namespace affidavit
