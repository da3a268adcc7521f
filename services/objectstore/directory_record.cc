#include "services/objectstore/directory_record.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json.hpp"
#include "core/base/canonical_json.h"
#include "core/base/encoding.h"

namespace affidavit::objectstore {
namespace {

namespace json = boost::json;

absl::Status DamagedRecord(std::string_view what) {
  return absl::DataLossError(absl::StrCat("a version's record is damaged: ", std::string(what)));
}

const json::string* TextMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

std::optional<TimePoint> TimeMember(const json::object& object, std::string_view name) {
  const json::string* text = TextMember(object, name);
  return text == nullptr ? std::nullopt : ParseRfc3339(*text);
}

bool ReadDigest(const json::object& object, Digest& digest) {
  const json::string* hex = TextMember(object, "sha256");
  const std::optional<std::string> bytes = hex == nullptr ? std::nullopt : HexDecode(*hex);
  if (!bytes || bytes->size() != digest.size()) {
    return false;
  }
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return true;
}

bool ReadMetadata(const json::object& object, Metadata& metadata) {
  const json::value* value = object.if_contains("metadata");
  if (value == nullptr || !value->is_object()) {
    return false;
  }
  for (const json::key_value_pair& member : value->get_object()) {
    const json::string* text = member.value().if_string();
    if (text == nullptr) {
      return false;
    }
    metadata.emplace(member.key(), *text);
  }
  return true;
}

}  // namespace

std::string EncodeRecord(const VersionRecord& record) {
  json::object metadata;
  for (const auto& [name, value] : record.metadata) {
    metadata[name] = value;
  }
  json::object object{{"v", 1},
                      {"key", record.key},
                      {"size", record.size},
                      {"sha256", HexEncode(AsBytes(record.sha256))},
                      {"store_time", FormatRfc3339(record.store_time)},
                      {"legal_hold", record.legal_hold},
                      {"content_type", record.content_type},
                      {"metadata", std::move(metadata)}};
  if (record.retain_until) {
    object["retain_until"] = FormatRfc3339(*record.retain_until);
  }
  return CanonicalJson(object) + "\n";
}

absl::StatusOr<VersionRecord> DecodeRecord(std::string_view text) {
  json::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) {
    return DamagedRecord("not a JSON object");
  }
  const json::value* version = object->if_contains("v");
  if (version == nullptr || *version != json::value(1)) {
    return DamagedRecord("another layout");
  }
  VersionRecord record;
  const json::string* key = TextMember(*object, "key");
  const json::string* content_type = TextMember(*object, "content_type");
  const json::value* size = object->if_contains("size");
  const json::value* legal_hold = object->if_contains("legal_hold");
  const std::optional<TimePoint> store_time = TimeMember(*object, "store_time");
  record.retain_until = TimeMember(*object, "retain_until");
  if (key == nullptr || content_type == nullptr || size == nullptr || !size->is_int64() || legal_hold == nullptr ||
      !legal_hold->is_bool() || !store_time || !ReadDigest(*object, record.sha256) ||
      !ReadMetadata(*object, record.metadata) || object->contains("retain_until") != record.retain_until.has_value()) {
    return DamagedRecord("a member is missing or cannot be read");
  }
  record.key.assign(key->data(), key->size());
  record.content_type.assign(content_type->data(), content_type->size());
  record.size = size->get_int64();
  record.legal_hold = legal_hold->get_bool();
  record.store_time = *store_time;
  return record;
}

absl::Status CheckUnlocked(const VersionRecord& record, TimePoint now) {
  if (record.legal_hold) {
    return absl::PermissionDeniedError("under legal hold");
  }
  if (record.retain_until && now < *record.retain_until) {
    return absl::PermissionDeniedError(absl::StrCat("locked until ", FormatRfc3339(*record.retain_until)));
  }
  return absl::OkStatus();
}

ObjectInfo ToObjectInfo(const VersionRecord& record, std::string_view version_id, bool is_latest) {
  ObjectInfo info;
  info.key = record.key;
  info.version_id = std::string(version_id);
  info.size = record.size;
  info.is_latest = is_latest;
  info.store_time = record.store_time;
  info.sha256 = record.sha256;
  info.retain_until = record.retain_until;
  info.lock_mode = record.retain_until ? "COMPLIANCE" : "";
  info.legal_hold = record.legal_hold;
  info.metadata = record.metadata;
  info.storage_class = "STANDARD";
  return info;
}

}  // namespace affidavit::objectstore
