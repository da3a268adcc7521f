#include "services/ledger/wire/convert.h"

#include <chrono>
#include <utility>

#include "core/base/status_macros.h"

namespace affidavit::ledger {
namespace {

constexpr int64_t kSecondsMin = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t kSecondsMax = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr int32_t kNanosMax = 999'999'999;
constexpr int32_t kNanosPerMicro = 1'000;

void SetOptionalTime(const std::optional<TimePoint>& time, google::protobuf::Timestamp* (v1::Entry::*mutable_time)(),
                     v1::Entry& proto) {
  if (time) {
    *(proto.*mutable_time)() = ToTimestamp(*time);
  }
}

void SetLeafFields(LeafFields fields, v1::Entry& proto) {
  proto.set_kind(ToProto(fields.kind));
  proto.set_source(std::move(fields.source));
  proto.set_event_id(std::move(fields.event_id));
  proto.set_event_type(std::move(fields.event_type));
  proto.set_schema_version(std::move(fields.schema_version));
  proto.set_channel(std::move(fields.channel));
  proto.set_direction(std::move(fields.direction));
  proto.set_message_id(std::move(fields.message_id));
  proto.set_correlation_id(std::move(fields.correlation_id));
  SetOptionalTime(fields.event_time, &v1::Entry::mutable_event_time, proto);
  SetOptionalTime(fields.delivery_time, &v1::Entry::mutable_delivery_time, proto);
  *proto.mutable_receive_time() = ToTimestamp(fields.receive_time);
  proto.set_adapter_id(std::move(fields.adapter_id));
  proto.set_payload_sha256(std::string(AsBytes(fields.payload_sha256)));
  proto.set_payload_size_bytes(fields.payload_size);
  if (fields.signature) {
    *proto.mutable_signature() = ToProto(*fields.signature);
  }
  proto.set_retention_class(std::move(fields.retention_class));
  *proto.mutable_retain_until_time() = ToTimestamp(fields.retain_until);
  proto.set_provenance(std::move(fields.provenance));
  for (std::string& flag : fields.flags) {
    proto.add_flags(std::move(flag));
  }
}

}  // namespace

std::optional<TimePoint> FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kSecondsMin || timestamp.seconds() > kSecondsMax || timestamp.nanos() < 0 ||
      timestamp.nanos() > kNanosMax) {
    return std::nullopt;
  }
  return TimePoint(std::chrono::seconds(timestamp.seconds()) +
                   std::chrono::microseconds(timestamp.nanos() / kNanosPerMicro));
}

std::optional<TimePoint> CeilTimestamp(const google::protobuf::Timestamp& timestamp) {
  std::optional<TimePoint> time = FromTimestamp(timestamp);
  if (time && timestamp.nanos() % kNanosPerMicro != 0) {
    *time += std::chrono::microseconds(1);
  }
  return time;
}

google::protobuf::Timestamp ToTimestamp(TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds.time_since_epoch().count());
  timestamp.set_nanos(static_cast<int32_t>((time - seconds).count()) * kNanosPerMicro);
  return timestamp;
}

v1::EntryKind ToProto(EntryKind kind) {
  switch (kind) {
    case EntryKind::kEnvelope:
      return v1::ENTRY_KIND_ENVELOPE;
    case EntryKind::kConflict:
      return v1::ENTRY_KIND_CONFLICT;
    case EntryKind::kExcluded:
      return v1::ENTRY_KIND_EXCLUDED;
    case EntryKind::kQuarantined:
      return v1::ENTRY_KIND_QUARANTINED;
    case EntryKind::kStatus:
      return v1::ENTRY_KIND_STATUS;
    case EntryKind::kGovernance:
      return v1::ENTRY_KIND_GOVERNANCE;
    case EntryKind::kReconciliation:
      return v1::ENTRY_KIND_RECONCILIATION;
    case EntryKind::kHeartbeat:
      return v1::ENTRY_KIND_HEARTBEAT;
    case EntryKind::kAccess:
      return v1::ENTRY_KIND_ACCESS;
  }
  return v1::ENTRY_KIND_UNSPECIFIED;
}

std::optional<EntryKind> FromProto(v1::EntryKind kind) {
  // By number; ToProto's compiler-checked switch says which number is which.
  for (const EntryKind ours :
       {EntryKind::kEnvelope, EntryKind::kConflict, EntryKind::kExcluded, EntryKind::kQuarantined, EntryKind::kStatus,
        EntryKind::kGovernance, EntryKind::kReconciliation, EntryKind::kHeartbeat, EntryKind::kAccess}) {
    if (ToProto(ours) == kind) {
      return ours;
    }
  }
  return std::nullopt;
}

SignatureEvidence FromProto(const v1::SignatureEvidence& signature) {
  SignatureEvidence evidence{
      .scheme = signature.scheme(), .key_id = signature.key_id(), .key_fingerprint = signature.key_fingerprint()};
  for (const auto& header : signature.headers()) {
    evidence.headers.emplace_back(header.name(), header.value());
  }
  return evidence;
}

v1::SignatureEvidence ToProto(const SignatureEvidence& signature) {
  v1::SignatureEvidence proto;
  proto.set_scheme(signature.scheme);
  proto.set_key_id(signature.key_id);
  proto.set_key_fingerprint(signature.key_fingerprint);
  for (const auto& [name, value] : signature.headers) {
    auto* header = proto.add_headers();
    header->set_name(name);
    header->set_value(value);
  }
  return proto;
}

absl::StatusOr<v1::Entry> ToProto(db::StoredEntry entry) {
  ASSIGN_OR_RETURN(LeafFields fields, DecodeLeaf(entry.leaf));
  v1::Entry proto;
  proto.set_leaf_index(entry.leaf_index);
  SetLeafFields(std::move(fields), proto);
  *proto.mutable_integrate_time() = ToTimestamp(entry.integrate_time);
  proto.set_leaf(std::move(entry.leaf));
  proto.set_leaf_hash(std::string(AsBytes(entry.leaf_hash)));
  if (entry.payload) {
    proto.set_payload(*std::move(entry.payload));
  }
  proto.set_payload_error(std::move(entry.payload_error));
  return proto;
}

}  // namespace affidavit::ledger
