#include "cli/simulate/injection.h"

#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "cli/simulate/scenario.h"
#include "gtest/gtest.h"

namespace affidavit::simulate {
namespace {

Post Injected(int64_t number, Injections injections, std::string version = "1.0") {
  return {.number = number, .identity = number, .schema_version = std::move(version), .injections = injections};
}

TEST(InjectionTest, EachHasANameOfItsOwn) {
  EXPECT_EQ(InjectionName(Injection::kSilent), "silent");
  EXPECT_EQ(InjectionName(Injection::kDrifting), "drifting");
  EXPECT_EQ(InjectionName(Injection::kUnconsented), "unconsented");
  EXPECT_EQ(InjectionName(Injection::kOutOfOrder), "out_of_order");
  EXPECT_EQ(InjectionName(Injection::kShapeDrift), "shape_drift");
}

TEST(TallyTest, CountsEachByItself) {
  Tally tally;
  tally.Count(Injected(1, {Injection::kDrifting, Injection::kOutOfOrder}));
  tally.Count(Injected(2, {Injection::kDrifting}, "1.1"));
  EXPECT_EQ(boost::json::serialize(tally.ToJson()),
            R"({"silent":0,"drifting":2,"unconsented":0,"out_of_order":1,"shape_drift":0,"repeats":0,"conflicts":0,)"
            R"("versions":{"1.0":1,"1.1":1}})");
  EXPECT_EQ(tally.ToLine(), "injected: 2 drifting, 1 out of order, 1 of version 1.0, 1 of version 1.1\n");
}

TEST(TallyTest, ARepeatIsARepeatAndNothingElse) {
  Tally tally;
  Post repeat = Injected(1, {Injection::kSilent});
  repeat.number = 2;
  tally.Count(repeat);
  EXPECT_EQ(tally.repeats(), 1);
  EXPECT_EQ(tally.count(Injection::kSilent), 0);
  EXPECT_TRUE(tally.versions().empty());
}

TEST(TallyTest, OnlyWhatIsAcceptedHasAVersion) {
  Tally tally;
  for (const Expected expected :
       {Expected::kConflict, Expected::kExcluded, Expected::kQuarantined, Expected::kUnauthorized}) {
    Post post = Injected(1, {});
    post.expected = expected;
    tally.Count(post);
  }
  EXPECT_EQ(tally.conflicts(), 1);
  EXPECT_TRUE(tally.versions().empty());
}

TEST(TallyTest, NothingIsNoLine) {
  EXPECT_EQ(Tally().ToLine(), "");
}

}  // namespace
}  // namespace affidavit::simulate
