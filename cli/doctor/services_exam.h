// Whether ledger, adapter and worker answer, and say that they can do their work.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cli/doctor/diagnosis.h"
#include "cli/session.h"
#include "config/config.h"

namespace affidavit::cli::doctor {

// GET /readyz on the private port; `listen` as configured, with wildcards taken as this machine.
void ExamineReadiness(const std::string& name, const std::string& listen, std::chrono::milliseconds timeout,
                      Diagnoses& diagnoses);

// The ledger over gRPC, as the other verbs reach it: whether it takes appends.
void ExamineLedger(const Session& session, Diagnoses& diagnoses);

}  // namespace affidavit::cli::doctor
