#include <gmock/gmock.h>

#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

constexpr char kBody[] =
    R"({"eventId":"e-1","type":"message:send","message":{"direction":"outbound","channel":"fax"}})";

class ReadmitTest : public LedgerFixture {
 protected:
  grpc::Status Readmit(RunningLedger& ledger, const std::vector<int64_t>& leaf_indexes,
                       v1::ReadmitEntriesResponse* response) {
    v1::ReadmitEntriesRequest request;
    for (const int64_t leaf_index : leaf_indexes) {
      request.add_leaf_indexes(leaf_index);
    }
    return ledger.Call(&v1::AppendService::Stub::ReadmitEntries, request, response);
  }

  // The profile as it should have been: the id lies elsewhere.
  config::Config FixedConfig() {
    config::Config config = MakeConfig();
    config.sources[0].profile.pointers.id = {ParseJsonPointer("/eventId").value()};
    return config;
  }
};

TEST_F(ReadmitTest, OnceTheProfileIsFixedAnEntryOfItsOwnFollows) {
  v1::Entry old;
  {
    RunningLedger ledger(MakeConfig());
    ASSERT_EQ(ledger.AppendOne(MakeEnvelope(kBody)).outcome(), v1::APPEND_OUTCOME_QUARANTINED);
    old = ledger.Get(0);
    v1::ReadmitEntriesResponse response;
    ASSERT_TRUE(Readmit(ledger, {0}, &response).ok());
    EXPECT_EQ(response.results(0).outcome(), v1::APPEND_OUTCOME_QUARANTINED) << "the profile still says so";
    EXPECT_EQ(response.results(0).leaf_index(), 0);
    EXPECT_EQ(response.results(0).reason(), "id_missing");
  }
  config::Config config = FixedConfig();
  config.sources[0].profile.channels.clear();
  RunningLedger ledger(config);
  v1::ReadmitEntriesResponse response;
  ASSERT_TRUE(Readmit(ledger, {0, 0}, &response).ok());
  EXPECT_EQ(response.results(0).outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  EXPECT_EQ(response.results(0).event_id(), "e-1");
  EXPECT_EQ(response.results(0).leaf_index(), 1);
  EXPECT_EQ(response.results(1).outcome(), v1::APPEND_OUTCOME_DUPLICATE);
  const v1::Entry entry = ledger.Get(1);
  EXPECT_EQ(entry.kind(), v1::ENTRY_KIND_ENVELOPE);
  EXPECT_EQ(entry.provenance(), "readmitted");
  EXPECT_EQ(entry.payload(), kBody);
  EXPECT_EQ(entry.receive_time().SerializeAsString(), old.receive_time().SerializeAsString());
  EXPECT_EQ(entry.signature().SerializeAsString(), old.signature().SerializeAsString());
  EXPECT_EQ(entry.adapter_id(), old.adapter_id());
  EXPECT_EQ(ledger.Get(0).leaf(), old.leaf()) << "the old entry stays";
  ASSERT_TRUE(Readmit(ledger, {0}, &response).ok());
  EXPECT_EQ(response.results(0).outcome(), v1::APPEND_OUTCOME_DUPLICATE);
  EXPECT_EQ(response.results(0).leaf_index(), 1);
}

TEST_F(ReadmitTest, WhatIsNowOutOfScopeStaysWhereItIs) {
  {
    RunningLedger ledger(MakeConfig());
    ledger.AppendOne(MakeEnvelope(kBody));
  }
  RunningLedger ledger(FixedConfig());
  v1::ReadmitEntriesResponse response;
  ASSERT_TRUE(Readmit(ledger, {0}, &response).ok());
  EXPECT_EQ(response.results(0).outcome(), v1::APPEND_OUTCOME_EXCLUDED);
  EXPECT_EQ(response.results(0).reason(), "channel");
  EXPECT_EQ(response.results(0).leaf_index(), 0);
  EXPECT_EQ(ledger.Status().tree_size(), 1);
}

TEST_F(ReadmitTest, ARepeatUnderAnotherProfileGetsTheFirstAnswerAndReason) {
  {
    RunningLedger ledger(MakeConfig());
    ledger.AppendOne(MakeEnvelope(kBody));
  }
  RunningLedger ledger(FixedConfig());
  const v1::AppendResult result = ledger.AppendOne(MakeEnvelope(kBody));
  EXPECT_EQ(result.outcome(), v1::APPEND_OUTCOME_QUARANTINED);
  EXPECT_EQ(result.reason(), "id_missing");
  EXPECT_EQ(result.leaf_index(), 0);
}

TEST_F(ReadmitTest, ExcludedEntriesCanBeReadmitted) {
  const std::string body = R"({"id":"e-1","message":{"channel":"fax","direction":"outbound"}})";
  {
    RunningLedger ledger(MakeConfig());
    ASSERT_EQ(ledger.AppendOne(MakeEnvelope(body)).outcome(), v1::APPEND_OUTCOME_EXCLUDED);
  }
  config::Config config = MakeConfig();
  config.sources[0].profile.channels.clear();
  RunningLedger ledger(config);
  v1::ReadmitEntriesResponse response;
  ASSERT_TRUE(Readmit(ledger, {0}, &response).ok());
  EXPECT_EQ(response.results(0).outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  EXPECT_EQ(ledger.Get(1).payload(), body);
}

TEST_F(ReadmitTest, EveryEntryThatCannotBeReadmittedIsNamed) {
  RunningLedger ledger(MakeConfig());
  ledger.AppendOne(MakeEnvelope(EventBody("e-1")));
  ledger.AppendOne(MakeEnvelope(kBody));
  v1::ReadmitEntriesResponse response;
  EXPECT_EQ(ReasonOf(Readmit(ledger, {1, 7, 8}, &response)), "ENTRY_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Readmit(ledger, {1, 0}, &response)), "ENTRY_NOT_READMITTABLE");
  EXPECT_EQ(ReasonOf(Readmit(ledger, {-1}, &response)), "ENTRY_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Readmit(ledger, std::vector<int64_t>(101, 1), &response)), "REQUEST_INVALID");
}

TEST_F(ReadmitTest, MoreThanAMessageHoldsIsReadmittedInParts) {
  {
    RunningLedger ledger(MakeConfig());
    for (int i = 0; i < 5; ++i) {
      const std::string body =
          R"({"eventId":"e-)" + std::to_string(i) + R"(","n":")" + std::string(3 << 20, 'x') + "\"}";
      ASSERT_EQ(ledger.AppendOne(MakeEnvelope(body)).outcome(), v1::APPEND_OUTCOME_QUARANTINED);
    }
  }
  RunningLedger ledger(FixedConfig());
  v1::ReadmitEntriesResponse response;
  ASSERT_TRUE(Readmit(ledger, {0, 1, 2, 3, 4}, &response).ok());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(response.results(i).outcome(), v1::APPEND_OUTCOME_ACCEPTED);
    EXPECT_EQ(response.results(i).event_id(), "e-" + std::to_string(i));
    EXPECT_EQ(response.results(i).leaf_index(), 5 + i);
  }
}

}  // namespace
}  // namespace affidavit::ledger
