// `affidavit recover` beside a running ledger.
#include <gmock/gmock.h>

#include <fstream>

#include "boost/json/parse.hpp"
#include "cli/recovery.h"
#include "tests/integration/ledger/published_ledger.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::ledger {
namespace {

using ::testing::HasSubstr;

class RecoverTest : public PublishedLedgerFixture {
 protected:
  cli::RunResult Recover(std::vector<std::string> more = {}) {
    const std::string config = folder_ + "/affidavit.toml";
    std::ofstream(config) << "[database]\nurl = \"" << database_.url(testing::Role::kLedger)
                          << "\"\n[signing]\norigin = \"" << kOrigin
                          << "\"\nkey_files = [\"key\"]\nguard_file = \"guard\"\n";
    more.insert(more.begin(), {"recover", "--config", config});
    return cli::RunCli(more);
  }

  void AppendMany(RunningLedger& ledger, const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(ledger.AppendOne(MakeEnvelope(EventBody(prefix + std::to_string(i)))).outcome(),
                v1::APPEND_OUTCOME_ACCEPTED);
    }
    ASSERT_TRUE(IsSigned(ledger, TreeSize()));
  }
};

TEST_F(RecoverTest, NothingToRecoverIsGood) {
  EXPECT_EQ(Recover().code, cli::ExitCode::kGood) << "an empty database";
  RunningLedger ledger(MakeConfig());
  AppendMany(ledger, "e-", 3);
  const cli::RunResult result = Recover({"--yes"});
  EXPECT_EQ(result.code, cli::ExitCode::kGood) << result.err;
  EXPECT_THAT(result.out, HasSubstr("nothing to recover"));
  EXPECT_EQ(TreeSize(), 3);
}

TEST_F(RecoverTest, ARunningLedgerGoesOnInANewIncarnation) {
  RunningLedger ledger(MakeConfig());
  AppendMany(ledger, "e-", 3);
  AppendMany(ledger, "f-", 4);
  const std::string lost_note = *GuardNote();
  RestoreTo(3);
  ASSERT_TRUE(Eventually([&] { return ledger.Status().log().rolled_back(); }));

  const cli::RunResult said = Recover();
  EXPECT_EQ(said.code, cli::ExitCode::kFinding) << said.err;
  for (const char* part : {"example.com/log, 7 entries", "3 entries, the newest received at", "the first 3 entries",
                           "leaf_index 3 to 6, 4 entries", "--yes", "example.com/log/2"}) {
    EXPECT_THAT(said.out, HasSubstr(part));
  }
  EXPECT_EQ(TreeSize(), 3) << "only said";

  const cli::RunResult done = Recover({"--yes", "--output", "json"});
  EXPECT_EQ(done.code, cli::ExitCode::kGood) << done.err;
  EXPECT_EQ(boost::json::parse(done.out).at("opened_leaf_index"), 3);
  EXPECT_TRUE(Eventually([&] { return TryAppend(ledger, "new").ok(); })) << "without a restart";
  ASSERT_TRUE(IsSigned(ledger, 5));
  EXPECT_EQ(ledger.Status().log().origin(), "example.com/log/2");
  ExpectSound(*LoadKeys({"key"}));

  v1::GetEntryRequest request;
  const v1::Entry record = ledger.Get(3);
  EXPECT_EQ(record.kind(), v1::ENTRY_KIND_GOVERNANCE);
  EXPECT_EQ(record.event_type(), "log:recovered");
  const auto payload = boost::json::parse(record.payload());
  EXPECT_EQ(payload.at("old_origin"), "example.com/log");
  EXPECT_EQ(payload.at("new_origin"), "example.com/log/2");
  EXPECT_EQ(payload.at("last_checkpoint"), boost::json::string(lost_note));
  EXPECT_EQ(payload.at("first_lost_leaf_index"), 3);
  EXPECT_EQ(payload.at("last_lost_leaf_index"), 6);
  EXPECT_EQ(Recover().code, cli::ExitCode::kGood);
}

TEST_F(RecoverTest, ASecondLossOpensAThirdIncarnationWhateverTheDumpKnows) {
  RunningLedger ledger(MakeConfig());
  AppendMany(ledger, "e-", 4);
  RestoreTo(0);  // not even the log's name is left
  ASSERT_TRUE(Eventually([&] { return ledger.Status().log().rolled_back(); }));
  EXPECT_EQ(Recover({"--yes"}).code, cli::ExitCode::kGood);
  ASSERT_TRUE(Eventually([&] { return TryAppend(ledger, "new").ok(); }));
  AppendMany(ledger, "f-", 2);
  EXPECT_EQ(ledger.Status().log().origin(), "example.com/log/2");
  RestoreTo(0);
  ASSERT_TRUE(Eventually([&] { return ledger.Status().log().rolled_back(); }));
  EXPECT_EQ(Recover({"--yes"}).code, cli::ExitCode::kGood);
  ASSERT_TRUE(Eventually([&] { return TryAppend(ledger, "newer").ok(); }));
  ASSERT_TRUE(IsSigned(ledger, 2));
  EXPECT_EQ(ledger.Status().log().origin(), "example.com/log/3") << "the lost part of the log had used 2";
  ExpectSound(*LoadKeys({"key"}));
}

TEST_F(RecoverTest, AnotherLedgersYoungerGuardIsNotPassedOver) {
  config::Config config = MakeConfig();
  RunningLedger ledger(config);
  AppendMany(ledger, "e-", 3);
  const std::string older = *GuardNote();
  AppendMany(ledger, "f-", 3);
  RestoreTo(2);
  ASSERT_TRUE(Eventually([&] { return ledger.Status().log().rolled_back(); }));
  std::ofstream(folder_ + "/older") << older;
  EXPECT_EQ(Recover({"--yes", "--guard-file", folder_ + "/older"}).code, cli::ExitCode::kGood);
  // This ledger knows of six signed entries, and the record speaks of three.
  EXPECT_EQ(Recover().code, cli::ExitCode::kFinding);
  EXPECT_EQ(ReasonOf(TryAppend(ledger, "new")), "LOG_ROLLED_BACK");
  EXPECT_EQ(Recover({"--yes"}).code, cli::ExitCode::kGood);
  EXPECT_TRUE(Eventually([&] { return TryAppend(ledger, "new").ok(); }));
}

TEST_F(RecoverTest, AnInterruptedRecoveryIsTakenUpAgain) {
  RunningLedger ledger(MakeConfig());
  AppendMany(ledger, "e-", 3);
  RestoreTo(1);
  ASSERT_TRUE(Eventually([&] { return ledger.Status().log().rolled_back(); }));
  // The record gets in and its incarnation does not, as if recover had been ended between the two.
  database_.Exec("REVOKE INSERT ON affidavit.origins FROM affidavit_ledger");
  EXPECT_NE(Recover({"--yes"}).code, cli::ExitCode::kGood);
  EXPECT_EQ(TreeSize(), 2);
  EXPECT_EQ(ReasonOf(TryAppend(ledger, "new")), "LOG_ROLLED_BACK");
  database_.Exec("GRANT INSERT ON affidavit.origins TO affidavit_ledger");
  EXPECT_EQ(Recover({"--yes"}).code, cli::ExitCode::kGood);
  EXPECT_TRUE(Eventually([&] { return TryAppend(ledger, "new").ok(); }));
  EXPECT_EQ(TreeSize(), 3) << "the record is there once";
}

TEST_F(RecoverTest, ASignedLogOfOthersIsNotRecovered) {
  RunningLedger ledger(MakeConfig());
  AppendMany(ledger, "e-", 2);
  std::ofstream(folder_ + "/forged") << "forged\n";
  const cli::RunResult result = Recover({"--guard-file", folder_ + "/forged"});
  EXPECT_EQ(result.code, cli::ExitCode::kFinding);
  EXPECT_THAT(result.err, HasSubstr("the guard file is not signed by this log's keys"));
  EXPECT_EQ(Recover({"--guard-file", folder_ + "/none"}).code, cli::ExitCode::kUsage);
}

}  // namespace
}  // namespace affidavit::ledger
