#include "cli/filter.h"

#include "gtest/gtest.h"

namespace affidavit::cli {
namespace {

TEST(ParseFilterTest, NothingGivenMatchesEverything) {
  const v1::EntryFilter filter = ParseFilter({}).value();
  EXPECT_EQ(filter.ByteSizeLong(), 0U);
}

TEST(ParseFilterTest, ReadsEveryOption) {
  const v1::EntryFilter filter = ParseFilter({.kinds = {"envelope", "CONFLICT"},
                                              .source = "genesys",
                                              .channel = "SMS",
                                              .event_type = "message:send",
                                              .message_id = "m-1",
                                              .correlation_id = "c-1",
                                              .since = "2026-11-24T04:00:00+01:00",
                                              .until = "2026-11-24T03:47:34.123456Z"})
                                     .value();
  ASSERT_EQ(filter.kinds_size(), 2);
  EXPECT_EQ(filter.kinds(0), v1::ENTRY_KIND_ENVELOPE);
  EXPECT_EQ(filter.kinds(1), v1::ENTRY_KIND_CONFLICT);
  EXPECT_EQ(filter.source(), "genesys");
  EXPECT_EQ(filter.channel(), "SMS");
  EXPECT_EQ(filter.event_type(), "message:send");
  EXPECT_EQ(filter.message_id(), "m-1");
  EXPECT_EQ(filter.correlation_id(), "c-1");
  EXPECT_EQ(filter.start_time().seconds(), 1'795'489'200);
  EXPECT_EQ(filter.end_time().seconds(), 1'795'492'054);
  EXPECT_EQ(filter.end_time().nanos(), 123'456'000);
}

TEST(ParseFilterTest, TimesBeforeTheEpochKeepPositiveNanoseconds) {
  const v1::EntryFilter filter = ParseFilter({.since = "1969-12-31T23:59:59.25Z"}).value();
  EXPECT_EQ(filter.start_time().seconds(), -1);
  EXPECT_EQ(filter.start_time().nanos(), 250'000'000);
}

TEST(ParseFilterTest, NamesEveryFaultAtOnce) {
  const absl::Status status =
      ParseFilter({.kinds = {"letter", "unspecified"}, .since = "yesterday", .until = "2026-11-24"}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  const std::string message(status.message());
  for (const char* part : {"letter", "unspecified", "quarantined", "--since", "--until"}) {
    EXPECT_NE(message.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace affidavit::cli
