#include <gmock/gmock.h>

#include <map>
#include <set>
#include <thread>

#include "core/retention/retention.h"
#include "services/ledger/wire/convert.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;

class AppendTest : public LedgerFixture {
 protected:
  RunningLedger ledger_{MakeConfig()};
};

TEST_F(AppendTest, EveryOutcomeHasItsReceipt) {
  const auto results = ledger_.Append(MakeRequest({
      MakeEnvelope(EventBody("e-1")),
      MakeEnvelope(EventBody("e-1")),
      MakeEnvelope(EventBody("e-1", R"(,"n":1)")),
      MakeEnvelope(R"({"id":"e-2","type":"message:send","message":{"direction":"inbound","channel":"SMS"}})"),
      MakeEnvelope("not JSON"),
      MakeEnvelope(EventBody("e-1"), "other"),
  }));
  ASSERT_EQ(results.size(), 6U);
  EXPECT_EQ(results[0].outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  EXPECT_EQ(results[0].event_id(), "e-1");
  EXPECT_EQ(results[0].payload_sha256(), AsBytes(Sha256(EventBody("e-1"))));
  EXPECT_EQ(results[1].outcome(), v1::APPEND_OUTCOME_DUPLICATE);
  EXPECT_EQ(results[1].leaf_index(), results[0].leaf_index());
  EXPECT_EQ(results[2].outcome(), v1::APPEND_OUTCOME_CONFLICT);
  EXPECT_EQ(results[2].leaf_index(), 1);
  EXPECT_EQ(results[3].outcome(), v1::APPEND_OUTCOME_EXCLUDED);
  EXPECT_EQ(results[3].reason(), "direction");
  EXPECT_EQ(results[4].outcome(), v1::APPEND_OUTCOME_QUARANTINED);
  EXPECT_EQ(results[4].reason(), "not_json");
  EXPECT_TRUE(results[4].event_id().empty());
  EXPECT_EQ(results[5].outcome(), v1::APPEND_OUTCOME_ACCEPTED) << "ids belong to their source";
  EXPECT_EQ(results[5].leaf_index(), 4);
  EXPECT_EQ(ledger_.Get(1).kind(), v1::ENTRY_KIND_CONFLICT);
}

TEST_F(AppendTest, RepeatsOfEveryKindGetTheirFirstReceipt) {
  const v1::AppendEnvelopesRequest request = MakeRequest({
      MakeEnvelope(EventBody("e-1")),
      MakeEnvelope(EventBody("e-1", R"(,"n":1)")),
      MakeEnvelope(R"({"id":"e-2","message":{"direction":"inbound"}})"),
      MakeEnvelope("not JSON"),
  });
  const auto first = ledger_.Append(request);
  const auto again = ledger_.Append(request);
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(again[i].leaf_index(), first[i].leaf_index());
    EXPECT_EQ(again[i].outcome(), i == 0 ? v1::APPEND_OUTCOME_DUPLICATE : first[i].outcome());
  }
  EXPECT_EQ(ledger_.Status().tree_size(), 4);
}

TEST_F(AppendTest, EveryByteComesBack) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) {
    all_bytes += static_cast<char>(i);
  }
  const std::vector<std::string> bodies = {
      "",
      all_bytes,
      EventBody("space", "  \r\n ,  \"b\" : 1.50 , \"a\" : 1E2 , \"a\" : -0 "),
      EventBody("nul", R"(,"n":"\u0000")"),
      EventBody("surrogate", R"(,"n":"\ud800")"),
      EventBody("huge", R"(,"n":1e400000)"),
      EventBody("utf8", R"(,"n":"ä€𝄞")"),
      "\xEF\xBB\xBF" + EventBody("bom"),
      std::string(700'000, '['),
      EventBody("large", R"(,"n":")" + std::string(1 << 20, 'x') + "\""),
  };
  std::vector<v1::Envelope> envelopes;
  for (const std::string& body : bodies) {
    envelopes.push_back(MakeEnvelope(body));
  }
  const auto results = ledger_.Append(MakeRequest(envelopes));
  for (size_t i = 0; i < bodies.size(); ++i) {
    ASSERT_NE(results[i].outcome(), v1::APPEND_OUTCOME_REFUSED) << i << results[i].error().DebugString();
    const v1::Entry entry = ledger_.Get(results[i].leaf_index());
    EXPECT_EQ(entry.payload(), bodies[i]) << i;
    EXPECT_EQ(entry.payload_sha256(), AsBytes(Sha256(bodies[i])));
    EXPECT_EQ(entry.leaf_hash(), AsBytes(LeafHash(entry.leaf())));
  }
}

TEST_F(AppendTest, ADocumentThatJsonbRefusesDoesNotHoldUpItsBatch) {
  std::vector<v1::Envelope> envelopes;
  for (int i = 0; i < 50; ++i) {
    envelopes.push_back(MakeEnvelope(EventBody("e-" + std::to_string(i), i == 17 ? R"(,"n":1e400000)" : "")));
  }
  const auto results = ledger_.Append(MakeRequest(envelopes));
  for (size_t i = 0; i < results.size(); ++i) {
    ASSERT_EQ(results[i].outcome(), v1::APPEND_OUTCOME_ACCEPTED) << i;
    const v1::Entry entry = ledger_.Get(results[i].leaf_index());
    EXPECT_EQ(entry.payload(), envelopes[i].payload());
    EXPECT_EQ(entry.payload_error(), i == 17 ? "22003" : "");
  }
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.payloads WHERE payload IS NULL"), "1");
}

TEST_F(AppendTest, TheLeafKeepsWhatTheAdapterSaw) {
  v1::Envelope envelope = MakeEnvelope(EventBody("e-1"));
  envelope.set_provenance("spool");
  const auto result = ledger_.AppendOne(envelope);
  const v1::Entry entry = ledger_.Get(result.leaf_index());
  EXPECT_EQ(entry.source(), "genesys");
  EXPECT_EQ(entry.event_id(), "e-1");
  EXPECT_EQ(entry.channel(), "SMS");
  EXPECT_EQ(entry.adapter_id(), "adapter-1");
  EXPECT_EQ(entry.provenance(), "spool");
  EXPECT_EQ(entry.receive_time().seconds(), envelope.receive_time().seconds());
  EXPECT_EQ(entry.receive_time().nanos(), envelope.receive_time().nanos());
  EXPECT_EQ(entry.signature().SerializeAsString(), envelope.signature().SerializeAsString());
  EXPECT_EQ(entry.retention_class(), "default");
  EXPECT_EQ(entry.retain_until_time().seconds(),
            AddYears(FromTimestamp(envelope.receive_time()).value(), 7).time_since_epoch().count() / 1'000'000);
}

TEST_F(AppendTest, OneBadEnvelopeIsRefusedAndTheRestGoesOn) {
  v1::Envelope bad = MakeEnvelope(EventBody("e-2"));
  bad.clear_receive_time();
  bad.set_provenance("readmitted");
  const auto results = ledger_.Append(MakeRequest({
      MakeEnvelope(EventBody("e-1")),
      bad,
      MakeEnvelope(EventBody("e-3"), "nobody"),
      MakeEnvelope(EventBody("e-4")),
  }));
  EXPECT_EQ(results[0].outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  EXPECT_EQ(results[1].outcome(), v1::APPEND_OUTCOME_REFUSED);
  EXPECT_EQ(ReasonOf(results[1].error()), "ENVELOPE_INVALID");
  EXPECT_THAT(FieldsAtFault(results[1].error()), ElementsAre("envelopes[1].receive_time", "envelopes[1].provenance"));
  EXPECT_EQ(results[2].outcome(), v1::APPEND_OUTCOME_REFUSED);
  EXPECT_EQ(ReasonOf(results[2].error()), "SOURCE_UNKNOWN");
  EXPECT_EQ(results[3].outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  EXPECT_EQ(results[3].leaf_index(), 1);
}

TEST_F(AppendTest, AWrongClockIsRefusedAsTransient) {
  v1::Envelope ahead = MakeEnvelope(EventBody("ahead"));
  ahead.mutable_receive_time()->set_seconds(ahead.receive_time().seconds() + 3600);
  v1::Envelope old = MakeEnvelope(EventBody("old"));
  old.mutable_receive_time()->set_seconds(old.receive_time().seconds() - 3600);
  v1::AppendEnvelopesRequest request = MakeRequest({ahead, old, MakeEnvelope(EventBody("now"))});
  const auto results = ledger_.Append(request);
  EXPECT_EQ(ReasonOf(results[0].error()), "CLOCK_SKEW");
  EXPECT_EQ(results[0].error().code(), static_cast<int>(grpc::StatusCode::UNAVAILABLE));
  EXPECT_EQ(ReasonOf(results[1].error()), "CLOCK_SKEW");
  EXPECT_EQ(results[2].outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  *request.mutable_oldest_spooled_receive_time() = old.receive_time();
  EXPECT_EQ(ledger_.Append(request)[1].outcome(), v1::APPEND_OUTCOME_ACCEPTED) << "a spool explains its age";
}

TEST_F(AppendTest, RequestsAreBounded) {
  v1::AppendEnvelopesRequest request = MakeRequest({});
  request.set_adapter_id("adapter 1");
  request.mutable_oldest_spooled_receive_time()->set_nanos(-1);
  request.add_signing_keys()->set_source("genesys");
  for (int i = 0; i < 1'001; ++i) {
    request.add_envelopes();
  }
  v1::AppendEnvelopesResponse response;
  const grpc::Status status = ledger_.Call(&v1::AppendService::Stub::AppendEnvelopes, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "REQUEST_INVALID");
  EXPECT_THAT(FieldsAtFault(status),
              ElementsAre("adapter_id", "oldest_spooled_receive_time", "signing_keys[0]", "envelopes"));
  request = MakeRequest({MakeEnvelope(std::string(7 << 20, 'x'))});
  EXPECT_THAT(FieldsAtFault(ledger_.Call(&v1::AppendService::Stub::AppendEnvelopes, request, &response)),
              ElementsAre("envelopes"));
}

TEST_F(AppendTest, AnEmptyBatchIsASignOfLife) {
  v1::AppendEnvelopesRequest request = MakeRequest({});
  request.set_adapter_id("adapter-7");
  request.mutable_oldest_spooled_receive_time()->set_seconds(1'700'000'000);
  EXPECT_TRUE(ledger_.Append(request).empty());
  // Written down once a second.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  v1::GetStatusResponse status;
  do {
    status = ledger_.Status();
  } while (status.adapters().empty() && std::chrono::steady_clock::now() < deadline);
  ASSERT_EQ(status.adapters_size(), 1);
  EXPECT_EQ(status.adapters(0).adapter_id(), "adapter-7");
  EXPECT_EQ(status.adapters(0).oldest_spooled_receive_time().seconds(), 1'700'000'000);
}

TEST_F(AppendTest, AKeyIdStandsForOneSecretForEver) {
  v1::AppendEnvelopesRequest request = MakeRequest({MakeEnvelope(EventBody("e-1"))});
  ledger_.Append(request);
  v1::SigningKey& key = *request.add_signing_keys();
  key.set_source("genesys");
  key.set_key_id("genesys-1");
  key.set_key_fingerprint("another!");
  v1::AppendEnvelopesResponse response;
  const grpc::Status status = ledger_.Call(&v1::AppendService::Stub::AppendEnvelopes, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "KEY_FINGERPRINT_CHANGED");
  EXPECT_NE(status.error_message().find("genesys-1"), std::string::npos);

  RunningLedger other(MakeConfig());  // knows it from the database
  EXPECT_EQ(ReasonOf(other.Call(&v1::AppendService::Stub::AppendEnvelopes, request, &response)),
            "KEY_FINGERPRINT_CHANGED");
  request.mutable_signing_keys(0)->set_key_id("genesys-2");
  EXPECT_EQ(other.Append(request).size(), 1U) << "a new secret has a new id";
}

v1::Record MakeRecord(const std::string& key, const std::string& payload) {
  v1::Record record;
  record.set_kind(v1::ENTRY_KIND_STATUS);
  record.set_source("genesys");
  record.set_idempotency_key(key);
  record.set_payload(payload);
  record.set_event_type("message:status:timeout");
  record.set_message_id("m-1");
  return record;
}

TEST_F(AppendTest, RecordsAreKnownByTheirKey) {
  v1::AppendRecordsRequest request;
  *request.add_records() = MakeRecord("k-1", R"({"n":1})");
  *request.add_records() = MakeRecord("k-1", R"({"n":2})");
  *request.add_records() = MakeRecord("k-2", R"({"n":3})");
  v1::AppendRecordsResponse response;
  ASSERT_TRUE(ledger_.Call(&v1::AppendService::Stub::AppendRecords, request, &response).ok());
  EXPECT_EQ(response.results(0).outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  EXPECT_EQ(response.results(1).outcome(), v1::APPEND_OUTCOME_DUPLICATE);
  EXPECT_EQ(response.results(1).leaf_index(), 0);
  EXPECT_EQ(response.results(1).payload_sha256(), AsBytes(Sha256(R"({"n":1})"))) << "the first receipt";
  EXPECT_EQ(response.results(2).leaf_index(), 1);
  ASSERT_TRUE(ledger_.Call(&v1::AppendService::Stub::AppendRecords, request, &response).ok());
  for (const v1::AppendResult& result : response.results()) {
    EXPECT_EQ(result.outcome(), v1::APPEND_OUTCOME_DUPLICATE);
  }
  const v1::Entry entry = ledger_.Get(1);
  EXPECT_EQ(entry.kind(), v1::ENTRY_KIND_STATUS);
  EXPECT_EQ(entry.event_id(), "k-2");
  EXPECT_EQ(entry.provenance(), "affidavit");
  EXPECT_EQ(entry.payload(), R"({"n":3})");
  EXPECT_FALSE(entry.has_signature());
}

TEST_F(AppendTest, EveryBadRecordIsNamedAtOnceAndNoneIsStored) {
  v1::AppendRecordsRequest request;
  *request.add_records() = MakeRecord("k-1", "{}");
  *request.add_records() = MakeRecord("", "{}");
  *request.add_records() = MakeRecord("k-3", "{");
  request.mutable_records(2)->set_kind(v1::ENTRY_KIND_ENVELOPE);
  v1::AppendRecordsResponse response;
  const grpc::Status status = ledger_.Call(&v1::AppendService::Stub::AppendRecords, request, &response);
  EXPECT_EQ(ReasonOf(status), "RECORD_INVALID");
  EXPECT_THAT(FieldsAtFault(status),
              ElementsAre("records[1].idempotency_key", "records[2].kind", "records[2].payload"));
  EXPECT_EQ(ledger_.Status().tree_size(), 0);
}

// Two ledgers, eight senders, each with every event in an order of its own, in batches.
TEST_F(AppendTest, TwoLedgersGiveTheSameResultAsOne) {
  constexpr int kSenders = 8;
  constexpr int kEvents = 300;
  constexpr int kBatch = 25;
  RunningLedger second(MakeConfig());
  std::vector<std::vector<v1::AppendResult>> results(kSenders);
  std::vector<std::thread> senders;
  for (int s = 0; s < kSenders; ++s) {
    senders.emplace_back([&, s] {
      RunningLedger& ledger = s % 2 == 0 ? ledger_ : second;
      for (int begin = 0; begin < kEvents; begin += kBatch) {
        std::vector<v1::Envelope> envelopes;
        for (int i = begin; i < begin + kBatch; ++i) {
          envelopes.push_back(MakeEnvelope(EventBody("e-" + std::to_string((i * 7 + s * 13) % kEvents))));
        }
        for (const v1::AppendResult& result : ledger.Append(MakeRequest(envelopes))) {
          results[s].push_back(result);
        }
      }
    });
  }
  for (std::thread& sender : senders) {
    sender.join();
  }
  std::map<std::string, int> accepted;
  std::map<std::string, std::set<int64_t>> receipts;
  std::set<int64_t> leaf_indexes;
  for (const auto& of_sender : results) {
    for (const v1::AppendResult& result : of_sender) {
      EXPECT_THAT(result.outcome(), ::testing::AnyOf(v1::APPEND_OUTCOME_ACCEPTED, v1::APPEND_OUTCOME_DUPLICATE));
      accepted[result.event_id()] += result.outcome() == v1::APPEND_OUTCOME_ACCEPTED ? 1 : 0;
      receipts[result.event_id()].insert(result.leaf_index());
      leaf_indexes.insert(result.leaf_index());
    }
  }
  EXPECT_EQ(receipts.size(), static_cast<size_t>(kEvents));
  for (const auto& [event_id, count] : accepted) {
    EXPECT_EQ(count, 1) << event_id;
    EXPECT_EQ(receipts[event_id].size(), 1U) << event_id;
  }
  EXPECT_EQ(leaf_indexes.size(), static_cast<size_t>(kEvents));
  EXPECT_EQ(*leaf_indexes.rbegin(), kEvents - 1) << "gapless from 0";
  EXPECT_EQ(ledger_.Status().tree_size(), kEvents);
}

}  // namespace
}  // namespace affidavit::ledger
