// prove, against a ledger that answers as each test says.
#include <sys/stat.h>

#include "boost/json/parse.hpp"
#include "cli/proof_files.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/fake_ledger.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

class ProveTest : public testing::Test {
 protected:
  RunResult Prove(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "prove");
    arguments.insert(arguments.end(), {"--target", ledger_.target()});
    return RunCli(arguments);
  }

  void ServeBundle(const std::string& source, const std::string& message_id, const std::string& event_id,
                   const std::string& content) {
    auto* bundle = ledger_.delivery_response.add_bundles();
    bundle->set_source(source);
    bundle->set_message_id(message_id);
    bundle->set_event_id(event_id);
    bundle->set_bundle(content);
  }

  FakeLedger ledger_;
  TemporaryFolder folder_;
};

TEST_F(ProveTest, WritesTheBundleForItsOwnerAloneAndSaysHowToCheckIt) {
  ServeBundle("genesys", "m-1", "", std::string("{\"a\":\"\xC3\xA4\"}"));
  const RunResult result = Prove({"--message-id", "m-1", "--output-dir", folder_.Path("")});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_EQ(folder_.Read("message-m-1@genesys.proof.json"), "{\"a\":\"\xC3\xA4\"}");
  const std::string path = folder_.Path("message-m-1@genesys.proof.json");
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(result.out, "wrote " + path + " (10 bytes)\ncheck it anywhere:\n  affidavit-verify " + path +
                            " --key log.example+01234567+AAAA\n"
                            "The key is what this ledger says of itself: compare it with the one that its operator "
                            "publishes.\n");
}

TEST_F(ProveTest, AsksForWhatItWasTold) {
  ServeBundle("genesys", "m-1", "", "{}");
  EXPECT_EQ(Prove({"--message-id", "m-1", "--source", "genesys", "--wait", "0", "--out", folder_.Path("a")}).code,
            ExitCode::kGood);
  EXPECT_EQ(Prove({"--correlation-id", "c-1", "--out", folder_.Path("b")}).code, ExitCode::kGood);
  EXPECT_EQ(Prove({"--event-id", "e-1", "--wait", "1500", "--out", folder_.Path("c")}).code, ExitCode::kGood);
  ASSERT_EQ(ledger_.delivery_requests.size(), 3U);
  EXPECT_EQ(ledger_.delivery_requests[0].message_id(), "m-1");
  EXPECT_EQ(ledger_.delivery_requests[0].source(), "genesys");
  EXPECT_EQ(ledger_.delivery_requests[0].wait_max_ms(), 0);
  EXPECT_EQ(ledger_.delivery_requests[1].correlation_id(), "c-1");
  EXPECT_EQ(ledger_.delivery_requests[1].wait_max_ms(), 5'000);
  EXPECT_EQ(ledger_.delivery_requests[2].event_id(), "e-1");
  EXPECT_EQ(ledger_.delivery_requests[2].wait_max_ms(), 1'500);
}

TEST_F(ProveTest, OneThingIsProvedAtATime) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"--message-id", "m", "--event-id", "e"},
                                             {"--message-id", "m", "--inclusion", "0"},
                                             {"--inclusion", "0", "--source", "s"},
                                             {"--inclusion", "-1"},
                                             {"--message-id", "m", "--wait", "30001"},
                                             {"--message-id", "m", "--out", "f", "--output-dir", "d"}}) {
    EXPECT_EQ(Prove(arguments).code, ExitCode::kUsage);
  }
  EXPECT_TRUE(ledger_.delivery_requests.empty());
}

TEST_F(ProveTest, ACorrelationIdMakesAFileForEachMessage) {
  ServeBundle("genesys", "m-1", "", "1");
  ServeBundle("genesys", "", "e/1", "2");
  const RunResult refused = Prove({"--correlation-id", "c-1", "--out", folder_.Path("one")});
  EXPECT_EQ(refused.code, ExitCode::kUsage);
  EXPECT_EQ(folder_.Read("one"), "");
  const RunResult result = Prove({"--correlation-id", "c-1", "--output-dir", folder_.Path(""), "--output", "json"});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_EQ(folder_.Read("message-m-1@genesys.proof.json"), "1");
  EXPECT_EQ(folder_.Read("event-e%2F1@genesys.proof.json"), "2");
  const boost::json::value first = boost::json::parse(result.out.substr(0, result.out.find('\n')));
  EXPECT_EQ(first.at("message_id").as_string(), "m-1");
  EXPECT_EQ(first.at("size_bytes").to_number<int>(), 1);
  EXPECT_EQ(first.at("file").as_string(), folder_.Path("message-m-1@genesys.proof.json"));
  const boost::json::value second = boost::json::parse(result.out.substr(result.out.find('\n') + 1));
  EXPECT_EQ(second.at("event_id").as_string(), "e/1");
}

TEST_F(ProveTest, NothingIsOverwrittenAndNoHalfIsLeft) {
  ServeBundle("genesys", "m-1", "", "1");
  ServeBundle("genesys", "m-2", "", "2");
  folder_.Write("message-m-2@genesys.proof.json", "kept");
  const RunResult result = Prove({"--correlation-id", "c-1", "--output-dir", folder_.Path("")});
  EXPECT_EQ(result.code, ExitCode::kUsage);
  EXPECT_EQ(folder_.Read("message-m-2@genesys.proof.json"), "kept");
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("message-m-1@genesys.proof.json")));
}

TEST_F(ProveTest, InclusionWritesALeafAndItsProof) {
  ledger_.inclusion_response.set_leaf_index(7);
  ledger_.inclusion_response.set_tree_size(9);
  ledger_.inclusion_response.set_leaf("{\"v\":1}");
  ledger_.inclusion_response.set_tlog_proof("c2sp.org/tlog-proof@v1\n");
  const RunResult result = Prove({"--inclusion", "7", "--output-dir", folder_.Path("")});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_EQ(ledger_.inclusion_requests.at(0).leaf_index(), 7);
  EXPECT_EQ(folder_.Read("entry-7.leaf"), "{\"v\":1}");
  EXPECT_EQ(folder_.Read("entry-7.tlog-proof"), "c2sp.org/tlog-proof@v1\n");
  EXPECT_NE(result.out.find("affidavit-verify tlog-proof " + folder_.Path("entry-7.leaf") + " " +
                            folder_.Path("entry-7.tlog-proof") + " --key "),
            std::string::npos)
      << result.out;
}

TEST_F(ProveTest, ErrorsSayWhatToDoAndEndWithTheirCode) {
  const struct {
    grpc::StatusCode code;
    const char* reason;
    ExitCode exit_code;
  } rows[] = {
      {grpc::StatusCode::NOT_FOUND, "ENTRY_NOT_FOUND", ExitCode::kFinding},
      {grpc::StatusCode::FAILED_PRECONDITION, "AMBIGUOUS_ID", ExitCode::kFinding},
      {grpc::StatusCode::FAILED_PRECONDITION, "TREE_SIZE_NOT_PUBLISHED", ExitCode::kFinding},
      {grpc::StatusCode::FAILED_PRECONDITION, "SIGNING_NOT_CONFIGURED", ExitCode::kFinding},
      {grpc::StatusCode::FAILED_PRECONDITION, "LOG_ROLLED_BACK", ExitCode::kFinding},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, "PROOF_TOO_LARGE", ExitCode::kFinding},
      {grpc::StatusCode::UNAVAILABLE, "STORE_UNAVAILABLE", ExitCode::kUnreachable},
      {grpc::StatusCode::DATA_LOSS, "ENTRY_CORRUPT", ExitCode::kFinding},
  };
  for (const auto& row : rows) {
    ledger_.status = RpcError(row.code, "why", row.reason);
    const RunResult result = Prove({"--message-id", "m-1", "--out", folder_.Path("bundle")});
    EXPECT_EQ(result.code, row.exit_code) << row.reason;
    EXPECT_EQ(result.err.rfind(std::string("affidavit: ") + row.reason + ": why\n  what to do: ", 0), 0U) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder_.Path("bundle")));
  }
}

TEST(ProofFilesTest, NamesAreSafeWhateverTheIdIs) {
  EXPECT_EQ(ProofFileName("message", "../../etc/passwd", "genesys"),
            "message-..%2F..%2Fetc%2Fpasswd@genesys.proof.json");
  EXPECT_EQ(ProofFileName("message", "a@b c\n", "s"), "message-a%40b%20c%0A@s.proof.json");
  const std::string name = ProofFileName("event", std::string(512, 'x'), std::string(64, 's'));
  EXPECT_LT(name.size(), 255U);
  EXPECT_EQ(name.rfind("event-sha256-", 0), 0U);
}

TEST(ProofFilesTest, WordsSurviveAShell) {
  EXPECT_EQ(ShellWord("a/b-c_d.json"), "a/b-c_d.json");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("$(rm)"), "'$(rm)'");
}

}  // namespace
}  // namespace affidavit::cli
