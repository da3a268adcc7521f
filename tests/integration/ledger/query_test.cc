#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "services/ledger/wire/convert.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

class QueryTest : public LedgerFixture {
 protected:
  grpc::Status GetById(const std::string& event_id, const std::string& source, v1::GetEntryResponse* response) {
    v1::GetEntryRequest request;
    request.set_event_id(event_id);
    request.set_source(source);
    return ledger_.Call(&v1::QueryService::Stub::GetEntry, request, response);
  }

  void AppendNumbered(int begin, int end) {
    std::vector<v1::Envelope> envelopes;
    for (int i = begin; i < end; ++i) {
      envelopes.push_back(MakeEnvelope(EventBody("e-" + std::to_string(i))));
    }
    ledger_.Append(MakeRequest(envelopes));
  }

  grpc::Status List(const v1::ListEntriesRequest& request) {
    v1::ListEntriesResponse response;
    return ledger_.Call(&v1::QueryService::Stub::ListEntries, request, &response);
  }

  std::vector<int64_t> IndexesOf(const v1::EntryFilter& filter) {
    v1::ListEntriesRequest request;
    *request.mutable_filter() = filter;
    std::vector<int64_t> indexes;
    const v1::ListEntriesResponse response = ledger_.List(request);
    for (const v1::Entry& entry : response.entries()) {
      indexes.push_back(entry.leaf_index());
    }
    EXPECT_TRUE(response.next_page_token().empty());
    return indexes;
  }

  RunningLedger ledger_{MakeConfig()};
};

TEST_F(QueryTest, AnEventIdNamesItsEnvelopeWithConflictsBeside) {
  ledger_.Append(MakeRequest({MakeEnvelope(EventBody("e-1")), MakeEnvelope(EventBody("e-1", R"(,"n":1)")),
                              MakeEnvelope(EventBody("e-1", R"(,"n":2)"))}));
  v1::GetEntryResponse response;
  ASSERT_TRUE(GetById("e-1", "", &response).ok());
  EXPECT_EQ(response.entry().leaf_index(), 0);
  EXPECT_EQ(response.entry().payload(), EventBody("e-1"));
  EXPECT_THAT(response.conflict_leaf_indexes(), ::testing::ElementsAre(1, 2));
}

TEST_F(QueryTest, AnIdOfSeveralSourcesHasToBeNarrowed) {
  ledger_.Append(MakeRequest({MakeEnvelope(EventBody("e-1")), MakeEnvelope(EventBody("e-1"), "other")}));
  v1::GetEntryResponse response;
  const grpc::Status status = GetById("e-1", "", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "AMBIGUOUS_ID");
  ASSERT_TRUE(GetById("e-1", "other", &response).ok());
  EXPECT_EQ(response.entry().source(), "other");
}

TEST_F(QueryTest, WhatIsNotThereIsNotFound) {
  v1::GetEntryResponse response;
  EXPECT_EQ(ReasonOf(GetById("nobody", "", &response)), "ENTRY_NOT_FOUND");
  v1::GetEntryRequest request;
  request.set_leaf_index(0);
  EXPECT_EQ(ReasonOf(ledger_.Call(&v1::QueryService::Stub::GetEntry, request, &response)), "ENTRY_NOT_FOUND");
}

TEST_F(QueryTest, BadRequestsAreToldAllTheirFaults) {
  v1::GetEntryRequest request;
  request.set_event_id(std::string("a\0b", 3));
  request.set_source("a\n");
  v1::GetEntryResponse response;
  EXPECT_THAT(FieldsAtFault(ledger_.Call(&v1::QueryService::Stub::GetEntry, request, &response)),
              ::testing::ElementsAre("event_id", "source"));
  EXPECT_EQ(ReasonOf(ledger_.Call(&v1::QueryService::Stub::GetEntry, v1::GetEntryRequest(), &response)),
            "REQUEST_INVALID");
}

TEST_F(QueryTest, TheBasicViewLeavesThePayloadOut) {
  AppendNumbered(0, 1);
  v1::GetEntryRequest request;
  request.set_leaf_index(0);
  request.set_view(v1::ENTRY_VIEW_BASIC);
  v1::GetEntryResponse response;
  ASSERT_TRUE(ledger_.Call(&v1::QueryService::Stub::GetEntry, request, &response).ok());
  EXPECT_FALSE(response.entry().has_payload());
  EXPECT_FALSE(response.entry().leaf().empty());
}

TEST_F(QueryTest, PagesStayBelowTheFirstPagesTreeSize) {
  AppendNumbered(0, 25);
  v1::ListEntriesRequest request;
  request.set_page_size(10);
  std::vector<int64_t> indexes;
  int page_count = 0;
  do {
    const v1::ListEntriesResponse page = ledger_.List(request);
    EXPECT_EQ(page.tree_size(), 25);
    for (const v1::Entry& entry : page.entries()) {
      indexes.push_back(entry.leaf_index());
    }
    request.set_page_token(page.next_page_token());
    AppendNumbered(100 + page_count * 5, 105 + page_count * 5);  // shifts nothing
  } while (!request.page_token().empty() && ++page_count < 20);
  ASSERT_EQ(indexes.size(), 25U);
  for (size_t i = 0; i < indexes.size(); ++i) {
    EXPECT_EQ(indexes[i], static_cast<int64_t>(i));
  }
}

TEST_F(QueryTest, AnEmptyLogHasOneEmptyPage) {
  const v1::ListEntriesResponse page = ledger_.List({});
  EXPECT_TRUE(page.entries().empty());
  EXPECT_TRUE(page.next_page_token().empty());
  EXPECT_EQ(page.tree_size(), 0);
}

TEST_F(QueryTest, AnotherLedgerReadsOnWithTheToken) {
  AppendNumbered(0, 5);
  v1::ListEntriesRequest request;
  request.set_page_size(3);
  request.set_page_token(ledger_.List(request).next_page_token());
  RunningLedger other(MakeConfig());
  EXPECT_EQ(other.List(request).entries_size(), 2);
}

TEST_F(QueryTest, TokensAreForTheirFilterAndTheirLog) {
  AppendNumbered(0, 5);
  v1::ListEntriesRequest request;
  request.set_page_size(3);
  const std::string token = ledger_.List(request).next_page_token();
  request.set_page_token("nonsense");
  EXPECT_EQ(ReasonOf(List(request)), "PAGE_TOKEN_INVALID");
  request.set_page_token(token);
  request.mutable_filter()->set_source("genesys");
  EXPECT_EQ(ReasonOf(List(request)), "PAGE_TOKEN_INVALID");
  // Of a log that is longer than this one: as after a restore to an earlier state.
  const testing::TestDatabase empty;
  config::Config config = MakeConfig();
  config.database.url = empty.url(testing::Role::kLedger);
  RunningLedger other(config);
  request.clear_filter();
  v1::ListEntriesResponse response;
  EXPECT_EQ(ReasonOf(other.Call(&v1::QueryService::Stub::ListEntries, request, &response)), "PAGE_TOKEN_INVALID");
}

TEST_F(QueryTest, EveryMemberOfTheFilterNarrows) {
  v1::Envelope late = MakeEnvelope(EventBody("e-3"));
  late.mutable_receive_time()->set_seconds(late.receive_time().seconds() + 2);
  ledger_.Append(MakeRequest({
      MakeEnvelope(EventBody("e-0")),
      MakeEnvelope(EventBody("e-1"), "other"),
      MakeEnvelope("not JSON"),
      late,
      MakeEnvelope(R"({"id":"e-4","type":"message:read","message":{"id":"m-e-0","direction":"outbound",)"
                   R"("channel":"email","metadata":{"audit_correlation_id":"c-1"}}})"),
  }));
  const auto with = [](const std::function<void(v1::EntryFilter&)>& set) {
    v1::EntryFilter filter;
    set(filter);
    return filter;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(IndexesOf({}), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(IndexesOf(with([](auto& filter) { filter.add_kinds(v1::ENTRY_KIND_QUARANTINED); })), ElementsAre(2));
  EXPECT_THAT(IndexesOf(with([](auto& filter) { filter.set_source("other"); })), ElementsAre(1));
  EXPECT_THAT(IndexesOf(with([](auto& filter) { filter.set_channel("EMAIL"); })), ElementsAre(4));
  EXPECT_THAT(IndexesOf(with([](auto& filter) { filter.set_event_type("message:send"); })), ElementsAre(0, 1, 3));
  EXPECT_THAT(IndexesOf(with([](auto& filter) { filter.set_message_id("m-e-0"); })), ElementsAre(0, 4));
  EXPECT_THAT(IndexesOf(with([](auto& filter) { filter.set_correlation_id("c-1"); })), ElementsAre(4));
  EXPECT_THAT(IndexesOf(with([&](auto& filter) { *filter.mutable_start_time() = late.receive_time(); })),
              ElementsAre(3));
  EXPECT_THAT(IndexesOf(with([&](auto& filter) { *filter.mutable_end_time() = late.receive_time(); })),
              ElementsAre(0, 1, 2, 4));
}

TEST_F(QueryTest, FullPagesStayBelowTheMessageLimit) {
  int number = 0;
  for (const int mebibytes : {5, 1, 2, 1}) {
    const std::string large = R"(,"n":")" + std::string(mebibytes << 20, 'x') + "\"";
    ledger_.AppendOne(MakeEnvelope(EventBody("large-" + std::to_string(number++), large)));
  }
  AppendNumbered(0, 3);
  v1::ListEntriesRequest request;
  request.set_view(v1::ENTRY_VIEW_FULL);
  std::vector<int64_t> indexes;
  do {
    const v1::ListEntriesResponse page = ledger_.List(request);
    ASSERT_TRUE(page.entries_size() == 1 || page.ByteSizeLong() < size_t{4} << 20);
    for (const v1::Entry& entry : page.entries()) {
      EXPECT_EQ(entry.payload().size(), static_cast<size_t>(entry.payload_size_bytes()));
      indexes.push_back(entry.leaf_index());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && indexes.size() < 100);
  EXPECT_THAT(indexes, ::testing::ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST_F(QueryTest, StoredBytesThatDoNotMatchAreNamedCorrupt) {
  AppendNumbered(0, 1);
  database_.Exec(
      "ALTER TABLE affidavit.entries DISABLE TRIGGER append_only;"
      "UPDATE affidavit.entries SET leaf = leaf || '\\x20'::bytea;");
  v1::GetEntryRequest request;
  request.set_leaf_index(0);
  v1::GetEntryResponse response;
  const grpc::Status status = ledger_.Call(&v1::QueryService::Stub::GetEntry, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(ReasonOf(status), "ENTRY_CORRUPT");
}

TEST_F(QueryTest, StatusCountsExactlyByKindAndSource) {
  AppendNumbered(0, 7);
  ledger_.Append(MakeRequest({MakeEnvelope(EventBody("e-1"), "other"), MakeEnvelope("not JSON"),
                              MakeEnvelope(EventBody("e-1", R"(,"n":1)"))}));
  const v1::GetStatusResponse status = ledger_.Status();
  EXPECT_EQ(status.tree_size(), 10);
  std::set<std::tuple<std::string, v1::EntryKind, int64_t>> counts;
  for (const v1::KindCount& count : status.counts()) {
    counts.emplace(count.source(), count.kind(), count.entry_count());
  }
  EXPECT_THAT(counts, ::testing::ElementsAre(std::tuple("genesys", v1::ENTRY_KIND_ENVELOPE, 7),
                                             std::tuple("genesys", v1::ENTRY_KIND_CONFLICT, 1),
                                             std::tuple("genesys", v1::ENTRY_KIND_QUARANTINED, 1),
                                             std::tuple("other", v1::ENTRY_KIND_ENVELOPE, 1)));
  ASSERT_EQ(status.sources_size(), 2);
  EXPECT_EQ(status.sources(0).source(), "genesys");
  const TimePoint last = FromTimestamp(status.sources(0).last_receive_time()).value();
  EXPECT_LT(SystemClock().WallNow() - last, std::chrono::minutes(1));
  EXPECT_FALSE(status.ledger_version().empty());
  EXPECT_GT(status.schema_version(), 0);
  EXPECT_GT(status.database_time().seconds(), 0);
}

TEST_F(QueryTest, StatusTellsTheLastFullPassOfFsck) {
  EXPECT_FALSE(ledger_.Status().has_last_fsck());
  database_.Exec(
      "INSERT INTO affidavit_state.fsck_passes (start_time, end_time, tree_size, finding_count) VALUES "
      "('2026-11-23T00:00:00Z', '2026-11-23T01:00:00Z', 5, 1), ('2026-11-24T00:00:00Z', '2026-11-24T01:00:00Z', 7, 0)");
  const v1::FsckPass pass = ledger_.Status().last_fsck();
  EXPECT_EQ(pass.tree_size(), 7);
  EXPECT_EQ(pass.finding_count(), 0);
  EXPECT_EQ(pass.end_time().seconds() - pass.start_time().seconds(), 3600);
}

TEST_F(QueryTest, StatusTellsHowFarTheMirrorIs) {
  EXPECT_FALSE(ledger_.Status().has_mirror());
  database_.Exec("UPDATE affidavit_state.cursors SET next_leaf_index = 1 WHERE name = 'mirror'");
  database_.Exec(
      "INSERT INTO affidavit.mirror_receipts (leaf_index, receipt_id, outcome, legal_hold, worker_id) "
      "VALUES (0, 0, 'left_out', false, 'w')");
  database_.Exec("INSERT INTO affidavit_state.mirror_findings (leaf_index, reason, detail) VALUES (7, 'refused', '')");
  const v1::GetStatusResponse status = ledger_.Status();
  ASSERT_TRUE(status.has_mirror());
  EXPECT_EQ(status.mirror().next_leaf_index(), 1);
  EXPECT_EQ(status.mirror().lag_entries(), status.tree_size() - 1);
  EXPECT_GE(status.mirror().lag_seconds(), 0);
  EXPECT_LT(status.mirror().lag_seconds(), 60);
  EXPECT_GT(status.mirror().last_receipt_time().seconds(), 0);
  EXPECT_EQ(status.mirror().finding_count(), 1);
}

}  // namespace
}  // namespace affidavit::ledger
