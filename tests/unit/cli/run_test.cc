#include "cli/run.h"

#include <filesystem>

#include "gtest/gtest.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

using Arguments = std::vector<std::string>;

TEST(RunTest, HelpAndVersionAreGood) {
  for (const Arguments& arguments :
       {Arguments{"--help"}, {"--version"}, {"status", "--help"}, {"quarantine", "list", "--help"}}) {
    const RunResult result = RunCli(arguments);
    EXPECT_EQ(result.code, ExitCode::kGood);
    EXPECT_FALSE(result.out.empty());
    EXPECT_TRUE(result.err.empty()) << result.err;
  }
}

TEST(RunTest, HelpNamesEveryVerb) {
  const std::string help = RunCli({"--help"}).out;
  for (const char* verb : {"migrate", "keygen", "status", "get", "list", "quarantine", "simulate"}) {
    EXPECT_NE(help.find(verb), std::string::npos) << verb;
  }
}

class UsageTest : public testing::TestWithParam<Arguments> {};

TEST_P(UsageTest, IsExitCode2AndSaysWhyOnStderrOnly) {
  const RunResult result = RunCli(GetParam());
  EXPECT_EQ(result.code, ExitCode::kUsage);
  EXPECT_TRUE(result.out.empty()) << result.out;
  EXPECT_EQ(result.err.rfind("affidavit: ", 0), 0U) << result.err;
}

INSTANTIATE_TEST_SUITE_P(
    Lines, UsageTest,
    testing::Values(Arguments{}, Arguments{"fly"}, Arguments{"status", "--output", "xml"}, Arguments{"status", "extra"},
                    Arguments{"get"}, Arguments{"get", "e-1", "--leaf-index", "1"},
                    Arguments{"get", "--leaf-index", "-1"}, Arguments{"get", "e-1", "--raw", "--leaf"},
                    Arguments{"get", "--source", "genesys"}, Arguments{"list", "--kind", "letter"},
                    Arguments{"list", "--since", "yesterday"}, Arguments{"list", "--limit", "0"},
                    Arguments{"quarantine"}, Arguments{"quarantine", "show"}, Arguments{"quarantine", "readmit"},
                    Arguments{"quarantine", "readmit", "1", "--all"},
                    Arguments{"quarantine", "list", "--kind", "envelope"}, Arguments{"status", "--timeout", "0"},
                    Arguments{"status", "--target", "127.0.0.1:1", "--cert", "x"},
                    Arguments{"status", "--target", "127.0.0.1:1", "--ca", "/nonexistent/ca.pem"},
                    Arguments{"status", "--config", "/nonexistent/affidavit.toml"}, Arguments{"simulate"},
                    Arguments{"migrate", "--database-url-file", "/nonexistent/url"}));

TEST(RunTest, NoSecretIsAnOption) {
  // A command line is in the process list and in the shell's history.
  for (const char* verb : {"migrate", "keygen", "simulate"}) {
    const std::string help = RunCli({verb, "--help"}).out;
    EXPECT_EQ(help.find("--database-url "), std::string::npos);
    EXPECT_EQ(help.find("--secret "), std::string::npos);
    EXPECT_EQ(help.find("--password"), std::string::npos);
  }
}

TEST(RunTest, NobodyAtTheTargetIsExitCode3) {
  const TemporaryFolder folder;
  const std::string target = "unix:" + folder.Path("no.sock");
  for (const Arguments& arguments : {Arguments{"status", "--target", target},
                                     {"--output", "json", "list", "--target", target},
                                     {"get", "--leaf-index", "0", "--target", target}}) {
    const RunResult result = RunCli(arguments);
    EXPECT_EQ(result.code, ExitCode::kUnreachable) << result.err;
    EXPECT_NE(result.err.find(target), std::string::npos);
    EXPECT_NE(result.err.find("what to do"), std::string::npos);
    EXPECT_TRUE(result.out.empty());
  }
}

TEST(RunTest, AnUnreachableDatabaseIsExitCode3AndNoMessageHoldsThePassword) {
  const TemporaryFolder folder;
  const std::string url = "postgresql://owner:hunter2@/affidavit?host=" + folder.Path("");
  const RunResult result = RunCli({"migrate", "--database-url-file", folder.Write("url", url + "\n")});
  EXPECT_EQ(result.code, ExitCode::kUnreachable) << result.err;
  EXPECT_EQ(result.err.find("hunter2"), std::string::npos);
}

TEST(RunTest, TheDatabaseIsFoundInTheOrderOfTheManual) {
  const TemporaryFolder folder;
  const auto nowhere = [&folder](const std::string& name) {
    return "postgresql:///affidavit?host=" + folder.Path(name);
  };
  EXPECT_EQ(RunCli({"migrate"}, {{"AFFIDAVIT_CONFIG", folder.Write("empty.toml", "")}}).code, ExitCode::kUsage);
  EXPECT_EQ(RunCli({"migrate"}, {{"DATABASE_URL", nowhere("a")}}).code, ExitCode::kUnreachable);
  EXPECT_EQ(RunCli({"migrate"}, {{"AFFIDAVIT_DATABASE_URL", nowhere("a")}}).code, ExitCode::kUnreachable);
  // The file comes first: an empty one is an error though the environment names a database.
  EXPECT_EQ(
      RunCli({"migrate", "--database-url-file", folder.Write("url", "\n")}, {{"DATABASE_URL", nowhere("a")}}).code,
      ExitCode::kUsage);
}

TEST(RunTest, AStreamThatCannotBeWrittenIsAFinding) {
  std::ostringstream out, err;
  out.setstate(std::ios::badbit);
  const TemporaryFolder folder;
  const std::vector<std::string> arguments = {"keygen", "--name", "a.example/log", "--out", folder.Path("key")};
  const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
  EXPECT_EQ(cli::Run(arguments, out, err, nothing, false), ExitCode::kFinding);
}

}  // namespace
}  // namespace affidavit::cli
