#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/doctor/database_exam.h"

namespace affidavit::cli::doctor {
namespace {

constexpr int kVersionMin = 150'000;
constexpr size_t kNamesShown = 5;

std::string SettingOf(const db::ServerFacts& facts, const char* name) {
  const auto found = facts.settings.find(name);
  return found == facts.settings.end() ? "" : found->second;
}

struct DemandedSetting {
  const char* name;
  const char* value;
  const char* danger;
  const char* advice;
};

constexpr DemandedSetting kDemandedSettings[] = {
    {"fsync", "on", "a power cut loses or destroys what was acknowledged",
     "set fsync = on in postgresql.conf and restart Postgres"},
    {"full_page_writes", "on", "a power cut can tear pages",
     "set full_page_writes = on in postgresql.conf and reload Postgres"},
    {"synchronous_commit", "on", "a commit is acknowledged before it is on the disk",
     "connect without a pooler that drops session settings: Affidavit's sessions ask for on"},
    {"data_checksums", "on", "Postgres does not notice when the disk gives back other bytes",
     "stop Postgres, run pg_checksums --enable, start it again"},
    {"zero_damaged_pages", "off", "damaged pages are silently emptied",
     "set zero_damaged_pages = off and restore what is damaged"},
    {"ignore_checksum_failure", "off", "damaged pages are read as if they were sound",
     "set ignore_checksum_failure = off"},
};

bool IsAbove(const std::string& number, double limit) {
  double value = 0;
  return absl::SimpleAtod(number, &value) && value > limit;
}

// Payloads travel as parameters: a log of statements with their parameters is a second, unguarded copy of them.
void JudgeStatementLog(const db::ServerFacts& facts, Diagnoses& diagnoses) {
  const std::string statements = SettingOf(facts, "log_statement");
  const bool logs_statements = statements == "all" || statements == "mod" ||
                               IsAbove(SettingOf(facts, "log_min_duration_statement"), -1) ||
                               IsAbove(SettingOf(facts, "log_min_duration_sample"), -1) ||
                               IsAbove(SettingOf(facts, "log_transaction_sample_rate"), 0);
  const bool with_parameters = logs_statements && SettingOf(facts, "log_parameter_max_length") != "0";
  const std::string on_error = SettingOf(facts, "log_parameter_max_length_on_error");
  if (with_parameters || (!on_error.empty() && on_error != "0")) {
    diagnoses.Finding("database.statement_log", "Postgres writes statements with their parameters to its log: payloads",
                      "set log_parameter_max_length = 0 and log_parameter_max_length_on_error = 0");
  } else {
    diagnoses.Good("database.statement_log", "Postgres logs no parameters, so no payloads");
  }
}

void JudgeVersion(const db::ServerFacts& facts, Diagnoses& diagnoses) {
  const std::string version = absl::StrCat("Postgres ", SettingOf(facts, "server_version"));
  if (facts.version_number < kVersionMin) {
    diagnoses.Finding("database.version", absl::StrCat(version, " is older than 15, which Affidavit is made for"),
                      "upgrade Postgres");
  } else {
    diagnoses.Good("database.version", version);
  }
}

void JudgeStandbys(const db::ServerFacts& facts, Diagnoses& diagnoses) {
  if (facts.is_standby) {
    diagnoses.Finding("database.standby", "this server is a standby: nothing can be appended here",
                      "name the primary in database.url");
  } else if (SettingOf(facts, "synchronous_standby_names").empty()) {
    diagnoses.Note("database.standby", "commits wait for this machine's disk alone",
                   "where one machine's loss must not lose a second of evidence: synchronous_standby_names");
  } else {
    diagnoses.Good("database.standby", "commits wait for a synchronous standby");
  }
}

std::string FirstNames(const std::vector<std::string>& names) {
  const size_t shown = std::min(names.size(), kNamesShown);
  const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown));
  return absl::StrCat(absl::StrJoin(first, ", "),
                      names.size() > shown ? absl::StrCat(" and ", names.size() - shown, " more") : "");
}

}  // namespace

void JudgeServer(const db::ServerFacts& facts, Diagnoses& diagnoses) {
  JudgeVersion(facts, diagnoses);
  for (const DemandedSetting& demanded : kDemandedSettings) {
    const std::string check = absl::StrCat("database.", demanded.name);
    const std::string value = SettingOf(facts, demanded.name);
    if (value == demanded.value) {
      diagnoses.Good(check, absl::StrCat(demanded.name, " is ", value));
    } else if (value.empty()) {
      diagnoses.Note(check, absl::StrCat("this role may not see ", demanded.name));
    } else {
      diagnoses.Finding(check, absl::StrCat(demanded.name, " is ", value, ": ", demanded.danger), demanded.advice);
    }
  }
  JudgeStandbys(facts, diagnoses);
  JudgeStatementLog(facts, diagnoses);
  if (facts.extensions.empty()) {
    diagnoses.Good("database.extensions", "no extension but plpgsql: no foreign code in the server reaches evidence");
  } else {
    diagnoses.Finding("database.extensions",
                      absl::StrCat("extensions that Affidavit does not need: ", FirstNames(facts.extensions)),
                      "DROP EXTENSION, or move them to another database: their code runs past every guard");
  }
  if (facts.is_local || facts.is_encrypted) {
    diagnoses.Good("database.encryption",
                   facts.is_encrypted ? "the connection to Postgres is encrypted" : "Postgres is on this machine");
  } else {
    diagnoses.Finding("database.encryption", "payloads travel to Postgres in the clear",
                      "add sslmode=verify-full and sslrootcert to database.url");
  }
}

void JudgePowers(const db::RolePowers& powers, Diagnoses& diagnoses) {
  constexpr char kLedgerRole[] = "connect as a member of affidavit_ledger that is nothing else";
  if (powers.is_superuser) {
    diagnoses.Finding("database.role",
                      absl::StrCat("role ", powers.role, " is a superuser: it can take every guard away"), kLedgerRole);
  } else if (powers.is_owner) {
    diagnoses.Finding("database.role",
                      absl::StrCat("role ", powers.role,
                                   " owns evidence tables, or can become their owner: it can drop "
                                   "them"),
                      kLedgerRole);
  } else if (!powers.granted.empty()) {
    diagnoses.Finding("database.role", absl::StrCat("role ", powers.role, " was granted ", FirstNames(powers.granted)),
                      "REVOKE them: INSERT and SELECT are enough");
  } else {
    diagnoses.Good("database.role", absl::StrCat("role ", powers.role, " can insert and select evidence, no more"));
  }
  if (powers.strangers.empty()) {
    diagnoses.Good("database.grants", "nobody was granted UPDATE, DELETE, TRUNCATE or TRIGGER on evidence");
  } else {
    diagnoses.Finding("database.grants", absl::StrCat("granted on evidence: ", FirstNames(powers.strangers)),
                      "REVOKE them as the owner");
  }
}

}  // namespace affidavit::cli::doctor
