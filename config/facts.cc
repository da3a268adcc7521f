#include "config/facts.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "config/checks.h"
#include "config/file.h"
#include "core/base/text.h"

namespace affidavit::config {
namespace {

constexpr int kThresholdSecondsMax = 30 * 86'400;
constexpr size_t kSubjectKeySizeMin = 16;

bool IsThreshold(const std::string& text) {
  int seconds = 0;
  return text == "off" || (absl::SimpleAtoi(text, &seconds) && seconds >= 1 && seconds <= kThresholdSecondsMax);
}

absl::StatusOr<std::string> SubjectKeyIn(const std::string& file) {
  absl::StatusOr<std::string> key = ReadSecretFile(file);
  if (!key.ok()) {
    return key;
  }
  absl::StripAsciiWhitespace(&*key);
  if (key->size() < kSubjectKeySizeMin) {
    return absl::InvalidArgumentError(Concat({file, " holds less than 16 bytes; `openssl rand -hex 32` makes a key"}));
  }
  return key;
}

}  // namespace

void CheckChannels(const toml::table& root, const TimeoutsConfig& timeouts, Reader& reader) {
  for (const auto& [channel, threshold] : timeouts.channels) {
    if (!IsThreshold(threshold)) {
      const toml::node_view<const toml::node> node = root["timeouts"]["channels"][channel];
      reader.faults().At(node ? LineOf(node.node()->source()) : 0,
                         Concat({"'timeouts.channels.", channel, "' must be \"off\" or seconds, 1 to 2592000"}));
    }
  }
}

void ReadSubjectKey(FactsConfig& facts) {
  if (facts.subject_key_file.empty()) {
    return;
  }
  if (absl::StatusOr<std::string> key = SubjectKeyIn(facts.subject_key_file); key.ok()) {
    facts.subject_key = *std::move(key);
  }
}

absl::Status CheckFacts(const FactsConfig& facts) {
  const absl::Status readable =
      facts.subject_key_file.empty() ? absl::OkStatus() : SubjectKeyIn(facts.subject_key_file).status();
  return readable.ok()
             ? readable
             : absl::InvalidArgumentError(Concat({"facts.subject_key_file: ", std::string(readable.message())}));
}

}  // namespace affidavit::config
