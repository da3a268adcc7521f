// Whatever is posted: no crash, and an outcome that keeps the promises of core/envelope/admission.h, of which a leaf
// can be made that comes back. The first byte chooses the profile.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.h"
#include "core/envelope/admission.h"
#include "core/envelope/leaf.h"

namespace {

using affidavit::Admission;
using affidavit::EntryKind;

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

const affidavit::Admitter& AdmitterFor(uint8_t choice) {
  static const auto* const admitters = [] {
    auto* made = new std::vector<affidavit::Admitter>;  // lives for ever
    for (const char* name : {"default", "genesys-open-messaging", "genesys-eventbridge", "generic"}) {
      made->emplace_back(affidavit::BuiltinProfile(name).value());
    }
    return made;
  }();
  return (*admitters)[choice % admitters->size()];
}

void CheckTexts(const Admission& admission) {
  for (const std::string* text : {&admission.event_type, &admission.schema_version, &admission.channel,
                                  &admission.direction, &admission.message_id, &admission.correlation_id}) {
    Require(text->empty() || affidavit::IsSoundText(*text, affidavit::kMetadataSizeMax));
  }
}

void Check(const Admission& admission) {
  Require(std::is_sorted(admission.flags.begin(), admission.flags.end()));
  Require(std::adjacent_find(admission.flags.begin(), admission.flags.end()) == admission.flags.end());
  CheckTexts(admission);
  switch (admission.kind) {
    case EntryKind::kQuarantined:
      Require(admission.flags == std::vector<std::string>{"quarantined_" + admission.reason});
      Require(admission.event_id.empty() && admission.channel.empty() && !admission.event_time);
      return;
    case EntryKind::kExcluded:
      Require(std::count(admission.flags.begin(), admission.flags.end(), "excluded_" + admission.reason) == 1);
      break;
    case EntryKind::kEnvelope:
      Require(admission.reason.empty());
      break;
    default:
      std::abort();
  }
  Require(affidavit::IsSoundText(admission.event_id, affidavit::kEventIdSizeMax) && !admission.channel.empty());
}

void CheckLeaf(const Admission& admission, std::string_view body) {
  affidavit::LeafFields fields;
  fields.kind = admission.kind;
  fields.source = "fuzz";
  fields.event_id = admission.event_id;
  fields.event_type = admission.event_type;
  fields.schema_version = admission.schema_version;
  fields.channel = admission.channel;
  fields.direction = admission.direction;
  fields.message_id = admission.message_id;
  fields.correlation_id = admission.correlation_id;
  fields.event_time = admission.event_time;
  fields.delivery_time = admission.delivery_time;
  fields.payload_sha256 = affidavit::Sha256(body);
  fields.payload_size = static_cast<int64_t>(body.size());
  fields.retention_class = "default";
  fields.provenance = "webhook";
  fields.flags = admission.flags;
  Require(affidavit::DecodeLeaf(affidavit::EncodeLeaf(fields).value()).value() == fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const affidavit::Admitter& admitter = AdmitterFor(data[0]);
  const Admission admission = admitter.Admit(body);
  Check(admission);
  CheckLeaf(admission, body);

  // White space around a document means nothing.
  const Admission spaced = admitter.Admit(affidavit::Concat({" \n", body, "\r\t"}));
  Require(spaced.reason == admission.reason && spaced.event_id == admission.event_id &&
          spaced.flags == admission.flags && spaced.jsonb_error == admission.jsonb_error);
  return 0;
}
