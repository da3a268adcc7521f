#include "config/details.h"

#include <utility>

#include "core/base/text.h"
#include "core/envelope/profile.h"

namespace affidavit::config {
namespace {

constexpr int64_t kRecipientsMax = 8;
constexpr int64_t kConsentValuesMax = 64;
constexpr int64_t kMapObjectsMax = 64;

DetailKeys KeysOfProfile(std::string_view profile) {
  DetailKeys keys;
  keys.consent_values = {"true", "yes", "granted", "given"};
  if (profile == "default") {
    keys.recipient = {"/message/to"};
    keys.carrier = "/message/carrier";
    keys.map_objects = {"/message/metadata"};
  } else if (profile == "genesys-open-messaging") {
    keys.recipient = {"/channel/to/id"};
    keys.map_objects = {"/metadata", "/channel/metadata"};
  }
  return keys;
}

// REQUIRES: `text` is of shape kPointer.
JsonPointer DetailPointer(const std::string& text) {
  return text.empty() ? JsonPointer() : *ParseJsonPointer(text);
}

std::vector<JsonPointer> DetailPointerList(const std::vector<std::string>& texts) {
  std::vector<JsonPointer> pointers;
  for (const std::string& text : texts) {
    if (!text.empty()) {
      pointers.push_back(DetailPointer(text));
    }
  }
  return pointers;
}

DetailPointers PointersOf(DetailKeys keys) {
  return {.recipient = DetailPointerList(keys.recipient),
          .carrier = DetailPointer(keys.carrier),
          .consent = DetailPointer(keys.consent),
          .consent_values = std::move(keys.consent_values),
          .map_objects = DetailPointerList(keys.map_objects)};
}

void RefuseEmpty(const std::vector<std::string>& pointers, std::string_view name, int line, Faults& faults) {
  for (const std::string& pointer : pointers) {
    if (pointer.empty()) {
      faults.At(line,
                Concat({"'sources.details.", name, "' must hold no empty pointer: leave the list empty for none"}));
      return;
    }
  }
}

}  // namespace

std::vector<Field> DetailFields(DetailKeys& keys) {
  return {
      {"recipient", &keys.recipient, Shape::kPointer, 0, kRecipientsMax},
      {"carrier", &keys.carrier, Shape::kPointer},
      {"consent", &keys.consent, Shape::kPointer},
      {"consent_values", &keys.consent_values, Shape::kText, 1, kConsentValuesMax},
      {"map_objects", &keys.map_objects, Shape::kPointer, 0, kMapObjectsMax},
  };
}

DetailPointers DetailsOfProfile(std::string_view profile) {
  return PointersOf(KeysOfProfile(profile));
}

DetailPointers ReadDetails(const toml::table& source, std::string_view profile, Reader& reader) {
  DetailKeys keys = KeysOfProfile(profile);
  if (const toml::table* table = reader.Table(source, "details"); table != nullptr) {
    reader.Read(*table, "sources.details", DetailFields(keys));
    const int line = LineOf(table->source());
    RefuseEmpty(keys.recipient, "recipient", line, reader.faults());
    RefuseEmpty(keys.map_objects, "map_objects", line, reader.faults());
  }
  return PointersOf(std::move(keys));
}

}  // namespace affidavit::config
