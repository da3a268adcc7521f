// A shape of any bytes: bounded, sorted, one line a field, the same at the second look; what has a shape is JSON. And a
// registration of any bytes as its schema: either has faults or reads back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/base/text.h"
#include "core/envelope/details.h"
#include "core/schema/registration.h"
#include "core/schema/shape.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void CheckShape(std::string_view body) {
  static const std::vector<affidavit::JsonPointer> maps = {affidavit::ParseJsonPointer("/m").value(),
                                                           affidavit::ParseJsonPointer("/-/m").value()};
  const auto shape = affidavit::ShapeOf(body, maps);
  if (!shape.ok()) {
    return;
  }
  const std::vector<std::string>& fields = shape->fields;
  Require(!fields.empty() && fields.size() <= affidavit::kShapeFieldsMax + 1);
  Require(std::is_sorted(fields.begin(), fields.end()));
  Require(std::adjacent_find(fields.begin(), fields.end()) == fields.end());
  for (const std::string& field : fields) {
    Require(affidavit::IsSoundText(field, affidavit::kShapePointerSizeMax + 10));
  }
  Require(affidavit::ShapeOf(body, maps).value() == *shape);
  Require(affidavit::DiffFields(fields, fields).empty());
  Require(affidavit::UniteFields({*shape, *shape}) == fields);
}

void CheckRegistration(std::string_view schema) {
  const affidavit::SchemaRegistration registration{
      .source = "s", .event_type = "t", .schema = std::string(schema), .actor = "a"};
  if (affidavit::FindRegistrationFaults(registration).empty()) {
    const affidavit::GovernanceRecord record = affidavit::EncodeRegistration(registration);
    const auto decoded = affidavit::DecodeRegistration(record.payload);
    Require(decoded.ok());
    Require(affidavit::EncodeRegistration(*decoded).payload == record.payload);
    Require(affidavit::SchemaIdOf(decoded->schema) == affidavit::SchemaIdOf(schema));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckShape(text);
  CheckRegistration(text);
  const auto decoded = affidavit::DecodeRegistration(text);
  Require(!decoded.ok() || affidavit::EncodeRegistration(*decoded).payload == text);
  static const affidavit::DetailReader reader({.recipient = {affidavit::ParseJsonPointer("/m/a").value()},
                                               .carrier = affidavit::ParseJsonPointer("/c").value(),
                                               .consent = affidavit::ParseJsonPointer("/d").value(),
                                               .consent_values = {"true"}});
  const affidavit::PayloadDetails details = reader.Read(text);
  Require(details.recipient.empty() || affidavit::IsSoundText(details.recipient, 256));
  Require(details.carrier.empty() || affidavit::IsSoundText(details.carrier, 256));
  return 0;
}
