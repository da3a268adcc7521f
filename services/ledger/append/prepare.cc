#include "services/ledger/append/prepare.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/text.h"
#include "core/envelope/adapter_retirement.h"
#include "core/envelope/profile.h"
#include "core/retention/act.h"
#include "core/signature/verifier.h"

namespace affidavit::ledger {
namespace {

using Violations = std::vector<FieldViolation>;

constexpr size_t kFingerprintSize = 8;

void CheckText(std::string_view field, std::string_view text, size_t size_max, Violations& violations) {
  if (!IsSoundText(text, size_max)) {
    violations.push_back({std::string(field),
                          "must be 1 to " + std::to_string(size_max) + " bytes of UTF-8 without control characters"});
  }
}

void CheckOptionalText(std::string_view field, std::string_view text, size_t size_max, Violations& violations) {
  if (!text.empty()) {
    CheckText(field, text, size_max, violations);
  }
}

void CheckSignature(const SignatureEvidence& signature, Violations& violations) {
  if (!ParseSignatureScheme(signature.scheme).ok()) {
    violations.push_back({"signature.scheme", "must be a scheme that this ledger knows"});
  }
  CheckText("signature.key_id", signature.key_id, kNameSizeMax, violations);
  if (signature.key_fingerprint.size() != kFingerprintSize) {
    violations.push_back({"signature.key_fingerprint", "must be 8 bytes"});
  }
  size_t size = 0;
  bool utf8 = true;
  for (const auto& [name, value] : signature.headers) {
    size += name.size() + value.size();
    utf8 = utf8 && IsUtf8(name) && IsUtf8(value);
  }
  if (signature.headers.size() > kSignatureHeaderCountMax || size > kSignatureHeaderSizeMax) {
    violations.push_back({"signature.headers", "must be at most 32 and 16 KiB in all"});
  }
  if (!utf8) {
    violations.push_back({"signature.headers", "must be UTF-8"});
  }
}

Violations CheckEnvelope(const IncomingEnvelope& envelope) {
  Violations violations;
  if (!envelope.receive_time) {
    violations.push_back({"receive_time", "must be present and lie in the years 0001 to 9999"});
  }
  if (envelope.signature) {
    CheckSignature(*envelope.signature, violations);
  } else {
    violations.push_back({"signature", "must be present"});
  }
  if (!envelope.readmitted && envelope.provenance != "webhook" && envelope.provenance != "spool") {
    violations.push_back({"provenance", "must be webhook or spool"});
  }
  if (!IsName(envelope.adapter_id, kNameSizeMax)) {
    violations.push_back({"adapter_id", "must be 1 to 128 of A-Z a-z 0-9 . _ -"});
  }
  return violations;
}

// A profile that reads nothing, to learn whether a document is JSON and what jsonb will say to it.
const Admitter& BlindAdmitter() {
  static const Admitter& admitter =
      *new Admitter(Profile{.name = "blind", .pointers = {.id = {{.text = "/id", .tokens = {"id"}}}}});
  return admitter;
}

// The longest of the default and the policies that bind the entry.
void PutRetention(const RetentionRules& retention, LeafFields& fields) {
  if (fields.kind == EntryKind::kExcluded) {
    fields.retention_class = "excluded";
    fields.retain_until = AddDays(fields.receive_time, retention.excluded_days);
    return;
  }
  fields.retention_class = "default";
  fields.retain_until = AddYears(fields.receive_time, retention.years);
  const RetentionPolicy* policy = retention.policies == nullptr ? nullptr : retention.policies->LongestFor(fields);
  if (policy != nullptr && policy->years > retention.years) {
    fields.retention_class = policy->regime;
    fields.retain_until = AddYears(fields.receive_time, policy->years);
  }
}

// Sets what follows from the other fields: retention, leaf and its hash.
Prepared Finish(PreparedEntry prepared, const RetentionRules& retention) {
  LeafFields& fields = prepared.entry.fields;
  fields.payload_sha256 = Sha256(prepared.entry.payload);
  fields.payload_size = static_cast<int64_t>(prepared.entry.payload.size());
  PutRetention(retention, fields);
  absl::StatusOr<std::string> leaf = EncodeLeaf(fields);
  if (!leaf.ok()) {
    return Violations{{"leaf", "must be UTF-8 and at most 65,535 bytes"}};
  }
  prepared.entry.leaf = *std::move(leaf);
  prepared.entry.leaf_hash = LeafHash(prepared.entry.leaf);
  return prepared;
}

void CheckRecordPayload(const IncomingRecord& record, const Admission& admission, Violations& violations) {
  if (admission.reason == "not_json" || admission.reason == "too_deep") {
    violations.push_back({"payload", "must be a JSON document, at most 512 deep"});
  } else if (record.kind == EntryKind::kGovernance &&
             ((IsActType(record.event_type) && !DecodeAct(record.event_type, record.payload).ok()) ||
              (record.event_type == kAdapterRetireType && !DecodeRetirement(record.payload).ok()))) {
    violations.push_back({"payload", "must be an act of its type in canonical form"});
  }
}

}  // namespace

bool IsName(std::string_view name, size_t size_max) {
  return !name.empty() && name.size() <= size_max && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

Prepared PrepareEnvelope(const IncomingEnvelope& envelope, const Admitter& admitter, const RetentionRules& retention,
                         std::shared_ptr<const void> owner) {
  if (Violations violations = CheckEnvelope(envelope); !violations.empty()) {
    return violations;
  }
  Admission admission = admitter.Admit(envelope.payload);
  PreparedEntry prepared;
  prepared.owner = std::move(owner);
  prepared.reason = std::move(admission.reason);
  prepared.clock_checked = !envelope.readmitted;
  prepared.request_id = IsName(envelope.request_id, kNameSizeMax) ? envelope.request_id : "";
  prepared.entry.payload = envelope.payload;
  prepared.entry.payload_error = std::move(admission.jsonb_error);
  LeafFields& fields = prepared.entry.fields;
  fields.kind = admission.kind;
  fields.source = envelope.source;
  fields.event_id = std::move(admission.event_id);
  fields.event_type = std::move(admission.event_type);
  fields.schema_version = std::move(admission.schema_version);
  fields.channel = std::move(admission.channel);
  fields.direction = std::move(admission.direction);
  fields.message_id = std::move(admission.message_id);
  fields.correlation_id = std::move(admission.correlation_id);
  fields.event_time = admission.event_time;
  fields.delivery_time = admission.delivery_time;
  fields.receive_time = *envelope.receive_time;
  fields.adapter_id = envelope.adapter_id;
  fields.signature = envelope.signature;
  fields.provenance = envelope.readmitted ? "readmitted" : envelope.provenance;
  fields.flags = std::move(admission.flags);
  return Finish(std::move(prepared), retention);
}

Prepared PrepareRecord(const IncomingRecord& record, TimePoint receive_time, const RetentionRules& retention,
                       std::shared_ptr<const void> owner) {
  Violations violations;
  if (!IsRecord(record.kind)) {
    violations.push_back({"kind", "must be status, governance, reconciliation, heartbeat or access"});
  }
  if (!IsName(record.source, kSourceNameSizeMax)) {
    violations.push_back({"source", "must be 1 to 64 of A-Z a-z 0-9 . _ -"});
  }
  CheckText("idempotency_key", record.idempotency_key, kEventIdSizeMax, violations);
  CheckOptionalText("event_type", record.event_type, kMetadataSizeMax, violations);
  CheckOptionalText("channel", record.channel, kMetadataSizeMax, violations);
  CheckOptionalText("message_id", record.message_id, kMetadataSizeMax, violations);
  CheckOptionalText("correlation_id", record.correlation_id, kMetadataSizeMax, violations);
  if (record.has_event_time && !record.event_time) {
    violations.push_back({"event_time", "must lie in the years 0001 to 9999"});
  }
  Admission admission = BlindAdmitter().Admit(record.payload);
  CheckRecordPayload(record, admission, violations);
  if (!violations.empty()) {
    return violations;
  }
  PreparedEntry prepared;
  prepared.owner = std::move(owner);
  prepared.clock_checked = false;
  prepared.entry.payload = record.payload;
  prepared.entry.payload_error = std::move(admission.jsonb_error);
  LeafFields& fields = prepared.entry.fields;
  fields.kind = record.kind;
  fields.source = record.source;
  fields.event_id = record.idempotency_key;
  fields.event_type = record.event_type;
  fields.channel = record.channel;
  fields.message_id = record.message_id;
  fields.correlation_id = record.correlation_id;
  fields.event_time = record.event_time;
  fields.receive_time = receive_time;
  fields.provenance = "affidavit";
  return Finish(std::move(prepared), retention);
}

}  // namespace affidavit::ledger
