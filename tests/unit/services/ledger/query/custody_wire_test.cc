#include "services/ledger/query/custody_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/envelope/leaf.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;

const TimePoint kNoon = ParseRfc3339("2026-01-01T12:00:00Z").value();

LeafFields Fields(const std::string& event_type) {
  return {.source = "genesys",
          .event_id = event_type,
          .event_type = event_type,
          .channel = "SMS",
          .message_id = "m",
          .receive_time = kNoon,
          .retention_class = "default",
          .retain_until = kNoon,
          .provenance = "webhook"};
}

db::StoredEntry Stored(int64_t leaf_index, const LeafFields& fields, const std::string& payload = "{}") {
  db::StoredEntry entry{.leaf_index = leaf_index};
  entry.integrate_time = kNoon;
  entry.leaf = EncodeLeaf(fields).value();
  entry.leaf_hash = LeafHash(entry.leaf);
  entry.payload = payload;
  return entry;
}

CustodyPage PageOf(std::vector<db::StoredEntry> entries) {
  CustodyPage page{.view = {.tree_size = 10, .checkpoint_tree_size = 1, .projected_leaf_index = 5}};
  page.messages.push_back({.delivery = {.source = "genesys", .message_id = "m", .entries = std::move(entries)}});
  return page;
}

v1::CustodyChain ChainFrom(CustodyPage page) {
  return ToProto(std::move(page), 5'000).value().chains(0);
}

TEST(CustodyWireTest, EveryStatusHasANumber) {
  EXPECT_EQ(ToProto(MessageStatus::kUnknown), v1::MESSAGE_STATUS_UNKNOWN);
  EXPECT_EQ(ToProto(MessageStatus::kPending), v1::MESSAGE_STATUS_PENDING);
  EXPECT_EQ(ToProto(MessageStatus::kDelivered), v1::MESSAGE_STATUS_DELIVERED);
  EXPECT_EQ(ToProto(MessageStatus::kRead), v1::MESSAGE_STATUS_READ);
  EXPECT_EQ(ToProto(MessageStatus::kFailed), v1::MESSAGE_STATUS_FAILED);
  EXPECT_EQ(ToProto(MessageStatus::kTimedOut), v1::MESSAGE_STATUS_TIMED_OUT);
}

TEST(CustodyWireTest, ThePageSaysHowFarEverythingIs) {
  const v1::GetCustodyChainResponse response = ToProto(PageOf({Stored(0, Fields("message:send"))}), 7).value();
  EXPECT_EQ(response.tree_size(), 10);
  EXPECT_EQ(response.checkpoint_tree_size(), 1);
  EXPECT_EQ(response.projected_leaf_index(), 5);
  EXPECT_EQ(response.drift_threshold_ms(), 7);
}

TEST(CustodyWireTest, EventsComeInTheOrderOfLifeWithoutPayloads) {
  LeafFields send = Fields("message:send"), delivery = Fields("message:delivery");
  send.event_time = kNoon;
  send.correlation_id = "c";
  delivery.event_time = kNoon + std::chrono::seconds(1);
  const v1::CustodyChain chain = ChainFrom(PageOf({Stored(0, delivery), Stored(1, send)}));
  ASSERT_EQ(chain.events_size(), 2);
  EXPECT_EQ(chain.events(0).entry().leaf_index(), 1);
  EXPECT_FALSE(chain.events(0).entry().has_payload());
  EXPECT_FALSE(chain.events(0).payload_disposed());
  EXPECT_FALSE(chain.events(0).is_published());
  EXPECT_TRUE(chain.events(1).is_published());
  EXPECT_EQ(chain.status(), v1::MESSAGE_STATUS_DELIVERED);
  EXPECT_EQ(chain.decided_by_leaf_index(), 0);
  EXPECT_THAT(chain.correlation_ids(), ElementsAre("c"));
  EXPECT_EQ(chain.channel(), "SMS");
}

TEST(CustodyWireTest, DriftOfExactlyTheThresholdIsNone) {
  const auto drifted = [](std::chrono::microseconds drift) {
    LeafFields fields = Fields("message:delivery");
    fields.event_time = kNoon;
    fields.delivery_time = kNoon + drift;
    return ChainFrom(PageOf({Stored(0, fields)})).events(0);
  };
  EXPECT_FALSE(drifted(std::chrono::seconds(5)).clock_drift_exceeded());
  EXPECT_FALSE(drifted(-std::chrono::seconds(5)).clock_drift_exceeded());
  EXPECT_TRUE(drifted(std::chrono::microseconds(5'000'001)).clock_drift_exceeded());
  EXPECT_TRUE(drifted(-std::chrono::microseconds(5'000'001)).clock_drift_exceeded());
  EXPECT_EQ(drifted(-std::chrono::microseconds(1'500)).clock_drift_ms(), -1);
}

TEST(CustodyWireTest, ProjectedTextsBecomeEnums) {
  CustodyPage page = PageOf({Stored(0, Fields("message:read")), Stored(1, Fields("message:read"))});
  page.projected[0] = {.carrier = "acme",
                       .consent = "absent",
                       .verdict = "drifted",
                       .schema_id = "id",
                       .drift_pointer = "/a",
                       .drift_reason = "type"};
  page.projected[1] = {.consent = "given"};
  const v1::CustodyChain chain = ChainFrom(std::move(page));
  EXPECT_EQ(chain.events(0).carrier(), "acme");
  EXPECT_EQ(chain.events(0).consent(), v1::CONSENT_ABSENT);
  EXPECT_EQ(chain.events(0).schema_verdict().outcome(), v1::SchemaVerdict::OUTCOME_DRIFTED);
  EXPECT_EQ(chain.events(0).schema_verdict().drift_pointer(), "/a");
  EXPECT_EQ(chain.events(1).consent(), v1::CONSENT_GIVEN);
  EXPECT_FALSE(chain.events(1).has_schema_verdict());
}

TEST(CustodyWireTest, HoldsAreThoseThatBind) {
  CustodyPage page = PageOf({Stored(0, Fields("message:send"))});
  page.messages[0].holds = {{.hold_id = "a", .predicate = {.message_id = "m"}},
                            {.hold_id = "b", .predicate = {.message_id = "m", .start_time = kNoon}},
                            {.hold_id = "c", .predicate = {.start_time = kNoon + std::chrono::seconds(1)}}};
  EXPECT_THAT(ChainFrom(std::move(page)).events(0).hold_ids(), ::testing::Contains("a"));
}

TEST(CustodyWireTest, ADamagedLeafIsNoAnswer) {
  db::StoredEntry entry = Stored(0, Fields("message:send"));
  entry.leaf += " ";
  EXPECT_EQ(ToProto(PageOf({entry}), 5'000).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace affidavit::ledger
