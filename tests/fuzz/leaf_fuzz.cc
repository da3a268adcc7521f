// What decodes is exactly what encodes to the same bytes; what encodes decodes to the same fields. The input is read
// once as a leaf, and once as the values of a leaf's members, one a line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/envelope/leaf.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string Take(std::string_view& input) {
  const std::string_view line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(line.size() + 1, input.size()));
  return std::string(line);
}

affidavit::TimePoint TakeTime(std::string_view& input) {
  uint64_t micros = 0;
  for (const char c : Take(input)) {
    micros = micros * 131 + static_cast<uint8_t>(c);
  }
  return affidavit::TimePoint{std::chrono::microseconds{static_cast<int64_t>(micros)}};
}

affidavit::LeafFields FieldsFrom(std::string_view input) {
  affidavit::LeafFields fields;
  fields.kind = static_cast<affidavit::EntryKind>(input.size() % 9);
  fields.source = Take(input);
  fields.event_id = Take(input);
  fields.channel = Take(input);
  fields.provenance = Take(input);
  fields.retention_class = Take(input);
  fields.receive_time = TakeTime(input);
  fields.retain_until = TakeTime(input);
  if (input.size() % 2 == 0) {
    fields.event_time = TakeTime(input);
    fields.signature.emplace();
    fields.signature->scheme = Take(input);
    fields.signature->key_id = Take(input);
    fields.signature->key_fingerprint = Take(input);
    for (int i = 0; i < 3 && !input.empty(); ++i) {
      std::string name = Take(input);
      fields.signature->headers.emplace_back(std::move(name), Take(input));
    }
  }
  fields.payload_size = static_cast<int64_t>(input.size());
  while (!input.empty()) {
    fields.flags.push_back(Take(input));
  }
  return fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto fields = affidavit::DecodeLeaf(input); fields.ok()) {
    Require(affidavit::EncodeLeaf(*fields).value() == input);
  }
  affidavit::LeafFields fields = FieldsFrom(input);
  if (const auto leaf = affidavit::EncodeLeaf(fields); leaf.ok()) {
    auto again = affidavit::DecodeLeaf(*leaf).value();
    Require(affidavit::EncodeLeaf(again).value() == *leaf);
    if (fields.signature) {  // the leaf sorts headers
      std::sort(fields.signature->headers.begin(), fields.signature->headers.end());
      std::sort(again.signature->headers.begin(), again.signature->headers.end());
    }
    Require(again == fields);
  }
  return 0;
}
