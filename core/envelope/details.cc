#include "core/envelope/details.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/text.h"

namespace affidavit {
namespace {

constexpr size_t kDetailSizeMax = 256;

// What a string says; empty when it is no sound string.
std::string SoundText(const JsonFinding& finding) {
  std::string text(finding.text);
  const bool sound = finding.kind == JsonFinding::Kind::kString &&
                     (!finding.has_escapes || UnescapeJson(finding.text, text)) && IsSoundText(text, kDetailSizeMax);
  return sound ? text : std::string();
}

bool IsThere(const JsonFinding& finding) {
  return finding.kind != JsonFinding::Kind::kAbsent && finding.kind != JsonFinding::Kind::kNull;
}

bool MeansYes(const JsonFinding& finding, const std::vector<std::string>& values) {
  const std::string said =
      finding.kind == JsonFinding::Kind::kOther ? std::string(finding.text) : SoundText(finding);  // true | false
  return !said.empty() && std::any_of(values.begin(), values.end(),
                                      [&](const auto& value) { return EqualsIgnoreAsciiCase(value, said); });
}

}  // namespace

std::string_view ConsentName(Consent consent) {
  constexpr std::array<std::string_view, 4> kNames = {"", "given", "refused", "absent"};
  return kNames[static_cast<size_t>(consent)];
}

DetailReader::DetailReader(DetailPointers pointers) : pointers_(std::move(pointers)) {
  for (const JsonPointer& pointer : pointers_.recipient) {
    if (const size_t slot = paths_.Add(pointer); slot != JsonPaths::kNone) {
      recipient_.push_back(slot);
    }
  }
  carrier_ = paths_.Add(pointers_.carrier);
  consent_ = paths_.Add(pointers_.consent);
}

PayloadDetails DetailReader::Read(std::string_view body) const {
  PayloadDetails details;
  if (consent_ != JsonPaths::kNone) {
    details.consent = Consent::kAbsent;
  }
  if (!IsUtf8(body)) {
    return details;
  }
  const JsonReading reading = paths_.Read(body);
  if (reading.end != JsonToken::kEnd || reading.duplicate_key) {
    return details;
  }
  for (const size_t slot : recipient_) {
    if (reading.findings[slot].kind == JsonFinding::Kind::kString) {
      details.recipient = SoundText(reading.findings[slot]);
      break;
    }
  }
  if (carrier_ != JsonPaths::kNone) {
    details.carrier = SoundText(reading.findings[carrier_]);
  }
  if (consent_ != JsonPaths::kNone && IsThere(reading.findings[consent_])) {
    details.consent =
        MeansYes(reading.findings[consent_], pointers_.consent_values) ? Consent::kGiven : Consent::kRefused;
  }
  return details;
}

}  // namespace affidavit
