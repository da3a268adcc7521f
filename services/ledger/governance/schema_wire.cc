#include "services/ledger/governance/schema_wire.h"

#include <array>
#include <utility>

#include "boost/json/array.hpp"
#include "boost/json/parse.hpp"
#include "core/base/canonical_json.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {
namespace {

constexpr size_t kSchemaTokenDigestSize = 16;  // finds mistakes; there is nobody to keep out
constexpr size_t kSchemaTokenSizeMax = 4'096;

v1::SchemaShape ToProto(const db::StoredShape& stored) {
  v1::SchemaShape proto;
  proto.set_shape_id(stored.shape_id);
  proto.mutable_fields()->Add(stored.fields.begin(), stored.fields.end());
  proto.set_first_leaf_index(stored.first_leaf_index);
  *proto.mutable_first_receive_time() = ToTimestamp(stored.first_receive_time);
  *proto.mutable_last_receive_time() = ToTimestamp(stored.last_receive_time);
  proto.set_entry_count(stored.entry_count);
  return proto;
}

void SetTraffic(const db::SchemaTraffic& traffic, v1::SchemaVersion& proto) {
  *proto.mutable_first_receive_time() = ToTimestamp(traffic.first_receive_time);
  *proto.mutable_last_receive_time() = ToTimestamp(traffic.last_receive_time);
  proto.set_first_leaf_index(traffic.first_leaf_index);
  proto.set_entry_count(traffic.entry_count);
  proto.set_valid_count(traffic.valid_count);
  proto.set_drifted_count(traffic.drifted_count);
  proto.set_unregistered_count(traffic.unregistered_count);
  proto.set_shape_count(traffic.shape_count);
  proto.set_unshaped_count(traffic.unshaped_count);
}

}  // namespace

SchemaRegistration FromProto(const v1::RegisterSchemaVersionRequest& request) {
  return {.source = request.source(),
          .event_type = request.event_type(),
          .schema_version = request.schema_version(),
          .schema = request.schema(),
          .actor = request.actor()};
}

v1::SchemaVersion ToProto(const db::StoredSchemaVersion& stored) {
  v1::SchemaVersion proto;
  proto.set_source(stored.name.source);
  proto.set_event_type(stored.name.event_type);
  proto.set_schema_version(stored.name.schema_version);
  if (stored.registered) {
    proto.set_schema_id(stored.registered->schema_id);
    proto.set_schema(stored.registered->schema);
    proto.set_actor(stored.registered->actor);
    proto.set_register_leaf_index(stored.registered->leaf_index);
    *proto.mutable_register_time() = ToTimestamp(stored.registered->register_time);
  }
  if (stored.traffic) {
    SetTraffic(*stored.traffic, proto);
  }
  for (const db::StoredShape& shape : stored.shapes) {
    *proto.add_shapes() = ToProto(shape);
  }
  return proto;
}

std::string EncodeSchemaToken(const db::SchemaPosition& position, std::string_view listing) {
  const db::SchemaName& name = position.name;
  const std::string text =
      CanonicalJson(boost::json::array{name.source, name.event_type, name.schema_version, position.shape_id});
  const Digest digest = Sha256({"affidavit.schema_token.v1", text, "\n", listing});
  return Base64Encode(std::string(AsBytes(digest).substr(0, kSchemaTokenDigestSize)) + text);
}

std::optional<db::SchemaPosition> DecodeSchemaToken(std::string_view text, std::string_view listing) {
  const std::optional<std::string> bytes =
      text.size() <= kSchemaTokenSizeMax ? Base64Decode(text) : std::optional<std::string>();
  if (!bytes || bytes->size() <= kSchemaTokenDigestSize) {
    return std::nullopt;
  }
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(bytes->substr(kSchemaTokenDigestSize), error);
  std::array<std::string, 4> parts;
  if (error || !value.is_array() || value.get_array().size() != parts.size()) {
    return std::nullopt;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!value.get_array()[i].is_string()) {
      return std::nullopt;
    }
    parts[i].assign(value.get_array()[i].get_string().data(), value.get_array()[i].get_string().size());
  }
  db::SchemaPosition position{.name = {parts[0], parts[1], parts[2]}, .shape_id = parts[3]};
  // Encoding is one to one, so that making the token again checks every byte.
  return EncodeSchemaToken(position, listing) == text ? std::optional(std::move(position)) : std::nullopt;
}

}  // namespace affidavit::ledger
