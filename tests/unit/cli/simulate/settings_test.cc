#include "cli/simulate/settings.h"

#include "gtest/gtest.h"

namespace affidavit::simulate {
namespace {

constexpr TimePoint kNow{std::chrono::seconds(1'795'492'054)};

TEST(MakeScenarioOptionsTest, RateTimesSecondsIsTheNumberOfPosts) {
  EXPECT_EQ(MakeScenarioOptions({}, kNow)->post_count, 1'000);
  EXPECT_EQ(MakeScenarioOptions({.rate = "200/s", .seconds = 3}, kNow)->post_count, 600);
  EXPECT_EQ(MakeScenarioOptions({.rate = "0.5", .seconds = 4}, kNow)->post_count, 2);
  EXPECT_EQ(MakeScenarioOptions({.rate = "200", .events = 7}, kNow)->post_count, 7);
  EXPECT_EQ(MakeScenarioOptions({.rate = "max", .events = 7}, kNow)->post_count, 7);
}

TEST(MakeScenarioOptionsTest, RefusesWhatIsNoRate) {
  for (const char* rate : {"", "fast", "-1", "0", "nan", "inf", "10/m", "max"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(MakeScenarioOptions({.rate = rate}, kNow).status())) << rate;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(MakeScenarioOptions({.rate = "1e6", .seconds = 1e9}, kNow).status()));
}

TEST(MakeScenarioOptionsTest, TheRunIsNamedByItsTimeUnlessItIsNamed) {
  EXPECT_EQ(MakeScenarioOptions({}, kNow)->run_id, "2026-11-24T03:47:34.000000Z");
  EXPECT_EQ(MakeScenarioOptions({.run_id = "mine"}, kNow)->run_id, "mine");
  EXPECT_EQ(MakeScenarioOptions({}, kNow)->start_time, kNow);
  EXPECT_EQ(MakeScenarioOptions({.start_time = "1970-01-01T00:00:01Z"}, kNow)->start_time,
            TimePoint(std::chrono::seconds(1)));
  EXPECT_FALSE(MakeScenarioOptions({.start_time = "noon"}, kNow).ok());
}

TEST(MakeSenderOptionsTest, TheSchemeNamesItsHeader) {
  const Settings settings{.url = "https://localhost"};
  EXPECT_EQ(MakeSenderOptions(settings)->secret.header, "x-genesys-signature");
  EXPECT_EQ(MakeSenderOptions({.url = "https://localhost", .scheme = "sha256-base64"})->secret.header,
            "x-hub-signature-256");
  EXPECT_EQ(MakeSenderOptions({.url = "https://localhost", .signature_header = "X-Own"})->secret.header, "x-own");
  EXPECT_TRUE(absl::IsInvalidArgument(MakeSenderOptions({.url = "https://localhost", .scheme = "md5"}).status()));
}

TEST(NormalizeUrlTest, FillsInTheRoute) {
  EXPECT_EQ(NormalizeUrl("https://127.0.0.1:8443").value(), "https://127.0.0.1:8443/genesys/telemetry");
  EXPECT_EQ(NormalizeUrl("https://127.0.0.1:8443/").value(), "https://127.0.0.1:8443/genesys/telemetry");
  EXPECT_EQ(NormalizeUrl("https://127.0.0.1:8443/sources/other").value(), "https://127.0.0.1:8443/sources/other");
  EXPECT_EQ(NormalizeUrl("http://[::1]:80/x").value(), "http://[::1]:80/x");
  for (const char* url : {"", "127.0.0.1:8443", "ftp://localhost/", "https://", "file:///etc/passwd"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(NormalizeUrl(url).status())) << url;
  }
}

}  // namespace
}  // namespace affidavit::simulate
