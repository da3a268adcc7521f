// The verb: options, summary and exit codes, against a server that answers as each test says.
#include "boost/json/parse.hpp"
#include "gtest/gtest.h"
#include "tests/unit/cli/simulate/scripted_server.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

using simulate::ScriptedAnswer;
using simulate::ScriptedServer;

class SimulateTest : public testing::Test {
 protected:
  RunResult Simulate(const ScriptedServer& server, std::vector<std::string> more) {
    std::vector<std::string> arguments = {"simulate",
                                          "--url",
                                          server.url(),
                                          "--secret-file",
                                          folder_.Write("secret", "s\n"),
                                          "--retry-delay",
                                          "0",
                                          "--rate",
                                          "max",
                                          "--repeats",
                                          "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunCli(arguments);
  }

  const TemporaryFolder folder_;
};

// Answers every post as a new event.
ScriptedServer::Script AcceptAll() {
  auto next = std::make_shared<std::atomic<int64_t>>(0);
  return [next](const ScriptedServer::Request&) -> ScriptedAnswer {
    return {200, R"({"status":"accepted","leaf_index":)" + std::to_string((*next)++) + "}"};
  };
}

const std::vector<std::string> kEventsOnly = {"--noise", "0", "--conflicts", "0", "--broken", "0", "--forged", "0"};

std::vector<std::string> With(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_F(SimulateTest, AllAsExpectedIsGood) {
  const ScriptedServer server(AcceptAll());
  const RunResult result = Simulate(server, With(kEventsOnly, {"--events", "50", "--seed", "7", "--run-id", "r"}));
  EXPECT_EQ(result.code, ExitCode::kGood) << result.out << result.err;
  EXPECT_NE(result.out.find("accepted      50\n"), std::string::npos) << result.out;
  EXPECT_NE(result.err.find("--seed 7 --run-id r --start-time 2"), std::string::npos)
      << "nothing to repeat the run with";
}

TEST_F(SimulateTest, PrintsJson) {
  const ScriptedServer server(AcceptAll());
  const RunResult result = Simulate(server, With(kEventsOnly, {"--events", "50", "--output", "json", "--run-id", "r"}));
  const boost::json::value json = boost::json::parse(result.out);
  EXPECT_EQ(json.at("accepted").as_int64(), 50);
  EXPECT_EQ(json.at("seed").as_int64(), 1);
  EXPECT_EQ(json.at("run_id").as_string(), "r");
}

TEST_F(SimulateTest, AWrongAnswerIsAFinding) {
  const ScriptedServer server(AcceptAll());
  const RunResult result = Simulate(server, {"--events", "200", "--forged", "0.5"});
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_NE(result.out.find("expected unauthorized, answered accepted"), std::string::npos) << result.out;
}

TEST_F(SimulateTest, AnEventThatIsNeverAnsweredIsAFinding) {
  std::atomic<int> count{0};
  const auto accept = AcceptAll();
  const ScriptedServer server([&](const ScriptedServer::Request& request) {
    return ++count > 2 ? accept(request) : ScriptedAnswer{500, ""};
  });
  EXPECT_EQ(Simulate(server, With(kEventsOnly, {"--events", "20", "--retries", "0"})).code, ExitCode::kFinding);
}

TEST_F(SimulateTest, NoAnswerAtAllIsUnreachable) {
  const ScriptedServer server([](const auto&) { return ScriptedAnswer{503, ""}; });
  EXPECT_EQ(Simulate(server, {"--events", "5", "--retries", "1"}).code, ExitCode::kUnreachable);
}

TEST_F(SimulateTest, WritesTheJournal) {
  const ScriptedServer server(AcceptAll());
  EXPECT_EQ(Simulate(server, With(kEventsOnly, {"--events", "30", "--journal", folder_.Path("journal")})).code,
            ExitCode::kGood);
  const std::string journal = folder_.Read("journal");
  EXPECT_EQ(std::count(journal.begin(), journal.end(), '\n'), 30);
}

TEST_F(SimulateTest, RefusesABadCommandLine) {
  const ScriptedServer server(AcceptAll());
  EXPECT_EQ(Simulate(server, {}).code, ExitCode::kUsage);  // --rate max without --events
  EXPECT_EQ(Simulate(server, {"--events", "5", "--noise", "0.5", "--broken", "0.5"}).code, ExitCode::kUsage);
  EXPECT_EQ(Simulate(server, {"--events", "5", "--scheme", "md5"}).code, ExitCode::kUsage);
  EXPECT_EQ(Simulate(server, {"--events", "5", "--seconds", "5"}).code, ExitCode::kUsage);
  EXPECT_EQ(Simulate(server, {"--events", "5", "--ca", "/nonexistent"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunCli({"simulate", "--url", server.url(), "--secret-file", "/nonexistent"}).code, ExitCode::kUsage);
}

TEST_F(SimulateTest, TheSecretIsNeverPrinted) {
  const ScriptedServer server(AcceptAll());
  const std::string file = folder_.Write("secret2", "hunter2");
  const RunResult result = RunCli({"simulate", "--url", server.url(), "--secret-file", file, "--events", "5"});
  EXPECT_EQ(result.out.find("hunter2"), std::string::npos);
  EXPECT_EQ(result.err.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace affidavit::cli
