// GetCustodyChain: which entries a chain tells of, in which order, and what stands beside each.
#include "core/checkpoint/key.h"
#include "db/connection_pool.h"
#include "db/log_store.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/integration/ledger/custody_fixture.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Role;

class CustodyTest : public CustodyFixture {
 protected:
  std::string Tamper(const std::string& table, const std::string& statement) {
    return database_.Exec("ALTER TABLE affidavit." + table + " DISABLE TRIGGER append_only; " + statement +
                          "; ALTER TABLE affidavit." + table + " ENABLE ALWAYS TRIGGER append_only");
  }

  void InsertReceipt(int64_t leaf_index) {
    database_.Exec(
        R"(
      INSERT INTO affidavit.mirror_receipts (leaf_index, receipt_id, outcome, store, object_key, version_id, checksum,
                                             retain_until, legal_hold, store_time, worker_id)
      VALUES ()" +
        std::to_string(leaf_index) +
        R"(, 0, 'copied', 'bucket', 'audit/x', 'v7', sha256('x'), '2033-01-01Z', true, '2026-01-01Z', 'w-3'))");
  }
};

TEST_F(CustodyTest, EventsAreToldInTheOrderOfTheMessagesLifeHoweverTheyCame) {
  Append(Event("r", "read", "m", "", At("03")));
  Append(Event("s", "send", "m", R"(,"metadata":{"audit_correlation_id":"c"})", At("01")));
  Append(Event("d", "delivery", "m", "", At("02")));
  Append(Event("d", "delivery", "m", "", At("02")));  // again: the same entry
  Append(Event("x", "send", "m-2", "", At("00")));
  const v1::CustodyChain chain = Chain(ByMessage("m"));
  EXPECT_THAT(Told(chain), ElementsAre("1 PENDING", "2 DELIVERED", "0 READ"));
  EXPECT_EQ(chain.source(), "genesys");
  EXPECT_EQ(chain.message_id(), "m");
  EXPECT_EQ(chain.channel(), "SMS");
  EXPECT_EQ(chain.status(), v1::MESSAGE_STATUS_READ);
  EXPECT_EQ(chain.decided_by_leaf_index(), 0);
  EXPECT_THAT(chain.correlation_ids(), ElementsAre("c"));
  EXPECT_FALSE(chain.late_delivery());
  EXPECT_EQ(Told(Chain(ByEvent("d"))), Told(chain));
  EXPECT_EQ(Told(Chain(ByMessage("m", "genesys"))), Told(chain));
}

TEST_F(CustodyTest, EventsHaveTheirClocksAndTheirReceiver) {
  Append(Event("d", "delivery", "m", R"(,"deliveryTimestamp":"2026-01-01T00:00:07Z")", At("01")));
  const v1::CustodyEvent event = Chain(ByMessage("m")).events(0);
  EXPECT_EQ(event.entry().event_time().seconds() + 6, event.entry().delivery_time().seconds());
  EXPECT_TRUE(event.entry().has_receive_time());
  EXPECT_TRUE(event.entry().has_integrate_time());
  EXPECT_EQ(event.entry().adapter_id(), "adapter-1");
  EXPECT_FALSE(event.entry().has_payload());
  EXPECT_FALSE(event.entry().leaf().empty());
  EXPECT_EQ(event.clock_drift_ms(), 6'000);
  EXPECT_TRUE(event.clock_drift_exceeded());
}

TEST_F(CustodyTest, DriftIsFlaggedBeyondTheThresholdEitherWay) {
  config_.facts.drift_threshold_ms = 2'000;
  Append(Event("a", "delivery", "m", R"(,"deliveryTimestamp":"2026-01-01T00:00:03Z")", At("01")));
  Append(Event("b", "delivery", "m", R"(,"deliveryTimestamp":"2026-01-01T00:00:00Z")", At("02.001")));
  Append(Event("c", "delivery", "m", "", At("03")));
  const v1::GetCustodyChainResponse answer = Ask(ByMessage("m"));
  EXPECT_EQ(answer.drift_threshold_ms(), 2'000);
  const auto& events = answer.chains(0).events();
  EXPECT_EQ(events[0].clock_drift_ms(), 2'000);
  EXPECT_FALSE(events[0].clock_drift_exceeded());
  EXPECT_EQ(events[1].clock_drift_ms(), -2'001);
  EXPECT_TRUE(events[1].clock_drift_exceeded());
  EXPECT_FALSE(events[2].has_clock_drift_ms());
}

TEST_F(CustodyTest, AMessageWithoutItsSendHasAChain) {
  Append(Event("d", "delivery", "m", "", At("02")));
  EXPECT_EQ(Chain(ByMessage("m")).status(), v1::MESSAGE_STATUS_DELIVERED);
}

TEST_F(CustodyTest, ConflictsAndWhatIsOutOfScopeBelongToTheChain) {
  Append(Event("s", "send", "m", "", At("01")));
  Append(Event("s", "send", "m", R"(,"n":1)", At("01")));
  Append(R"({"id":"in","type":"message:send","message":{"id":"m","direction":"inbound","channel":"sms"}})");
  const v1::CustodyChain chain = Chain(ByMessage("m"));
  ASSERT_EQ(chain.events_size(), 3);
  EXPECT_EQ(chain.conflict_count(), 1);
  EXPECT_EQ(chain.status(), v1::MESSAGE_STATUS_PENDING);
  EXPECT_EQ(chain.events(1).entry().kind(), v1::ENTRY_KIND_CONFLICT);
  EXPECT_EQ(chain.events(2).entry().kind(), v1::ENTRY_KIND_EXCLUDED);
  EXPECT_EQ(chain.events(1).status(), v1::MESSAGE_STATUS_UNKNOWN);
}

TEST_F(CustodyTest, ADeliveryAfterATimeoutKeepsBothFacts) {
  Append(Event("s", "send", "m", "", At("01")));
  const int64_t timeout = AppendTimeout("s", "m");
  v1::CustodyChain chain = Chain(ByMessage("m"));
  EXPECT_EQ(chain.status(), v1::MESSAGE_STATUS_TIMED_OUT);
  EXPECT_EQ(chain.decided_by_leaf_index(), timeout);
  Append(Event("d", "delivery", "m"));
  chain = Chain(ByMessage("m"));
  EXPECT_THAT(Told(chain), ElementsAre("0 PENDING", "1 TIMED_OUT", "2 DELIVERED"));
  EXPECT_EQ(chain.status(), v1::MESSAGE_STATUS_DELIVERED);
  EXPECT_EQ(chain.decided_by_leaf_index(), 2);
  EXPECT_TRUE(chain.late_delivery());
}

TEST_F(CustodyTest, BothVocabulariesOfStatusWordsAreRead) {
  Append(Event("a", "status", "m-1", R"(,"status":"DeliveryFailed")"));
  Append(Event("b", "status", "m-2", R"(,"status":"delivery-failed")"));
  Append(Event("c", "status", "m-3", "", R"(,"status":"Failed")"));
  Append(Event("d", "status", "m-4", R"(,"status":"Pondering")"));
  EXPECT_THAT(Told(Chain(ByMessage("m-1"))), ElementsAre("0 FAILED DeliveryFailed"));
  EXPECT_THAT(Told(Chain(ByMessage("m-2"))), ElementsAre("1 FAILED delivery-failed"));
  EXPECT_THAT(Told(Chain(ByMessage("m-3"))), ElementsAre("2 FAILED Failed"));
  EXPECT_THAT(Told(Chain(ByMessage("m-4"))), ElementsAre("3 UNKNOWN Pondering"));
  EXPECT_FALSE(Chain(ByMessage("m-4")).has_decided_by_leaf_index());
}

TEST_F(CustodyTest, WhatJsonbCannotHoldIsTold) {
  Append(Event("s", "send", "m", R"(,"text":"\u0000")", At("01")));
  const v1::CustodyEvent event = Chain(ByMessage("m")).events(0);
  EXPECT_EQ(event.payload_error(), "22P05");
  EXPECT_EQ(event.status(), v1::MESSAGE_STATUS_PENDING);
  EXPECT_FALSE(event.payload_disposed());
}

TEST_F(CustodyTest, AnEventOfNoMessageHasAChainByItsId) {
  Append(R"({"id":"e","type":"message:send"})");
  const v1::CustodyChain chain = Chain(ByEvent("e"));
  EXPECT_EQ(chain.message_id(), "");
  EXPECT_EQ(chain.event_id(), "e");
  EXPECT_THAT(Told(chain), ElementsAre("0 PENDING"));
}

TEST_F(CustodyTest, AnIdOfTwoSourcesHasToBeNarrowed) {
  Append(Event("e", "send", "m"));
  Append(Event("e", "send", "m"), "other");
  for (const auto& request : {ByMessage("m"), ByEvent("e")}) {
    v1::GetCustodyChainResponse response;
    const grpc::Status status = TryAsk(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    google::rpc::Status details;
    details.ParseFromString(status.error_details());
    google::rpc::ErrorInfo info;
    ASSERT_TRUE(details.details_size() > 0 && details.details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "AMBIGUOUS_ID");
    EXPECT_EQ(info.metadata().at("candidates"), "genesys/envelope/0,other/envelope/1");
  }
  EXPECT_THAT(Told(Chain(ByMessage("m", "other"))), ElementsAre("1 PENDING"));
}

TEST_F(CustodyTest, ACorrelationIdHasAChainForEveryMessage) {
  const std::string correlation = R"(,"metadata":{"audit_correlation_id":"c"})";
  Append(Event("s2", "send", "m-2", correlation));
  Append(Event("s1", "send", "m-1", correlation));
  Append(Event("d1", "delivery", "m-1"));
  const v1::GetCustodyChainResponse answer = Ask(ByCorrelation("c"));
  ASSERT_EQ(answer.chains_size(), 2);
  EXPECT_EQ(answer.chains(0).message_id(), "m-1");
  EXPECT_THAT(Told(answer.chains(0)), ElementsAre("1 PENDING", "2 DELIVERED"));
  EXPECT_EQ(answer.chains(1).message_id(), "m-2");
}

TEST_F(CustodyTest, WhatIsNotThereIsNotFound) {
  for (const auto& request : {ByMessage("m"), ByCorrelation("c"), ByEvent("e")}) {
    EXPECT_EQ(Reason(request), "ENTRY_NOT_FOUND");
  }
}

TEST_F(CustodyTest, EventsSayWhereTheirCopiesLie) {
  Append(Event("s", "send", "m", "", At("01")));
  Append(Event("d", "delivery", "m", "", At("02")));
  Append(Event("r", "read", "m", "", At("03")));
  InsertReceipt(0);
  database_.Exec(
      "INSERT INTO affidavit_state.mirror_findings (leaf_index, reason, detail) VALUES (1, 'store', 'it was full')");
  const v1::CustodyChain chain = Chain(ByMessage("m"));
  const v1::CustodyCopy& copy = chain.events(0).copy();
  EXPECT_EQ(copy.outcome(), "copied");
  EXPECT_EQ(copy.store(), "bucket");
  EXPECT_EQ(copy.object_key(), "audit/x");
  EXPECT_EQ(copy.version_id(), "v7");
  EXPECT_EQ(copy.checksum_sha256(), AsBytes(Sha256("x")));
  EXPECT_EQ(copy.retain_until_time().seconds(), 1'988'150'400);
  EXPECT_TRUE(copy.legal_hold());
  EXPECT_EQ(copy.worker_id(), "w-3");
  EXPECT_EQ(chain.events(1).copy().outcome(), "waiting");
  EXPECT_EQ(chain.events(1).copy().detail(), "it was full");
  EXPECT_FALSE(chain.events(2).has_copy());
}

TEST_F(CustodyTest, HoldsAreToldOfTheEntriesThatTheyBind) {
  Append(Event("s", "send", "m", R"(,"metadata":{"audit_correlation_id":"c"})", At("01")));
  Append(Event("d", "delivery", "m", "", At("02")));
  database_.Exec(R"(
    INSERT INTO affidavit_state.legal_holds (hold_id, leaf_index, case_reference, actor, source, message_id,
                                             correlation_id, create_time)
    VALUES ('by-message', 100, 'case', 'ada', '', 'm', '', now()),
           ('by-correlation', 101, 'case', 'ada', '', '', 'c', now()),
           ('of-another', 102, 'case', 'ada', 'other', 'm', '', now()))");
  const v1::CustodyChain chain = Chain(ByMessage("m"));
  EXPECT_THAT(chain.events(0).hold_ids(), ElementsAre("by-message", "by-correlation"));
  EXPECT_THAT(chain.events(1).hold_ids(), ElementsAre("by-message"));
}

TEST_F(CustodyTest, ADisposedPayloadLeavesItsEntry) {
  Append(Event("s", "send", "m", "", At("01")));
  Append(Event("x", "status", "m", R"(,"status":"Failed")", At("02")));
  Tamper("payloads", "DELETE FROM affidavit.payloads");
  const v1::CustodyChain chain = Chain(ByMessage("m"));
  EXPECT_TRUE(chain.events(0).payload_disposed());
  EXPECT_THAT(Told(chain), ElementsAre("0 PENDING", "1 UNKNOWN"));  // as whoever verifies a bundle of it reads it
}

TEST_F(CustodyTest, DamagedBytesAreNoAnswer) {
  Append(Event("s", "send", "m", "", At("01")));
  Tamper("payloads", "UPDATE affidavit.payloads SET raw = 'x'");
  EXPECT_EQ(Reason(ByMessage("m")), "ENTRY_CORRUPT");
}

TEST_F(CustodyTest, WhatACheckpointCoversIsPublished) {
  Append(Event("s", "send", "m", "", At("01")));
  EXPECT_EQ(Ask(ByMessage("m")).checkpoint_tree_size(), 0);
  db::ConnectionPool pool({.url = database_.url(Role::kLedger)}, 1);
  const absl::Status status = pool.Transact([](db::Transaction& transaction) {
    db::OpenOrigin(transaction, "example.com/log", "");
    db::InsertCheckpoint(transaction, {.origin = "example.com/log",
                                       .tree_size = 1,
                                       .root_hash = Digest{},
                                       .signed_note = "note",
                                       .sign_time = SystemClock().WallNow()});
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  Append(Event("d", "delivery", "m", "", At("02")));
  const v1::GetCustodyChainResponse answer = Ask(ByMessage("m"));
  EXPECT_EQ(answer.tree_size(), 2);
  EXPECT_EQ(answer.checkpoint_tree_size(), 1);
  EXPECT_TRUE(answer.chains(0).events(0).is_published());
  EXPECT_FALSE(answer.chains(0).events(1).is_published());
}

TEST_F(CustodyTest, WhatIsProjectedFollows) {
  Append(Event("s", "send", "m", "", At("01") + R"(,"carrier":"acme")"));
  Append(Event("r", "read", "m", "", At("02") + R"(,"consent":false)"));
  v1::GetCustodyChainResponse answer = Ask(ByMessage("m"));
  EXPECT_EQ(answer.projected_leaf_index(), 0);
  EXPECT_EQ(answer.chains(0).events(0).carrier(), "");
  EXPECT_FALSE(answer.chains(0).events(0).has_schema_verdict());
  EXPECT_FALSE(ledger().Status().has_facts());
  Fold();
  answer = Ask(ByMessage("m"));
  EXPECT_EQ(answer.projected_leaf_index(), 2);
  const v1::CustodyChain& chain = answer.chains(0);
  EXPECT_EQ(chain.events(0).carrier(), "acme");
  EXPECT_EQ(chain.events(0).consent(), v1::CONSENT_UNSPECIFIED);
  EXPECT_EQ(chain.events(1).consent(), v1::CONSENT_REFUSED);
  EXPECT_EQ(chain.events(0).schema_verdict().outcome(), v1::SchemaVerdict::OUTCOME_UNREGISTERED);
}

TEST_F(CustodyTest, StatusCountsWhatIsProjected) {
  Append(Event("s", "send", "m-1", R"(,"text":"\u0000")", At("01")));
  Append(Event("d", "delivery", "m-1", "", At("02")));
  Append(Event("r", "read", "m-2"));
  Fold();
  Append(Event("x", "send", "m-3", "", At("01")));
  const v1::FactsStatus facts = ledger().Status().facts();
  EXPECT_EQ(facts.next_leaf_index(), 3);
  EXPECT_EQ(facts.lag_entries(), 1);
  EXPECT_GE(facts.lag_seconds(), 0);
  std::map<v1::MessageStatus, int64_t> messages;
  for (const v1::MessageCount& count : facts.messages()) {
    messages[count.status()] = count.message_count();
  }
  EXPECT_THAT(messages, ElementsAre(::testing::Pair(v1::MESSAGE_STATUS_DELIVERED, 1),
                                    ::testing::Pair(v1::MESSAGE_STATUS_READ, 1)));
  EXPECT_EQ(facts.unheld_count(), 1);
  EXPECT_EQ(facts.without_message_count(), 0);
  EXPECT_EQ(facts.without_event_time_count(), 1);
  EXPECT_EQ(facts.unconsented_read_count(), 1);
}

TEST_F(CustodyTest, BadRequestsAreToldAllTheirFaults) {
  v1::GetCustodyChainResponse response;
  v1::GetCustodyChainRequest request = ByMessage("a\nb", "c\n");
  request.set_page_size(-1);
  EXPECT_THAT(FieldsAtFault(TryAsk(request, &response)), ElementsAre("source", "message_id", "page_size"));
  EXPECT_THAT(FieldsAtFault(TryAsk({}, &response)), ElementsAre("key"));
  request = ByMessage("m");
  request.set_page_token("AQAAAAAAAAPoAAAAAAAAAGShVn6KLF9nz2l0zs");
  EXPECT_EQ(Reason(request), "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace affidavit::ledger
