// What is good and what is a finding, from facts made up here.
#include "cli/doctor/database_exam.h"
#include "cli/doctor/keys_exam.h"
#include "cli/doctor/machine_exam.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/doctor/lines.h"

namespace affidavit::cli::doctor {
namespace {

db::ServerFacts SoundServer() {
  db::ServerFacts facts;
  facts.version_number = 150020;
  facts.settings = {{"server_version", "15.20"},        {"fsync", "on"},
                    {"full_page_writes", "on"},         {"synchronous_commit", "on"},
                    {"data_checksums", "on"},           {"zero_damaged_pages", "off"},
                    {"ignore_checksum_failure", "off"}, {"synchronous_standby_names", "other"},
                    {"log_statement", "none"},          {"log_min_duration_statement", "-1"},
                    {"log_min_duration_sample", "-1"},  {"log_transaction_sample_rate", "0"},
                    {"log_parameter_max_length", "-1"}, {"log_parameter_max_length_on_error", "0"}};
  facts.is_local = true;
  return facts;
}

TEST(JudgeServer, FindsNothingInASoundOne) {
  Diagnoses diagnoses;
  JudgeServer(SoundServer(), diagnoses);
  EXPECT_EQ(NotGood(diagnoses), "");
}

TEST(JudgeServer, FindsEachSettingThatIsWrong) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"fsync", "off"},
                                                        {"full_page_writes", "off"},
                                                        {"synchronous_commit", "local"},
                                                        {"data_checksums", "off"},
                                                        {"zero_damaged_pages", "on"},
                                                        {"ignore_checksum_failure", "on"}}) {
    db::ServerFacts facts = SoundServer();
    facts.settings[name] = value;
    Diagnoses diagnoses;
    JudgeServer(facts, diagnoses);
    EXPECT_EQ(VerdictOf(diagnoses, "database." + name), "finding");
    EXPECT_EQ(NotGood(diagnoses).find('\n'), NotGood(diagnoses).size() - 1) << NotGood(diagnoses);
  }
}

TEST(JudgeServer, FindsPayloadsInTheStatementLog) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"log_statement", "mod"},
                                                        {"log_statement", "all"},
                                                        {"log_min_duration_statement", "0"},
                                                        {"log_min_duration_sample", "100"},
                                                        {"log_transaction_sample_rate", "0.01"},
                                                        {"log_parameter_max_length_on_error", "-1"}}) {
    db::ServerFacts facts = SoundServer();
    facts.settings[name] = value;
    Diagnoses diagnoses;
    JudgeServer(facts, diagnoses);
    EXPECT_EQ(VerdictOf(diagnoses, "database.statement_log"), "finding") << name << " " << value;
  }
  db::ServerFacts without_parameters = SoundServer();
  without_parameters.settings["log_statement"] = "all";
  without_parameters.settings["log_parameter_max_length"] = "0";
  Diagnoses diagnoses;
  JudgeServer(without_parameters, diagnoses);
  EXPECT_EQ(VerdictOf(diagnoses, "database.statement_log"), "good");
}

TEST(JudgeServer, FindsWhatElseIsWrong) {
  db::ServerFacts facts = SoundServer();
  facts.version_number = 140012;
  facts.is_standby = true;
  facts.is_local = false;
  facts.extensions = {"dblink", "pg_cron"};
  Diagnoses diagnoses;
  JudgeServer(facts, diagnoses);
  EXPECT_EQ(VerdictOf(diagnoses, "database.version"), "finding");
  EXPECT_EQ(VerdictOf(diagnoses, "database.standby"), "finding");
  EXPECT_EQ(VerdictOf(diagnoses, "database.encryption"), "finding");
  EXPECT_EQ(VerdictOf(diagnoses, "database.extensions"), "finding");
  EXPECT_NE(NotGood(diagnoses).find("dblink, pg_cron"), std::string::npos);

  facts = SoundServer();
  facts.settings["synchronous_standby_names"] = "";
  facts.settings.erase("data_checksums");
  Diagnoses notes;
  JudgeServer(facts, notes);
  EXPECT_EQ(VerdictOf(notes, "database.standby"), "note");
  EXPECT_EQ(VerdictOf(notes, "database.data_checksums"), "note");
}

TEST(JudgePowers, OnlyInsertAndSelectAreGood) {
  const auto verdicts = [](const db::RolePowers& powers) {
    Diagnoses diagnoses;
    JudgePowers(powers, diagnoses);
    return VerdictOf(diagnoses, "database.role") + " " + VerdictOf(diagnoses, "database.grants");
  };
  EXPECT_EQ(verdicts({.role = "ledger"}), "good good");
  EXPECT_EQ(verdicts({.role = "ledger", .is_superuser = true}), "finding good");
  EXPECT_EQ(verdicts({.role = "ledger", .is_owner = true}), "finding good");
  EXPECT_EQ(verdicts({.role = "ledger", .granted = {"UPDATE on entries"}}), "finding good");
  EXPECT_EQ(verdicts({.role = "ledger", .strangers = {"DELETE on tiles to alice"}}), "good finding");
}

TEST(JudgeSecrets, NeedsEverySecretThatEntriesWereSignedWith) {
  const Secret kept{.id = "2025", .bytes = "old", .not_before = {}, .not_after = {}, .retired = true};
  const Secret other{.id = "2026", .bytes = "new", .not_before = {}, .not_after = {}};
  config::SourceConfig source;
  source.name = "genesys";
  source.secrets = {kept, other};
  const auto judged = [&](const std::vector<db::KnownSigningKey>& known) {
    Diagnoses diagnoses;
    JudgeSecrets({source}, known, diagnoses);
    return NotGood(diagnoses);
  };
  const std::string old_print = KeyFingerprint("old"), new_print = KeyFingerprint("new");
  EXPECT_EQ(judged({}), "");
  EXPECT_EQ(judged({{"genesys", "2025", old_print}, {"genesys", "2026", new_print}}), "");
  EXPECT_NE(judged({{"genesys", "2024", old_print}}).find("secret 2024 of source genesys"), std::string::npos);
  EXPECT_NE(judged({{"other", "2025", old_print}}).find("is gone"), std::string::npos);
  EXPECT_NE(judged({{"genesys", "2026", old_print}}).find("is another one"), std::string::npos);
  EXPECT_EQ(judged({{"genesys", "2026", old_print}}).find("old"), std::string::npos);  // nothing of a secret
}

TEST(JudgeSecrets, ASourceNeedsOneThatCountsNow) {
  const TimePoint now = *ParseRfc3339("2026-11-24T00:00:00Z");
  const auto verdict = [now](const Secret& secret) {
    config::SourceConfig source;
    source.name = "genesys";
    source.secrets = {secret};
    Diagnoses diagnoses;
    JudgeActiveSecrets({source}, now, diagnoses);
    return VerdictOf(diagnoses, "secrets.active");
  };
  const auto hour = std::chrono::hours(1);
  EXPECT_EQ(verdict({.id = "a", .bytes = "x", .not_before = {}, .not_after = {}}), "good");
  EXPECT_EQ(verdict({.id = "a", .bytes = "x", .not_before = now - hour, .not_after = now + hour}), "good");
  EXPECT_EQ(verdict({.id = "a", .bytes = "x", .not_before = now + hour, .not_after = {}}), "finding");
  EXPECT_EQ(verdict({.id = "a", .bytes = "x", .not_before = {}, .not_after = now - hour}), "finding");
  EXPECT_EQ(verdict({.id = "a", .bytes = "x", .not_before = {}, .not_after = {}, .retired = true}), "finding");
}

TEST(JudgeDisk, NeedsAGibibyteAndThreePercent) {
  constexpr uint64_t kGiB = uint64_t{1} << 30;
  const auto verdict = [](uint64_t free_bytes, uint64_t total_bytes) {
    Diagnoses diagnoses;
    JudgeDisk("machine.disk", "it", free_bytes, total_bytes, diagnoses);
    return VerdictOf(diagnoses, "machine.disk");
  };
  EXPECT_EQ(verdict(50 * kGiB, 100 * kGiB), "good");
  EXPECT_EQ(verdict(kGiB, 10 * kGiB), "good");
  EXPECT_EQ(verdict(kGiB - 1, 10 * kGiB), "finding");
  EXPECT_EQ(verdict(2 * kGiB, 100 * kGiB), "finding");
  EXPECT_EQ(verdict(0, 0), "finding");
}

}  // namespace
}  // namespace affidavit::cli::doctor
