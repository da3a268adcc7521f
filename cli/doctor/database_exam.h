// Postgres: whether what was acknowledged survives the power cord, and who could change evidence.
#pragma once

#include <string>

#include "cli/doctor/diagnosis.h"
#include "core/base/time.h"
#include "db/connection_options.h"
#include "db/doctor_store.h"

namespace affidavit::cli::doctor {

// Settings, powers, guards, schema and clock, each whether or not the others could be looked at. Changes nothing.
// Returns the folder of Postgres's files when the server is on this machine and the role may see it; else "".
std::string ExamineDatabase(const db::ConnectionOptions& options, const Clock& clock, Diagnoses& diagnoses);

// What others do, whom this configuration does not describe: neither, where the database does not say.
db::OthersWork FindOthersWork(const db::ConnectionOptions& options);

// What Postgres said, judged. Pure.
void JudgeServer(const db::ServerFacts& facts, Diagnoses& diagnoses);
void JudgePowers(const db::RolePowers& powers, Diagnoses& diagnoses);

}  // namespace affidavit::cli::doctor
