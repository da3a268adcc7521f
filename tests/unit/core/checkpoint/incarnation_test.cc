#include "core/checkpoint/incarnation.h"

#include "gtest/gtest.h"

namespace affidavit {
namespace {

TEST(Incarnation, TheFirstHasTheLogsOwnName) {
  EXPECT_EQ(IncarnationOrigin("example.com/log", 1), "example.com/log");
  EXPECT_EQ(IncarnationNumber("example.com/log", "example.com/log"), 1);
}

TEST(Incarnation, LaterOnesAreNumbered) {
  for (const int number : {2, 3, 10, 2'147'483'647}) {
    EXPECT_EQ(IncarnationNumber("log", IncarnationOrigin("log", number)), number);
  }
  EXPECT_EQ(IncarnationOrigin("log", 12), "log/12");
}

TEST(Incarnation, OtherLogsHaveNone) {
  for (const char* origin : {"", "lo", "log2", "log/", "log/0", "log/1", "log/02", "log/-2", "log/x", "log/2/3",
                             "log/2147483648", "other/2"}) {
    EXPECT_EQ(IncarnationNumber("log", origin), std::nullopt) << origin;
  }
}

}  // namespace
}  // namespace affidavit
