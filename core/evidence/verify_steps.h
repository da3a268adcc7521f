// The parts of VerifyBundle, which adds up what they say. Each adds its steps to the report. Pure, thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/note.h"
#include "core/checkpoint/tlog_proof.h"
#include "core/envelope/leaf.h"
#include "core/evidence/bundle.h"
#include "core/evidence/verify_bundle.h"

namespace affidavit::evidence {

class Report {
 public:
  void Pass(std::string text) { steps_.push_back({StepOutcome::kPassed, std::move(text)}); }
  void Fail(std::string text) { steps_.push_back({StepOutcome::kFailed, std::move(text)}); }
  void Skip(std::string text) { steps_.push_back({StepOutcome::kNotChecked, std::move(text)}); }

  // The first step that failed; null when none did.
  const VerificationStep* FirstFailure() const;
  size_t FailureCount() const;
  std::vector<VerificationStep> Take() && { return std::move(steps_); }

 private:
  std::vector<VerificationStep> steps_;
};

// In quotes; something else for what an examiner's terminal should not be told.
std::string Quoted(std::string_view text);

// "1 entry", "3 entries".
std::string CountOf(size_t count, std::string_view one, std::string_view many);

struct OpenedCheckpoint {
  Note note;
  Checkpoint checkpoint;
};

// One entry of the file, as far as it can be read.
struct OpenedEntry {
  const BundleEntry* file = nullptr;  // outlives this
  std::string name;                   // "entry 2 (leaf_index 17)"
  std::optional<TlogProof> proof;
  std::optional<LeafFields> leaf;
};

// Nothing, and a failed step, when it is no checkpoint.
std::optional<OpenedCheckpoint> OpenCheckpoint(const ProofBundle& bundle, Report& report);

// Signature, origin, other signatures, witnesses, timestamps. True when a given log key signed it.
bool CheckCheckpoint(const ProofBundle& bundle, const OpenedCheckpoint& opened, const BundleTrust& trust,
                     Report& report);

// Reads leaves and proofs: form, order, and what they are about.
std::vector<OpenedEntry> OpenEntries(const ProofBundle& bundle, Report& report);

// Posted bytes against leaves.
void CheckPayloads(std::span<const OpenedEntry> entries, Report& report);

// Leaves against the tree.
void CheckInclusion(std::span<const OpenedEntry> entries, const Checkpoint& checkpoint, Report& report);

// The platform's own signatures.
void CheckPlatformSignatures(std::span<const OpenedEntry> entries, std::span<const Secret> secrets, Report& report);

}  // namespace affidavit::evidence
