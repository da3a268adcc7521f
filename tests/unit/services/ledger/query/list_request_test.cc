#include "services/ledger/query/list_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace affidavit::ledger {
namespace {

using Violations = std::vector<WireError::Violation>;

ListRequest Sound(const v1::ListEntriesRequest& request) {
  return std::get<ListRequest>(ReadListRequest(request, "a key of 16 bytes"));
}

TEST(ListRequestTest, PageSizesHaveADefaultAndALimit) {
  v1::ListEntriesRequest request;
  EXPECT_EQ(Sound(request).page_size, 100);
  request.set_page_size(7);
  EXPECT_EQ(Sound(request).page_size, 7);
  request.set_page_size(1'001);
  EXPECT_EQ(Sound(request).page_size, 1'000);
}

TEST(ListRequestTest, ListsAreBasicUnlessAskedForInFull) {
  v1::ListEntriesRequest request;
  EXPECT_EQ(Sound(request).with_payload, db::WithPayload::kNo);
  request.set_view(v1::ENTRY_VIEW_FULL);
  EXPECT_EQ(Sound(request).with_payload, db::WithPayload::kYes);
}

TEST(ListRequestTest, ReadsEveryMemberOfTheFilter) {
  v1::ListEntriesRequest request;
  v1::EntryFilter& filter = *request.mutable_filter();
  filter.add_kinds(v1::ENTRY_KIND_CONFLICT);
  filter.set_source("s");
  filter.set_channel("c");
  filter.set_event_type("t");
  filter.set_message_id("m");
  filter.set_correlation_id("r");
  filter.mutable_start_time()->set_seconds(10);
  filter.mutable_end_time()->set_seconds(20);
  const db::ListFilter read = Sound(request).filter;
  EXPECT_THAT(read.kinds, ::testing::ElementsAre(EntryKind::kConflict));
  EXPECT_EQ(read.source, "s");
  EXPECT_EQ(read.channel, "c");
  EXPECT_EQ(read.event_type, "t");
  EXPECT_EQ(read.message_id, "m");
  EXPECT_EQ(read.correlation_id, "r");
  EXPECT_EQ(read.start_time, TimePoint(std::chrono::seconds(10)));
  EXPECT_EQ(read.end_time, TimePoint(std::chrono::seconds(20)));
}

TEST(ListRequestTest, BoundsBetweenTwoMicrosecondsMeanTheLater) {
  v1::ListEntriesRequest request;
  request.mutable_filter()->mutable_start_time()->set_nanos(1'001);
  request.mutable_filter()->mutable_end_time()->set_nanos(2'000);
  EXPECT_EQ(Sound(request).filter.start_time, TimePoint(std::chrono::microseconds(2)));
  EXPECT_EQ(Sound(request).filter.end_time, TimePoint(std::chrono::microseconds(2)));
}

TEST(ListRequestTest, TellsAllFaultsAtOnce) {
  v1::ListEntriesRequest request;
  v1::EntryFilter& filter = *request.mutable_filter();
  filter.add_kinds(v1::ENTRY_KIND_UNSPECIFIED);
  filter.add_kinds(static_cast<v1::EntryKind>(99));
  filter.set_source(std::string(1, '\0') + "x");
  filter.set_channel(std::string(513, 'x'));
  filter.set_event_type("a\nb");
  filter.mutable_start_time()->set_seconds(int64_t{1} << 60);
  filter.mutable_end_time()->set_nanos(-1);
  request.set_page_size(-1);
  request.set_view(static_cast<v1::EntryView>(9));
  std::vector<std::string> fields;
  const auto read = ReadListRequest(request, "");
  for (const auto& violation : std::get<Violations>(read)) {
    fields.push_back(violation.field);
  }
  EXPECT_THAT(fields,
              ::testing::ElementsAre("filter.kinds", "filter.kinds", "filter.source", "filter.channel",
                                     "filter.event_type", "filter.start_time", "filter.end_time", "page_size", "view"));
}

}  // namespace
}  // namespace affidavit::ledger
