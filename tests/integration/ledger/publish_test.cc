#include <gmock/gmock.h>

#include <filesystem>

#include "boost/json/parse.hpp"
#include "services/ledger/wire/convert.h"
#include "tests/integration/ledger/published_ledger.h"

namespace affidavit::ledger {
namespace {

using ::testing::HasSubstr;

class PublishTest : public PublishedLedgerFixture {
 protected:
  static bool Sleep(std::chrono::milliseconds wait) {
    std::this_thread::sleep_for(wait);
    return false;
  }
};

TEST_F(PublishTest, WhatIsAppendedIsSignedWithinAMoment) {
  RunningLedger ledger(MakeConfig());
  EXPECT_TRUE(ledger.Status().has_log());
  EXPECT_EQ(ledger.Status().log().checkpoint_tree_size(), 0);
  for (int i = 0; i < 3; ++i) {
    ledger.AppendOne(MakeEnvelope(EventBody("e-" + std::to_string(i))));
    EXPECT_TRUE(IsSigned(ledger, i + 1));
  }
  const v1::LogStatus log = ledger.Status().log();
  EXPECT_EQ(log.origin(), kOrigin);
  EXPECT_TRUE(log.has_checkpoint_time());
  EXPECT_FALSE(log.rolled_back());
  EXPECT_EQ(log.refusing_appends(), "");
  ledger.server().Stop();
  ExpectSound(*LoadKeys({"key"}));
}

TEST_F(PublishTest, AStopSignsWhatItsLastCallsAppended) {
  config::Config config = MakeConfig();
  config.signing.checkpoint_interval_ms = 60'000;
  RunningLedger ledger(config);
  ledger.AppendOne(MakeEnvelope(EventBody("last")));
  ledger.server().Stop();
  ASSERT_EQ(Checkpoints().size(), 1U);
  EXPECT_EQ(GuardNote(), Checkpoints()[0].signed_note);
}

TEST_F(PublishTest, WithoutKeysNothingIsSignedAndNothingIsRefused) {
  config::Config config = MakeConfig();
  config.signing = {};
  RunningLedger ledger(config);
  EXPECT_EQ(ledger.AppendOne(MakeEnvelope(EventBody("e"))).outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  EXPECT_FALSE(ledger.Status().has_log());
}

TEST_F(PublishTest, ALedgerWhoseDatabaseIsRolledBackUnderItRefusesAndReadsOn) {
  RunningLedger ledger(MakeConfig());
  for (int i = 0; i < 5; ++i) {
    ledger.AppendOne(MakeEnvelope(EventBody("e-" + std::to_string(i))));
  }
  ASSERT_TRUE(IsSigned(ledger, 5));
  RestoreTo(3);
  // At once, before the next look: under the log's lock the log is too small.
  const grpc::Status refused = TryAppend(ledger, "new");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(refused), "LOG_ROLLED_BACK");
  EXPECT_THAT(refused.error_message(), HasSubstr("affidavit recover"));
  EXPECT_TRUE(Eventually([&] { return ledger.Status().log().rolled_back(); }));
  EXPECT_THAT(ledger.Status().log().refusing_appends(), HasSubstr("a checkpoint of 5 was signed"));
  EXPECT_EQ(ReasonOf(TryAppend(ledger, "new")), "LOG_ROLLED_BACK");
  EXPECT_EQ(ledger.Get(2).event_id(), "e-2") << "reads go on";
  EXPECT_EQ(TreeSize(), 3);
}

TEST_F(PublishTest, ALedgerThatStartsOnAnOlderDumpServesReadsOnly) {
  {
    RunningLedger ledger(MakeConfig());
    for (int i = 0; i < 4; ++i) {
      ledger.AppendOne(MakeEnvelope(EventBody("e-" + std::to_string(i))));
    }
    ledger.server().Stop();
  }
  RestoreTo(2);
  RunningLedger ledger(MakeConfig());
  EXPECT_EQ(ReasonOf(TryAppend(ledger, "new")), "LOG_ROLLED_BACK");
  EXPECT_TRUE(ledger.Status().log().rolled_back());
  EXPECT_EQ(ledger.Get(1).event_id(), "e-1");
  v1::AppendEnvelopesResponse response;
  EXPECT_EQ(ReasonOf(ledger.Call(&v1::AppendService::Stub::AppendEnvelopes, MakeRequest({}), &response)),
            "LOG_ROLLED_BACK")
      << "an idle adapter hears of it too";
}

TEST_F(PublishTest, AKeyThatDidNotSignThisLogIsRefusedAtTheStart) {
  {
    RunningLedger ledger(MakeConfig());
    ledger.AppendOne(MakeEnvelope(EventBody("e")));
    ledger.server().Stop();
  }
  WriteKey("stranger");
  config::Config config = MakeConfig();
  config.signing.key_files = {folder_ + "/stranger"};
  const absl::Status status = LedgerServer::Start(config, Sleep).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("signing.key_files"));
}

TEST_F(PublishTest, TwoLedgersAppendOneHeartbeatAnInterval) {
  config::Config config = MakeConfig();
  config.signing.heartbeat_seconds = 2;
  RunningLedger one(config);
  config::Config other_config = MakeConfig();
  other_config.signing.heartbeat_seconds = 2;
  other_config.signing.guard_file = GuardPath("other");
  RunningLedger other(other_config);
  one.AppendOne(MakeEnvelope(EventBody("e")));
  v1::ListEntriesRequest request;
  request.mutable_filter()->add_kinds(v1::ENTRY_KIND_HEARTBEAT);
  request.set_view(v1::ENTRY_VIEW_FULL);
  ASSERT_TRUE(Eventually([&] { return one.List(request).entries_size() >= 2; }));
  const v1::ListEntriesResponse heartbeats = other.List(request);
  std::set<std::string> keys;
  for (const v1::Entry& entry : heartbeats.entries()) {
    EXPECT_TRUE(keys.insert(entry.event_id()).second) << entry.event_id();
    EXPECT_EQ(entry.event_type(), "log:heartbeat");
  }
  const auto payload = boost::json::parse(heartbeats.entries(0).payload()).as_object();
  EXPECT_EQ(payload.at("sources").as_array().at(0).at("source"), "genesys");
  EXPECT_EQ(payload.at("sources").as_array().at(0).at("entry_count"), 1);
  EXPECT_TRUE(ParseRfc3339(std::string(payload.at("time").as_string())));
  EXPECT_TRUE(payload.contains("adapters"));
}

}  // namespace
}  // namespace affidavit::ledger
