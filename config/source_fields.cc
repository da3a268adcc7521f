#include "config/sources.h"

namespace affidavit::config {
namespace {

constexpr int64_t kScopeCountMax = 64;
constexpr int64_t kIdPointersMax = 8;

}  // namespace

std::vector<Field> SourceFields(SourceKeys& keys) {
  return {
      {"name", &keys.name, Shape::kName},
      {"route", &keys.route, Shape::kRoute},
      {"profile", &keys.profile, Shape::kText},
      {"scheme", &keys.scheme, Shape::kText},
      {"signature_header", &keys.signature_header, Shape::kHeader},
  };
}

std::vector<Field> PointerFields(PointerKeys& keys) {
  return {
      {"id", &keys.id, Shape::kPointer, 1, kIdPointersMax},
      {"type", &keys.type, Shape::kPointer},
      {"version", &keys.version, Shape::kPointer},
      {"time", &keys.time, Shape::kPointer},
      {"message_id", &keys.message_id, Shape::kPointer},
      {"direction", &keys.direction, Shape::kPointer},
      {"channel", &keys.channel, Shape::kPointer},
      {"delivery_time", &keys.delivery_time, Shape::kPointer},
      {"correlation_id", &keys.correlation_id, Shape::kPointer},
  };
}

std::vector<Field> ScopeFields(Profile& profile) {
  return {
      {"types", &profile.types, Shape::kText, 0, kScopeCountMax},
      {"directions", &profile.directions, Shape::kText, 0, kScopeCountMax},
      {"channels", &profile.channels, Shape::kText, 0, kScopeCountMax},
  };
}

std::vector<Field> MapFields(MapKeys& keys) {
  return {{"type", &keys.type}, {"direction", &keys.direction}, {"channel", &keys.channel}};
}

std::vector<Field> SecretFields(SecretKeys& keys) {
  return {
      {"id", &keys.id, Shape::kName},       {"file", &keys.file, Shape::kFile},
      {"env", &keys.env, Shape::kVariable}, {"fingerprint", &keys.fingerprint, Shape::kFingerprint},
      {"not_before", &keys.not_before},     {"not_after", &keys.not_after},
      {"retired", &keys.retired},
  };
}

}  // namespace affidavit::config
