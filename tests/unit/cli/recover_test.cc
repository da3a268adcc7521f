// What `affidavit recover` refuses before it asks any database; the rest is tests/integration/ledger/recover_test.cc.
#include <fstream>

#include "core/checkpoint/key.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

constexpr char kNowhere[] = "postgresql://affidavit_ledger@127.0.0.1:1/nowhere";

TEST(Recover, NeedsADatabaseKeysAndAGuard) {
  const TemporaryFolder folder;
  std::ofstream(folder.Path("empty.toml")) << "";
  const std::vector<std::string> recover = {"recover", "--config", folder.Path("empty.toml")};
  const RunResult no_database = RunCli(recover);
  EXPECT_EQ(no_database.code, ExitCode::kUsage);
  EXPECT_NE(no_database.err.find("no database is named"), std::string::npos);

  const std::map<std::string, std::string> environment = {{"AFFIDAVIT_DATABASE_URL", kNowhere}};
  const RunResult no_keys = RunCli(recover, environment);
  EXPECT_EQ(no_keys.code, ExitCode::kUsage);
  EXPECT_NE(no_keys.err.find("the log's keys are not known"), std::string::npos);

  std::vector<std::string> with_key = recover;
  with_key.insert(with_key.end(), {"--vkey", GenerateEd25519Key("example.com/log")->vkey});
  const RunResult no_guard = RunCli(with_key, environment);
  EXPECT_EQ(no_guard.code, ExitCode::kUsage);
  EXPECT_NE(no_guard.err.find("--guard-file is needed"), std::string::npos);

  std::ofstream(folder.Path("guard")) << "guard\n";
  with_key.insert(with_key.end(), {"--guard-file", folder.Path("guard")});
  EXPECT_EQ(RunCli(with_key, environment).code, ExitCode::kUnreachable);
}

}  // namespace
}  // namespace affidavit::cli
