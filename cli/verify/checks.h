// The checks that several forms make, each a step of the findings. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/verify/findings.h"
#include "cli/verify/session.h"
#include "core/base/digest.h"
#include "core/checkpoint/checkpoint.h"

namespace affidavit::verify {

// "2026-11-24T03:47:34Z", or the number of seconds when no calendar has it.
std::string FormatSeconds(int64_t seconds);

// Whether `note` is a checkpoint, of `origin` unless that is empty, signed by whom the examiner trusts. Nothing when it
// cannot be read; otherwise what it says, whether or not it is signed: the findings know. `name` begins sentences, such
// as "The checkpoint".
std::optional<Checkpoint> CheckCheckpoint(std::string_view name, std::string_view note, const Trust& trust,
                                          std::string_view origin, Findings& findings);

void CheckInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash, std::span<const Digest> proof,
                    const Digest& root, Findings& findings);
void CheckConsistency(uint64_t size1, const Digest& root1, uint64_t size2, const Digest& root2,
                      std::span<const Digest> proof, Findings& findings);

}  // namespace affidavit::verify
