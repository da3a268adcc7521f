#include "cli/doctor/keys_exam.h"

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/doctor/machine_exam.h"
#include "cli/files.h"
#include "cli/recovery.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/incarnation.h"
#include "core/checkpoint/key.h"
#include "db/connection.h"

namespace affidavit::cli::doctor {
namespace {

constexpr char kKeysLost[] =
    "bring the file back from your offline copy; without it the log can only go on under a new name (docs/runbook.md, "
    "\"Signing keys\")";

absl::StatusOr<VerifierKey> ReadPublicHalf(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  ASSIGN_OR_RETURN(const SecretKey secret, ParseSecretKey(text));
  return VerifierKeyOf(secret);
}

std::vector<VerifierKey> ExamineKeyFiles(const config::SigningConfig& signing, Diagnoses& diagnoses) {
  std::vector<VerifierKey> keys;
  for (const std::string& file : signing.key_files) {
    absl::StatusOr<VerifierKey> key = ReadPublicHalf(file);
    if (!key.ok()) {
      diagnoses.Failed("keys.signing_key", file, key.status(), kKeysLost);
      continue;
    }
    ExamineSecretFile("keys.signing_key_mode", file, diagnoses);
    if (key->name != signing.origin) {
      diagnoses.Finding("keys.signing_key",
                        absl::StrCat(file, " is a key of ", key->name, ", and signing.origin is ", signing.origin),
                        "name the key that was made for this log; all keys of a log have its first origin as name");
      continue;
    }
    diagnoses.Good("keys.signing_key", absl::StrCat(file, " signs; its vkey: ", FormatVerifierKey(*key)));
    keys.push_back(*std::move(key));
  }
  return keys;
}

// The checkpoint in the guard file is this log's; needs no database.
bool ExamineGuardText(const std::string& file, const std::string& text, const CheckpointPolicy& policy,
                      Diagnoses& diagnoses) {
  const absl::StatusOr<VerifiedCheckpoint> verified = VerifyCheckpoint(text, policy);
  if (!verified.ok() || !IncarnationNumber(policy.log_keys.front().name, verified->checkpoint.origin)) {
    diagnoses.Finding("keys.guard", absl::StrCat(file, " is no checkpoint that these keys signed"),
                      "never edit it; if a key was replaced without rotation bring the old one back into "
                      "signing.key_files");
    return false;
  }
  diagnoses.Good("keys.guard", absl::StrCat(file, " holds the checkpoint of ", verified->checkpoint.origin, " over ",
                                            verified->checkpoint.tree_size, " entries"));
  return true;
}

void ExamineStanding(const db::ConnectionOptions& database, const LogIdentity& identity, Diagnoses& diagnoses) {
  const absl::StatusOr<std::optional<LostLog>> loss = FindLoss(database, identity);
  if (!loss.ok()) {
    diagnoses.Failed("keys.standing", "whether the database extends what was signed is not known", loss.status(),
                     "see the database's lines");
  } else if (*loss) {
    diagnoses.Finding("keys.standing", absl::StrCat("the database was rolled back: ", (*loss)->why),
                      "restore a newer backup, else affidavit recover (docs/runbook.md, \"log_rolled_back\")");
  } else {
    diagnoses.Good("keys.standing", "the database extends the last signed checkpoint");
  }
}

}  // namespace

void ExamineSigningKeys(const config::SigningConfig& signing, const std::optional<db::ConnectionOptions>& database,
                        Diagnoses& diagnoses) {
  if (signing.key_files.empty()) {
    diagnoses.Finding("keys.signing_key", "no key is configured: nothing is signed, and nothing can be proved",
                      "affidavit keygen --name ORIGIN, and name the file in signing.key_files");
    return;
  }
  LogIdentity identity;
  identity.policy.log_keys = ExamineKeyFiles(signing, diagnoses);
  if (identity.policy.log_keys.empty()) {
    return;  // said above; without keys nothing can be verified
  }
  std::error_code ignored;
  if (!std::filesystem::exists(signing.guard_file, ignored)) {
    diagnoses.Finding("keys.guard",
                      absl::StrCat(signing.guard_file, " does not exist: here a rollback would not be noticed"),
                      "it comes with the first checkpoint; if there was one, was the ledger moved without it? Bring it "
                      "along, or run this on the ledger's machine");
  } else {
    const absl::StatusOr<std::string> text = ReadFile(signing.guard_file);
    if (!text.ok()) {
      diagnoses.Failed("keys.guard", "the guard file", text.status(), "let the ledger's user read it");
    } else if (ExamineGuardText(signing.guard_file, *text, identity.policy, diagnoses)) {
      identity.guard_note = *text;
    }
  }
  if (database) {
    ExamineStanding(*database, identity, diagnoses);
  }
}

}  // namespace affidavit::cli::doctor
