// Reading a leaf: take what is known, then demand that EncodeLeaf makes the same bytes of it. So every deviation from
// the one canonical form (order, spacing, escapes, doubled or unknown members) is found without a rule for each.
#include <algorithm>

#include "absl/status/status.h"
#include "boost/json.hpp"
#include "core/base/encoding.h"
#include "core/envelope/leaf.h"

namespace affidavit {
namespace {

namespace json = boost::json;

// Reads members by name. A missing member is an empty value; a wrong type is remembered.
class ObjectReader {
 public:
  explicit ObjectReader(const json::object& object) : object_(object) {}

  bool ok() const { return ok_; }
  void Fail() { ok_ = false; }
  const json::value* Find(std::string_view name) const { return object_.if_contains({name.data(), name.size()}); }

  std::string Text(std::string_view name) {
    const json::value* value = Find(name);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    ok_ = ok_ && (value == nullptr || text != nullptr);
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
  }

  std::optional<TimePoint> Time(std::string_view name) {
    if (Find(name) == nullptr) {
      return std::nullopt;
    }
    const std::optional<TimePoint> time = ParseRfc3339(Text(name));
    ok_ = ok_ && time.has_value();
    return time;
  }

  TimePoint RequiredTime(std::string_view name) {
    const std::optional<TimePoint> time = Time(name);
    ok_ = ok_ && time.has_value();
    return time.value_or(TimePoint{});
  }

  std::string Hex(std::string_view name, size_t size) {
    const std::optional<std::string> bytes = HexDecode(Text(name));
    ok_ = ok_ && bytes.has_value() && bytes->size() == size;
    return ok_ ? *bytes : std::string(size, '\0');
  }

  int64_t Integer(std::string_view name) {
    const json::value* value = Find(name);
    const int64_t* number = value == nullptr ? nullptr : value->if_int64();
    ok_ = ok_ && number != nullptr;
    return number == nullptr ? 0 : *number;
  }

  std::vector<std::string> Texts(std::string_view name) {
    std::vector<std::string> texts;
    const json::value* value = Find(name);
    if (value == nullptr) {
      return texts;
    }
    const json::array* array = value->if_array();
    ok_ = ok_ && array != nullptr;
    for (size_t i = 0; array != nullptr && i < array->size(); ++i) {
      const json::string* text = (*array)[i].if_string();
      ok_ = ok_ && text != nullptr;
      texts.emplace_back(text == nullptr ? std::string() : std::string(text->data(), text->size()));
    }
    return texts;
  }

 private:
  const json::object& object_;
  bool ok_ = true;
};

std::optional<SignatureEvidence> ReadSignature(ObjectReader& leaf) {
  const json::value* value = leaf.Find("signature");
  if (value == nullptr) {
    return std::nullopt;
  }
  const json::object* object = value->if_object();
  const json::value* headers = object == nullptr ? nullptr : object->if_contains("headers");
  if (headers == nullptr || !headers->is_object()) {
    leaf.Fail();
    return std::nullopt;
  }
  ObjectReader reader(*object);
  SignatureEvidence signature;
  signature.scheme = reader.Text("scheme");
  signature.key_id = reader.Text("key_id");
  signature.key_fingerprint = reader.Hex("key_fingerprint", 8);
  ObjectReader header_reader(headers->get_object());
  for (const json::key_value_pair& header : headers->get_object()) {
    std::string name(header.key().data(), header.key().size());
    std::string text = header_reader.Text(name);
    signature.headers.emplace_back(std::move(name), std::move(text));
  }
  if (!reader.ok() || !header_reader.ok()) {
    leaf.Fail();
  }
  return signature;
}

LeafFields ReadFields(ObjectReader& leaf) {
  LeafFields fields;
  const std::optional<EntryKind> kind = ParseEntryKind(leaf.Text("kind"));
  if (!kind) {
    leaf.Fail();
  }
  fields.kind = kind.value_or(EntryKind::kEnvelope);
  fields.source = leaf.Text("source");
  fields.event_id = leaf.Text("event_id");
  fields.event_type = leaf.Text("event_type");
  fields.schema_version = leaf.Text("schema_version");
  fields.channel = leaf.Text("channel");
  fields.direction = leaf.Text("direction");
  fields.message_id = leaf.Text("message_id");
  fields.correlation_id = leaf.Text("correlation_id");
  fields.event_time = leaf.Time("event_time");
  fields.delivery_time = leaf.Time("delivery_time");
  fields.receive_time = leaf.RequiredTime("receive_time");
  fields.adapter_id = leaf.Text("adapter_id");
  const std::string digest = leaf.Hex("payload_sha256", fields.payload_sha256.size());
  std::copy(digest.begin(), digest.end(), fields.payload_sha256.begin());
  fields.payload_size = leaf.Integer("payload_size");
  fields.signature = ReadSignature(leaf);
  fields.retention_class = leaf.Text("retention_class");
  fields.retain_until = leaf.RequiredTime("retain_until");
  fields.provenance = leaf.Text("provenance");
  fields.flags = leaf.Texts("flags");
  return fields;
}

}  // namespace

absl::StatusOr<LeafFields> DecodeLeaf(std::string_view leaf) {
  const absl::Status fault = absl::DataLossError("not a leaf of version 1");
  if (leaf.size() > kLeafSizeMax) {
    return fault;
  }
  json::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  const json::value document = json::parse({leaf.data(), leaf.size()}, error, {}, options);
  if (error || !document.is_object()) {
    return fault;
  }
  ObjectReader reader(document.get_object());
  LeafFields fields = ReadFields(reader);
  if (!reader.ok()) {
    return fault;
  }
  const absl::StatusOr<std::string> again = EncodeLeaf(fields);
  if (!again.ok() || *again != leaf) {
    return fault;
  }
  return fields;
}

}  // namespace affidavit
