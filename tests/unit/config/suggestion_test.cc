#include "config/suggestion.h"

#include "gtest/gtest.h"

namespace affidavit::config {
namespace {

TEST(Suggestion, NamesTheNearestWithinTwoEdits) {
  const std::vector<std::string_view> known = {"listen", "metrics_listen", "level", "id"};
  EXPECT_EQ(Suggestion("lisen", known), " (did you mean 'listen'?)");
  EXPECT_EQ(Suggestion("lsiten", known), " (did you mean 'listen'?)");
  EXPECT_EQ(Suggestion("metric_listen", known), " (did you mean 'metrics_listen'?)");
  EXPECT_EQ(Suggestion("password", known), "");
  EXPECT_EQ(Suggestion("xy", known), "");
  EXPECT_EQ(Suggestion("", known), "");
  EXPECT_EQ(Suggestion(std::string(1 << 20, 'l'), known), "");
}

}  // namespace
}  // namespace affidavit::config
