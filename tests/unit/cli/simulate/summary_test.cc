#include "cli/simulate/summary.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace affidavit::simulate {
namespace {

Outcome Answered(Answer answer, std::optional<int64_t> leaf_index = 5) {
  return {.answer = answer, .http_status = 200, .leaf_index = leaf_index, .attempt_count = 1};
}

Post First(int64_t number, Expected expected = Expected::kAccepted) {
  return {.number = number, .identity = number, .expected = expected, .event_id = "e"};
}

Post RepeatOf(const Post& first, int64_t number) {
  Post repeat = first;
  repeat.number = number;
  return repeat;
}

int64_t MismatchesOf(Expected expected, Answer answer) {
  Summary summary;
  summary.Record(First(1, expected), Answered(answer));
  return summary.mismatches();
}

TEST(SummaryTest, EachExpectationTakesItsAnswersOnly) {
  const std::vector<std::pair<Expected, std::vector<Answer>>> good = {
      {Expected::kAccepted, {Answer::kAccepted, Answer::kDuplicate, Answer::kSpooled}},
      {Expected::kExcluded, {Answer::kExcluded, Answer::kSpooled}},
      {Expected::kQuarantined, {Answer::kQuarantined, Answer::kSpooled}},
      {Expected::kUnauthorized, {Answer::kUnauthorized}}};
  for (const auto& [expected, answers] : good) {
    for (int i = 0; i < kAnswerCount; ++i) {
      const auto answer = static_cast<Answer>(i);
      const bool is_good =
          answer == Answer::kGaveUp || std::find(answers.begin(), answers.end(), answer) != answers.end();
      EXPECT_EQ(MismatchesOf(expected, answer), is_good ? 0 : 1) << ExpectedName(expected) << " " << AnswerName(answer);
    }
  }
}

TEST(SummaryTest, OnlyOneOfTheSameBytesIsAccepted) {
  Summary summary;
  const Post first = First(1);
  summary.Record(RepeatOf(first, 2), Answered(Answer::kAccepted));  // which of the two comes first does not matter
  summary.Record(first, Answered(Answer::kDuplicate));
  EXPECT_EQ(summary.mismatches(), 0);
  summary.Record(RepeatOf(first, 3), Answered(Answer::kAccepted));
  EXPECT_EQ(summary.mismatches(), 1);
}

TEST(SummaryTest, EveryRepeatNamesTheFirstReceipt) {
  for (const auto& [expected, answer] : {std::pair{Expected::kAccepted, Answer::kDuplicate},
                                         {Expected::kExcluded, Answer::kExcluded},
                                         {Expected::kQuarantined, Answer::kQuarantined}}) {
    Summary summary;
    summary.Record(First(1, expected), Answered(answer, 5));
    summary.Record(RepeatOf(First(1, expected), 2), Answered(answer, 5));
    EXPECT_EQ(summary.mismatches(), 0);
    summary.Record(RepeatOf(First(1, expected), 3), Answered(answer, 6));
    EXPECT_EQ(summary.mismatches(), 1);
  }
}

TEST(SummaryTest, AReceiptNamesItsPlaceAndItsDigest) {
  Summary summary;
  summary.Record(First(1), Answered(Answer::kAccepted, std::nullopt));
  EXPECT_EQ(summary.mismatches(), 1);
  Outcome other = Answered(Answer::kAccepted);
  other.digest_matches = false;
  summary.Record(First(2), other);
  EXPECT_EQ(summary.mismatches(), 2);
}

TEST(SummaryTest, AConflictIsCertainOnlyOnceTheIdIsTaken) {
  Post conflict = First(2, Expected::kConflict);
  conflict.after = 1;
  {
    Summary summary;
    summary.Record(First(1), Answered(Answer::kAccepted));
    summary.Record(conflict, Answered(Answer::kAccepted, 6));
    EXPECT_EQ(summary.mismatches(), 1);
  }
  for (const Answer unsure : {Answer::kGaveUp, Answer::kSpooled}) {
    Summary summary;
    summary.Record(First(1), Answered(unsure, std::nullopt));
    summary.Record(conflict, Answered(Answer::kAccepted, 6));
    EXPECT_EQ(summary.mismatches(), 0);
  }
}

TEST(SummaryTest, CountsWhatWasNeverAccepted) {
  Summary summary;
  summary.Record(First(1), Answered(Answer::kDuplicate));
  summary.Record(First(2), Answered(Answer::kAccepted, 6));
  summary.Record(RepeatOf(First(2), 3), Answered(Answer::kDuplicate, 6));
  EXPECT_EQ(summary.never_accepted(), 1);
  EXPECT_EQ(summary.mismatches(), 0);
}

TEST(SummaryTest, KeepsAFewExamplesOfWhatIsWrong) {
  Summary summary;
  for (int64_t i = 0; i < 100; ++i) {
    summary.Record(First(i, Expected::kUnauthorized), Answered(Answer::kAccepted));
  }
  EXPECT_EQ(summary.mismatches(), 100);
  ASSERT_EQ(summary.mismatch_examples().size(), 10U);
  EXPECT_EQ(summary.mismatch_examples()[3], "post 3 (event e): expected unauthorized, answered accepted (HTTP 200)");
}

TEST(SummaryTest, PercentilesAreOfTheAnswers) {
  Summary summary;
  EXPECT_EQ(summary.LatencyPercentile(0.5).count(), 0);
  for (int64_t i = 1; i <= 101; ++i) {
    Outcome outcome = Answered(Answer::kAccepted, i);
    outcome.latency = std::chrono::microseconds(102 - i);
    summary.Record(First(i), outcome);
  }
  summary.Record(First(200), {.latency = std::chrono::hours(1)});  // given up: no answer, no latency
  EXPECT_EQ(summary.LatencyPercentile(0).count(), 1);
  EXPECT_EQ(summary.LatencyPercentile(0.5).count(), 51);
  EXPECT_EQ(summary.LatencyPercentile(0.99).count(), 100);
  EXPECT_EQ(summary.LatencyPercentile(1).count(), 101);
}

TEST(SummaryTest, CountsWhatWasInjectedWhateverTheAnswer) {
  Summary summary;
  Post silent = First(1);
  silent.injections = {Injection::kSilent};
  summary.Record(silent, {});
  summary.Record(RepeatOf(silent, 2), {});
  EXPECT_EQ(summary.injected().count(Injection::kSilent), 1);
  const boost::json::object json = summary.ToJson(std::chrono::seconds(1));
  EXPECT_EQ(json.at("injected").at("silent"), 1);
  EXPECT_EQ(json.at("injected").at("repeats"), 1);
  EXPECT_NE(summary.ToTable(std::chrono::seconds(1)).find("injected: 1 silent, 1 repeats\n"), std::string::npos);
}

TEST(SummaryTest, JsonHasStableNames) {
  Summary summary;
  Outcome outcome = Answered(Answer::kAccepted);
  outcome.attempt_count = 3;
  summary.Record(First(1), outcome);
  summary.Record(First(2), {.attempt_count = 6});
  const boost::json::object json = summary.ToJson(std::chrono::seconds(2));
  EXPECT_EQ(json.at("sent").as_int64(), 2);
  EXPECT_EQ(json.at("accepted").as_int64(), 1);
  EXPECT_EQ(json.at("gave_up").as_int64(), 1);
  EXPECT_EQ(json.at("retried").as_int64(), 7);
  EXPECT_EQ(json.at("mismatches").as_int64(), 0);
  EXPECT_EQ(json.at("events_per_second").as_double(), 0.5);
  for (const char* name :
       {"duplicate", "conflict", "excluded", "spooled", "quarantined", "unauthorized", "other", "never_accepted",
        "mismatch_examples", "latency_p50_us", "latency_p99_us", "latency_max_us", "elapsed_ms"}) {
    EXPECT_TRUE(json.contains(name)) << name;
  }
}

TEST(SummaryTest, TheTableSaysWhetherAllIsWell) {
  Summary summary;
  summary.Record(First(1), Answered(Answer::kAccepted));
  EXPECT_NE(summary.ToTable(std::chrono::seconds(1)).find("every answer is the expected one\n"), std::string::npos);
  summary.Record(First(3), {.attempt_count = 6});
  EXPECT_NE(summary.ToTable(std::chrono::seconds(1)).find("1 posts were given up"), std::string::npos);
  summary.Record(First(2, Expected::kExcluded), Answered(Answer::kAccepted, 7));
  EXPECT_NE(summary.ToTable(std::chrono::seconds(1)).find("1 answers are not the expected ones:\n  post 2"),
            std::string::npos);
}

}  // namespace
}  // namespace affidavit::simulate
