#include "cli/doctor/diagnosis.h"

#include <sstream>

#include "boost/json/parse.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::cli::doctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Diagnoses, AFindingOutweighsWhatDidNotAnswerAndNotesWeighNothing) {
  Diagnoses diagnoses;
  EXPECT_EQ(diagnoses.Code(), ExitCode::kGood);
  diagnoses.Good("store.lock", "on");
  diagnoses.Note("machine.clock", "unknown", "look");
  EXPECT_EQ(diagnoses.Code(), ExitCode::kGood);
  diagnoses.Unreachable("services.ledger", "no answer", "start it");
  EXPECT_EQ(diagnoses.Code(), ExitCode::kUnreachable);
  diagnoses.Finding("store.worm", "no", "another store");
  EXPECT_EQ(diagnoses.Code(), ExitCode::kFinding);
}

TEST(Diagnoses, AnErrorIsUnreachableOnlyWhereALaterTryMayDoBetter) {
  Diagnoses diagnoses;
  diagnoses.Failed("a", "x", absl::UnavailableError("gone"), "");
  diagnoses.Failed("b", "x", absl::DeadlineExceededError("late"), "");
  diagnoses.Failed("c", "x", absl::PermissionDeniedError("no"), "");
  diagnoses.Failed("d", "x", absl::InvalidArgumentError("bad"), "");
  ASSERT_EQ(diagnoses.lines().size(), 4U);
  EXPECT_EQ(diagnoses.lines()[0].verdict, Verdict::kUnreachable);
  EXPECT_EQ(diagnoses.lines()[0].text, "x: gone");
  EXPECT_EQ(diagnoses.lines()[1].verdict, Verdict::kUnreachable);
  EXPECT_EQ(diagnoses.lines()[2].verdict, Verdict::kFinding);
  EXPECT_EQ(diagnoses.lines()[3].verdict, Verdict::kFinding);
}

TEST(Diagnoses, ATableSaysWhatToDoAndHidesWhatCouldDriveATerminal) {
  std::ostringstream out;
  PrintDiagnosis({"store.lock", Verdict::kFinding, "no lock \x1b[2J", "make a bucket"}, out);
  PrintDiagnosis({"store.clock", Verdict::kGood, "within 5 s", ""}, out);
  EXPECT_THAT(out.str(), HasSubstr("FINDING"));
  EXPECT_THAT(out.str(), HasSubstr("what to do: make a bucket"));
  EXPECT_THAT(out.str(), HasSubstr("\\x1b"));
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(out.str(), HasSubstr("good         store.clock"));
}

TEST(Diagnoses, JsonHasTheCountsAndEveryLine) {
  Diagnoses diagnoses;
  diagnoses.Good("store.lock", "on");
  diagnoses.Finding("store.worm", "no", "another store");
  std::ostringstream out;
  PrintJson(diagnoses, out);
  const auto document = boost::json::parse(out.str()).as_object();
  EXPECT_EQ(document.at("good"), 1);
  EXPECT_EQ(document.at("finding"), 1);
  EXPECT_EQ(document.at("unreachable"), 0);
  const auto& checks = document.at("checks").as_array();
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_FALSE(checks[0].as_object().contains("what_to_do"));
  EXPECT_EQ(checks[1].at("check"), "store.worm");
  EXPECT_EQ(checks[1].at("verdict"), "finding");
  EXPECT_EQ(checks[1].at("what_to_do"), "another store");
}

}  // namespace
}  // namespace affidavit::cli::doctor
