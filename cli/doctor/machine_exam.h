// This machine: its clock, its disks, and who may read its secret files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/doctor/diagnosis.h"

namespace affidavit::cli::doctor {

// Whether the kernel knows of anybody who keeps the clock. A note where it does not: under many hypervisors the host
// does it. What a wrong clock does shows in store.clock and database.clock.
void ExamineClock(Diagnoses& diagnoses);

// The disk under `path`, a file or a folder that may not exist yet. `what`: "the guard file". Nothing for an empty
// path.
void ExamineDisk(std::string_view check, std::string_view what, const std::string& path, Diagnoses& diagnoses);

// Bytes free and in all, judged. Pure.
void JudgeDisk(std::string_view check, std::string_view what, uint64_t free_bytes, uint64_t total_bytes,
               Diagnoses& diagnoses);

// That nobody but the owner of `file` may use it.
void ExamineSecretFile(std::string_view check, const std::string& file, Diagnoses& diagnoses);

}  // namespace affidavit::cli::doctor
