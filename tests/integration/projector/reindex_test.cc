// `affidavit reindex` on a real database, alone and beside a worker that folds.
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "boost/json/parse.hpp"
#include "services/projector/projector_job.h"
#include "tests/integration/projector/projected_log.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::projector {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;

class ReindexTest : public ::testing::Test {
 protected:
  // What ProjectedDetails says, as a file.
  std::string ConfigFile(const std::string& url) const {
    const std::string key = folder_.Path("subject.key");
    std::ofstream(key) << "0123456789abcdef\n";
    chmod(key.c_str(), 0600);
    const std::string file = folder_.Path("affidavit.toml");
    std::ofstream(file) << "[database]\nurl = \"" << url << "\"\n[facts]\nsubject_key_file = \"subject.key\"\n"
                        << "[[sources]]\nname = \"genesys\"\n[sources.details]\nrecipient = [\"/to\"]\n"
                        << "carrier = \"/carrier\"\nconsent = \"/consent\"\nconsent_values = [\"true\"]\n"
                        << "map_objects = []\n";
    return file;
  }

  cli::RunResult Reindex(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"reindex", "--config", ConfigFile(log_.url())});
    return cli::RunCli(more);
  }

  const cli::TemporaryFolder folder_;
  ProjectedLog log_;
};

TEST_F(ReindexTest, OnlySaysWhatItWouldDoUntilItIsTold) {
  log_.AppendEverySort(100);
  FoldingProcess(log_.url()).FoldAll();
  const std::string dump = log_.Dump();
  const cli::RunResult said = Reindex();
  EXPECT_EQ(said.code, ExitCode::kFinding) << said.err;
  EXPECT_THAT(said.out, HasSubstr("have 104 of 104 entries"));
  EXPECT_THAT(said.out, HasSubstr("--yes"));
  EXPECT_EQ(log_.Dump(), dump);
}

TEST_F(ReindexTest, FoldsTheWholeLogAgainToTheSameBytes) {
  log_.AppendEverySort(1'500);
  FoldingProcess(log_.url()).FoldAll();
  const std::string dump = log_.Dump();
  log_.Ask("UPDATE affidavit_state.message_facts SET carrier = 'tampered'; DELETE FROM affidavit_state.messages");
  EXPECT_NE(log_.Dump(), dump);
  const cli::RunResult done = Reindex({"--yes"});
  EXPECT_EQ(done.code, ExitCode::kGood) << done.err;
  EXPECT_THAT(done.out, HasSubstr("Folded 1,532 entries"));
  EXPECT_THAT(done.out, HasSubstr("by this command"));
  EXPECT_EQ(log_.Dump(), dump);

  const cli::RunResult again = Reindex({"--yes", "--output", "json"});
  EXPECT_EQ(again.code, ExitCode::kGood) << again.err;
  const auto json = boost::json::parse(again.out);
  EXPECT_EQ(json.at("tree_size"), 1'532);
  EXPECT_EQ(json.at("folded_here_count"), 1'532);
  EXPECT_EQ(log_.Dump(), dump);
}

TEST_F(ReindexTest, WatchesTheWorkerThatFolds) {
  log_.AppendEverySort(1'500);
  ProjectorOptions options;
  options.fold = ProjectedDetails();
  options.poll_interval = std::chrono::milliseconds(20);
  const auto job = ProjectorJob::Start(options, {.url = log_.url()});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (log_.Progress().LagEntries() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::string dump = log_.Dump();
  const cli::RunResult done = Reindex({"--yes"});
  EXPECT_EQ(done.code, ExitCode::kGood) << done.err;
  EXPECT_THAT(done.out, HasSubstr("by the worker"));
  EXPECT_EQ(log_.Dump(), dump);
}

TEST_F(ReindexTest, AnEmptyLogIsDoneAtOnce) {
  const cli::RunResult done = Reindex({"--yes"});
  EXPECT_EQ(done.code, ExitCode::kGood) << done.err;
  EXPECT_THAT(done.out, HasSubstr("Folded 0 entries"));
}

TEST_F(ReindexTest, NeedsTheWorkersConfiguration) {
  const cli::RunResult no_config = cli::RunCli({"reindex", "--yes", "--config", folder_.Path("none.toml")});
  EXPECT_EQ(no_config.code, ExitCode::kUsage);

  const std::string keyless = folder_.Path("keyless.toml");
  std::ofstream(keyless) << "[database]\nurl = \"" << log_.url() << "\"\n[facts]\nsubject_key_file = \"none.key\"\n";
  const cli::RunResult no_key = cli::RunCli({"reindex", "--yes", "--config", keyless});
  EXPECT_EQ(no_key.code, ExitCode::kUsage);
  EXPECT_THAT(no_key.err, HasSubstr("facts.subject_key_file"));

  const cli::RunResult nobody =
      cli::RunCli({"reindex", "--config", ConfigFile("postgresql://affidavit_worker@127.0.0.1:1/nowhere")});
  EXPECT_EQ(nobody.code, ExitCode::kUnreachable) << nobody.err;
}

}  // namespace
}  // namespace affidavit::projector
