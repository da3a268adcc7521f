// `affidavit doctor` on Postgres, with the directory store, with a log that is signed, and with nobody at home.
#include <filesystem>

#include "boost/json/parse.hpp"
#include "core/signature/verifier.h"
#include "db/append_store.h"
#include "tests/integration/fsck_log.h"
#include "tests/support/private_cluster.h"

namespace affidavit::cli {
namespace {

using ::testing::HasSubstr;
namespace json = boost::json;

class DoctorTest : public FsckLog {
 protected:
  DoctorTest() {
    WriteSecret("log.key", keys_.secret);
    WriteSecret("genesys.hmac", "a secret of the platform");
  }

  std::string WriteSecret(const std::string& name, const std::string& text) const {
    const std::string file = folder_.Write(name, text);
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    return file;
  }

  // Whatever is wrong with it is for each test to add.
  std::string ConfigText(const std::string& url) const {
    return "[database]\nurl = \"" + url + "\"\n" +  //
           "[signing]\norigin = \"" + kFsckOrigin +
           "\"\nkey_files = [\"log.key\"]\nguard_file = \"guard\"\n"
           "[object_store]\nkind = \"directory\"\ndirectory = \"" +
           folder_.Path("store") +
           "\"\n[ledger]\nlisten = \"127.0.0.1:1\"\nmetrics_listen = \"127.0.0.1:1\"\n"
           "[adapter]\nplain_http = true\nledger_target = \"127.0.0.1:1\"\nmetrics_listen = \"127.0.0.1:1\"\n"
           "[worker]\nmetrics_listen = \"127.0.0.1:1\"\n"
           "[[sources]]\nname = \"genesys\"\n[[sources.secrets]]\nid = \"2026\"\nfile = \"genesys.hmac\"\n";
  }

  RunResult Doctor(const std::string& only, testing::Role role = testing::Role::kLedger,
                   const std::string& output = "table") const {
    return DoctorOf(database_.url(role), only, output);
  }
  RunResult DoctorOf(const std::string& url, const std::string& only, const std::string& output = "table") const {
    folder_.Write("affidavit.toml", ConfigText(url));
    std::vector<std::string> arguments = {"doctor",    "--config", folder_.Path("affidavit.toml"), "--output", output,
                                          "--timeout", "2"};
    if (!only.empty()) {
      arguments.insert(arguments.end(), {"--only", only});
    }
    return RunCli(arguments);
  }
};

TEST_F(DoctorTest, FindsNothingInASoundDatabase) {
  const RunResult result = Doctor("database");
  EXPECT_EQ(result.code, ExitCode::kGood) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("fsync is on"));
  EXPECT_THAT(result.out, HasSubstr("role affidavit_ledger can insert and select evidence, no more"));
  EXPECT_THAT(result.out, HasSubstr("a DELETE is refused on each of"));
}

TEST_F(DoctorTest, FindsPowersAndGuardsThatAreWrong) {
  EXPECT_THAT(Doctor("database", testing::Role::kSuperuser).out, HasSubstr("is a superuser"));
  EXPECT_THAT(Doctor("database", testing::Role::kOwner).out, HasSubstr("owns evidence tables"));

  database_.Exec("GRANT UPDATE (leaf) ON affidavit.entries TO affidavit_ledger");
  RunResult result = Doctor("database");
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("was granted UPDATE on entries"));
  EXPECT_THAT(result.out, HasSubstr("granted on evidence: UPDATE on entries to affidavit_ledger"));
  database_.Exec("REVOKE UPDATE (leaf) ON affidavit.entries FROM affidavit_ledger");

  database_.Exec(
      "GRANT DELETE ON affidavit.tiles TO affidavit_ledger; ALTER TABLE affidavit.tiles DISABLE TRIGGER append_only");
  result = Doctor("database");
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("a DELETE on tiles was not refused"));
  EXPECT_THAT(result.out, HasSubstr("lacks the trigger that refuses changes"));
  EXPECT_THAT(result.out, HasSubstr("DELETE on tiles to affidavit_ledger"));
}

TEST_F(DoctorTest, SaysWhatAServerThatLosesDataIsSetTo) {
  const testing::PrivateCluster cluster("fsync=off full_page_writes=off log_statement=all");
  const RunResult result = DoctorOf(cluster.url(), "database");
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("fsync is off"));
  EXPECT_THAT(result.out, HasSubstr("full_page_writes is off"));
  EXPECT_THAT(result.out, HasSubstr("statements with their parameters"));
  // And goes on: neither hides what else there is to say.
  EXPECT_THAT(result.out, HasSubstr("data_checksums is on"));
  EXPECT_THAT(result.out, HasSubstr("affidavit migrate"));
}

TEST_F(DoctorTest, FollowsTheLogsKeysAndGuard) {
  Append(20);
  folder_.Write("guard", Publish());
  RunResult result = Doctor("keys");
  EXPECT_EQ(result.code, ExitCode::kGood) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr(keys_.vkey));
  EXPECT_THAT(result.out, HasSubstr("the database extends the last signed checkpoint"));

  std::filesystem::permissions(folder_.Path("log.key"), std::filesystem::perms(0644));
  EXPECT_THAT(Doctor("keys").out, HasSubstr("chmod 600"));
  WriteSecret("log.key", keys_.secret);

  Tamper("checkpoints", "DELETE FROM affidavit.checkpoints");
  Tamper("entries", "DELETE FROM affidavit.entries WHERE leaf_index >= 10");
  result = Doctor("keys");
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("the database was rolled back"));

  folder_.Write("guard", "edited");
  EXPECT_THAT(Doctor("keys").out, HasSubstr("is no checkpoint that these keys signed"));
  std::filesystem::remove(folder_.Path("guard"));
  EXPECT_THAT(Doctor("keys").out, HasSubstr("does not exist: here a rollback would not be noticed"));
  std::filesystem::remove(folder_.Path("log.key"));
  EXPECT_EQ(Doctor("keys").code, ExitCode::kFinding);
}

TEST_F(DoctorTest, MissesSecretsThatOldEntriesNeed) {
  EXPECT_EQ(Doctor("secrets").code, ExitCode::kGood);
  database_.Exec("INSERT INTO affidavit.signing_keys VALUES ('genesys', '2019', '\\x0102030405060708')");
  RunResult result = Doctor("secrets");
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("secret 2019 of source genesys (fingerprint 0102030405060708) is gone"));
  EXPECT_THAT(result.out, ::testing::Not(HasSubstr("a secret of the platform")));
  std::filesystem::remove(folder_.Path("genesys.hmac"));
  EXPECT_THAT(Doctor("secrets").out, HasSubstr("FINDING      secrets.readable"));
}

TEST_F(DoctorTest, NamesTheDirectoryStoreAsNotWorm) {
  const RunResult result = Doctor("store,machine");
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("is not WORM"));
  EXPECT_THAT(result.out, HasSubstr("deleting a locked version is refused"));
  EXPECT_THAT(result.out, HasSubstr("shortening a lock is refused"));
  EXPECT_THAT(result.out, HasSubstr("the locked version is read as it was"));
  EXPECT_THAT(result.out, HasSubstr("1 finding, 0 unreachable"));
}

TEST_F(DoctorTest, WhatIsOutOfReachHidesNothingElse) {
  const RunResult result = DoctorOf("postgresql://nobody@127.0.0.1:1/nowhere", "", "json");
  EXPECT_EQ(result.code, ExitCode::kFinding);  // the directory, and the guard that is missing
  const json::object document = json::parse(result.out).as_object();
  std::set<std::string> unreachable;
  std::set<std::string> sections;
  for (const json::value& check : document.at("checks").as_array()) {
    const std::string name(check.at("check").as_string());
    sections.insert(name.substr(0, name.find('.')));
    if (check.at("verdict") == "unreachable") {
      unreachable.insert(name);
    }
  }
  EXPECT_THAT(unreachable,
              ::testing::IsSupersetOf({"database.reach", "secrets.needed", "keys.standing", "services.ledger",
                                       "services.adapter", "services.worker", "services.appends"}));
  EXPECT_THAT(sections, ::testing::IsSupersetOf({"store", "database", "keys", "secrets", "machine", "services"}));

  const RunResult services = Doctor("services");
  EXPECT_EQ(services.code, ExitCode::kUnreachable) << services.out;
}

TEST_F(DoctorTest, NeedsAConfigurationThatCanBeRead) {
  EXPECT_EQ(RunCli({"doctor", "--config", folder_.Path("none.toml")}).code, ExitCode::kUsage);
  EXPECT_EQ(Doctor("heart").code, ExitCode::kUsage);
}

}  // namespace
}  // namespace affidavit::cli
