#include "services/ledger/wire/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/envelope/leaf.h"

namespace affidavit::ledger {
namespace {

google::protobuf::Timestamp Timestamp(int64_t seconds, int32_t nanos) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(nanos);
  return timestamp;
}

TEST(TimestampTest, IsTruncatedToMicroseconds) {
  EXPECT_EQ(FromTimestamp(Timestamp(1, 1'999)), TimePoint(std::chrono::microseconds(1'000'001)));
  EXPECT_EQ(FromTimestamp(Timestamp(-1, 1'999)), TimePoint(std::chrono::microseconds(-999'999)));
  EXPECT_EQ(CeilTimestamp(Timestamp(1, 1'999)), TimePoint(std::chrono::microseconds(1'000'002)));
  EXPECT_EQ(CeilTimestamp(Timestamp(1, 2'000)), TimePoint(std::chrono::microseconds(1'000'002)));
}

TEST(TimestampTest, HasBounds) {
  EXPECT_EQ(FormatRfc3339(FromTimestamp(Timestamp(-62'135'596'800, 0)).value()), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatRfc3339(FromTimestamp(Timestamp(253'402'300'799, 999'999'999)).value()),
            "9999-12-31T23:59:59.999999Z");
  EXPECT_FALSE(FromTimestamp(Timestamp(-62'135'596'801, 0)));
  EXPECT_FALSE(FromTimestamp(Timestamp(253'402'300'800, 0)));
  EXPECT_FALSE(FromTimestamp(Timestamp(0, -1)));
  EXPECT_FALSE(FromTimestamp(Timestamp(0, 1'000'000'000)));
}

TEST(TimestampTest, GoesBothWays) {
  for (const int64_t us : {int64_t{-1}, int64_t{0}, int64_t{1'764'000'000'123'456}}) {
    const TimePoint time{std::chrono::microseconds(us)};
    EXPECT_EQ(FromTimestamp(ToTimestamp(time)), time);
  }
}

TEST(EntryKindTest, GoesBothWays) {
  for (int number = v1::EntryKind_MIN; number <= v1::EntryKind_MAX; ++number) {
    const auto proto = static_cast<v1::EntryKind>(number);
    const auto kind = FromProto(proto);
    ASSERT_EQ(kind.has_value(), proto != v1::ENTRY_KIND_UNSPECIFIED);
    if (kind) {
      EXPECT_EQ(ToProto(*kind), proto);
    }
  }
  EXPECT_FALSE(FromProto(static_cast<v1::EntryKind>(77)));
}

LeafFields FullFields() {
  LeafFields fields;
  fields.kind = EntryKind::kConflict;
  fields.source = "genesys";
  fields.event_id = "e-1";
  fields.event_type = "message:send";
  fields.schema_version = "1";
  fields.channel = "SMS";
  fields.direction = "outbound";
  fields.message_id = "m-1";
  fields.correlation_id = "c-1";
  fields.event_time = TimePoint(std::chrono::seconds(1));
  fields.delivery_time = TimePoint(std::chrono::seconds(2));
  fields.receive_time = TimePoint(std::chrono::seconds(3));
  fields.adapter_id = "adapter-1";
  fields.payload_sha256 = Sha256("payload");
  fields.payload_size = 7;
  fields.signature = SignatureEvidence{.scheme = "hmac-sha256-hex",
                                       .key_id = "key-1",
                                       .key_fingerprint = "12345678",
                                       .headers = {{"x-signature", "00"}}};
  fields.retention_class = "default";
  fields.retain_until = TimePoint(std::chrono::seconds(4));
  fields.provenance = "webhook";
  fields.flags = {"unclassified"};
  return fields;
}

TEST(EntryTest, SaysWhatTheLeafSays) {
  db::StoredEntry stored;
  stored.leaf_index = 42;
  stored.integrate_time = TimePoint(std::chrono::seconds(5));
  stored.leaf = EncodeLeaf(FullFields()).value();
  stored.leaf_hash = LeafHash(stored.leaf);
  stored.payload = "payload";
  stored.payload_error = "22P02";
  const v1::Entry entry = ToProto(stored).value();
  EXPECT_EQ(entry.leaf_index(), 42);
  EXPECT_EQ(entry.kind(), v1::ENTRY_KIND_CONFLICT);
  EXPECT_EQ(entry.source(), "genesys");
  EXPECT_EQ(entry.event_id(), "e-1");
  EXPECT_EQ(entry.event_type(), "message:send");
  EXPECT_EQ(entry.schema_version(), "1");
  EXPECT_EQ(entry.channel(), "SMS");
  EXPECT_EQ(entry.direction(), "outbound");
  EXPECT_EQ(entry.message_id(), "m-1");
  EXPECT_EQ(entry.correlation_id(), "c-1");
  EXPECT_EQ(entry.event_time().seconds(), 1);
  EXPECT_EQ(entry.delivery_time().seconds(), 2);
  EXPECT_EQ(entry.receive_time().seconds(), 3);
  EXPECT_EQ(entry.integrate_time().seconds(), 5);
  EXPECT_EQ(entry.adapter_id(), "adapter-1");
  EXPECT_EQ(entry.payload_sha256(), AsBytes(Sha256("payload")));
  EXPECT_EQ(entry.payload_size_bytes(), 7);
  EXPECT_EQ(FromProto(entry.signature()), FullFields().signature);
  EXPECT_EQ(entry.retention_class(), "default");
  EXPECT_EQ(entry.retain_until_time().seconds(), 4);
  EXPECT_EQ(entry.provenance(), "webhook");
  EXPECT_THAT(entry.flags(), ::testing::ElementsAre("unclassified"));
  EXPECT_EQ(entry.leaf(), stored.leaf);
  EXPECT_EQ(entry.leaf_hash(), AsBytes(stored.leaf_hash));
  EXPECT_EQ(entry.payload(), "payload");
  EXPECT_EQ(entry.payload_error(), "22P02");
}

TEST(EntryTest, LeavesOutWhatIsAbsent) {
  LeafFields fields;
  fields.kind = EntryKind::kQuarantined;
  fields.source = "genesys";
  fields.retention_class = "default";
  fields.provenance = "webhook";
  db::StoredEntry stored;
  stored.leaf = EncodeLeaf(fields).value();
  const v1::Entry entry = ToProto(stored).value();
  EXPECT_FALSE(entry.has_event_time());
  EXPECT_FALSE(entry.has_delivery_time());
  EXPECT_FALSE(entry.has_signature());
  EXPECT_FALSE(entry.has_payload());
}

TEST(EntryTest, ALeafThatIsNoneIsCorrupt) {
  db::StoredEntry stored;
  stored.leaf = "{}";
  EXPECT_EQ(ToProto(stored).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace affidavit::ledger
