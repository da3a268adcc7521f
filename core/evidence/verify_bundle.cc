#include "core/evidence/verify_bundle.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/text.h"
#include "core/evidence/verify_steps.h"

namespace affidavit {
namespace evidence {

const VerificationStep* Report::FirstFailure() const {
  const auto found = std::find_if(steps_.begin(), steps_.end(),
                                  [](const VerificationStep& step) { return step.outcome == StepOutcome::kFailed; });
  return found == steps_.end() ? nullptr : &*found;
}

size_t Report::FailureCount() const {
  return static_cast<size_t>(std::count_if(
      steps_.begin(), steps_.end(), [](const VerificationStep& step) { return step.outcome == StepOutcome::kFailed; }));
}

std::string Quoted(std::string_view text) {
  constexpr size_t kShownMax = 1024;
  return IsSoundText(text, kShownMax) ? Concat({"\"", text, "\""}) : "(a text that cannot be shown)";
}

std::string CountOf(size_t count, std::string_view one, std::string_view many) {
  return Concat({std::to_string(count), " ", count == 1 ? one : many});
}

}  // namespace evidence

namespace {

using evidence::OpenedCheckpoint;
using evidence::OpenedEntry;
using evidence::Report;

MessageStory StoryOf(const std::vector<OpenedEntry>& entries) {
  std::vector<MessageEntry> readable;
  for (const OpenedEntry& entry : entries) {
    if (entry.leaf && entry.proof && entry.proof->index <= uint64_t{std::numeric_limits<int64_t>::max()}) {
      MessageEntry& fact = readable.emplace_back();
      fact.leaf_index = static_cast<int64_t>(entry.proof->index);
      fact.leaf = *entry.leaf;
      fact.raw = entry.file->raw;
    }
  }
  return DeriveStory(readable);
}

BundleVerdict Conclude(Report report, bool signer_known, bool signature_good, MessageStory story) {
  BundleVerdict verdict{.story = std::move(story)};
  if (const VerificationStep* failure = report.FirstFailure(); failure != nullptr) {
    verdict.reason = failure->text;
  } else if (!signer_known) {
    verdict.reason = "consistent, signer unknown";
  } else if (!signature_good) {
    verdict.reason = "the log's signature was not checked";
  } else {
    verdict.verified = true;
  }
  verdict.steps = std::move(report).Take();
  return verdict;
}

}  // namespace

BundleVerdict VerifyBundle(std::string_view file, const BundleTrust& trust) {
  Report report;
  const bool signer_known = !trust.log_keys.empty();
  const absl::StatusOr<ProofBundle> bundle = DecodeBundle(file);
  if (!bundle.ok()) {
    report.Fail(Concat({"The file cannot be read: ", std::string(bundle.status().message()), "."}));
    return Conclude(std::move(report), signer_known, false, {});
  }
  report.Pass(Concat({"The file is a proof bundle in its one form (", kBundleFormat, ")."}));
  const std::optional<OpenedCheckpoint> checkpoint = evidence::OpenCheckpoint(*bundle, report);
  const std::vector<OpenedEntry> entries = evidence::OpenEntries(*bundle, report);
  evidence::CheckPayloads(entries, report);
  bool signature_good = false;
  if (checkpoint) {
    evidence::CheckInclusion(entries, checkpoint->checkpoint, report);
    signature_good = evidence::CheckCheckpoint(*bundle, *checkpoint, trust, report);
  }
  evidence::CheckPlatformSignatures(entries, trust.secrets, report);
  report.Skip(
      "Not shown by this or any bundle: that the log holds nothing else about it. A bundle proves presence, not "
      "absence; for that, scan a copy of the log at this checkpoint (affidavit-verify --log).");
  return Conclude(std::move(report), signer_known, signature_good, StoryOf(entries));
}

absl::StatusOr<std::vector<Secret>> ReadTrustedSecret(std::string_view text) {
  std::vector<Secret> secrets;
  for (const SignatureScheme scheme : {SignatureScheme::kHmacSha256Hex, SignatureScheme::kStandardWebhooks}) {
    absl::StatusOr<std::string> bytes = DecodeSecret(scheme, text);
    if (bytes.ok() && (secrets.empty() || secrets.front().bytes != *bytes)) {
      secrets.push_back({.bytes = *std::move(bytes)});
    }
  }
  if (secrets.empty()) {
    return absl::InvalidArgumentError("the secret is empty");
  }
  return secrets;
}

}  // namespace affidavit
