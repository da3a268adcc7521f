// The log's signing keys and the guard beside them, and the webhook secrets that old entries still need.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/doctor/diagnosis.h"
#include "config/config.h"
#include "core/base/time.h"
#include "db/connection_options.h"
#include "db/doctor_store.h"

namespace affidavit::cli::doctor {

// Key files: there, for nobody else's eyes, of this log; their vkeys are printed. The guard file: there, signed by
// these keys, and extended by the database. `database`: nothing where none is configured.
void ExamineSigningKeys(const config::SigningConfig& signing, const std::optional<db::ConnectionOptions>& database,
                        Diagnoses& diagnoses);

// Whether each key that entries were signed with is still there to recompute their signatures: asks the database.
void ExamineSecrets(const std::vector<config::SourceConfig>& sources, const db::ConnectionOptions& database,
                    Diagnoses& diagnoses);

// The same, of what the database said; and whether each source has a secret that counts at `now`. Pure.
void JudgeSecrets(const std::vector<config::SourceConfig>& sources, const std::vector<db::KnownSigningKey>& known,
                  Diagnoses& diagnoses);
void JudgeActiveSecrets(const std::vector<config::SourceConfig>& sources, TimePoint now, Diagnoses& diagnoses);

}  // namespace affidavit::cli::doctor
