// Any text is a proof bundle in its one form or none, and says the same of a message however it is read.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "core/evidence/bundle.h"
#include "core/evidence/message_status.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// The input as the posted bytes of events of every type.
void CheckStory(std::string_view raw) {
  std::vector<affidavit::MessageEntry> entries;
  for (const char* type :
       {"message:send", "message:delivery", "message:read", "message:status", "message:status:timeout", ""}) {
    affidavit::MessageEntry& entry = entries.emplace_back();
    entry.leaf_index = static_cast<int64_t>(entries.size());
    entry.leaf.event_type = type;
    entry.raw = raw;
  }
  const affidavit::MessageStory story = affidavit::DeriveStory(entries);
  Require(story.facts.size() == entries.size());
  std::reverse(entries.begin(), entries.end());
  Require(affidavit::DeriveStory(entries) == story);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  CheckStory(input);
  if (const auto bundle = affidavit::DecodeBundle(input); bundle.ok()) {
    input.remove_suffix(input.ends_with('\n') ? 1 : 0);
    Require(affidavit::EncodeBundle(*bundle).value() == input);
    for (const affidavit::BundleEntry& entry : bundle->entries) {
      CheckStory(entry.raw.value_or(""));
    }
  }
  return 0;
}
