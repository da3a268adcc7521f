#include "cli/simulate/answer.h"

#include "gtest/gtest.h"

namespace affidavit::simulate {
namespace {

TEST(ReadAnswerTest, KnowsEveryAnswerOfTheContract) {
  EXPECT_EQ(ReadAnswer(200, R"({"status":"accepted"})", "").answer, Answer::kAccepted);
  EXPECT_EQ(ReadAnswer(200, R"({"status":"duplicate"})", "").answer, Answer::kDuplicate);
  EXPECT_EQ(ReadAnswer(200, R"({"status":"conflict"})", "").answer, Answer::kConflict);
  EXPECT_EQ(ReadAnswer(200, R"({"status":"excluded","reason":"channel"})", "").answer, Answer::kExcluded);
  EXPECT_EQ(ReadAnswer(202, R"({"status":"spooled","payload_sha256":"ab"})", "ab").answer, Answer::kSpooled);
  EXPECT_EQ(ReadAnswer(422, R"({"status":422,"outcome":"quarantined"})", "").answer, Answer::kQuarantined);
  EXPECT_EQ(ReadAnswer(401, "", "").answer, Answer::kUnauthorized);
}

TEST(ReadAnswerTest, AnythingElseIsOther) {
  EXPECT_EQ(ReadAnswer(200, "", "").answer, Answer::kOther);
  EXPECT_EQ(ReadAnswer(200, "[]", "").answer, Answer::kOther);
  EXPECT_EQ(ReadAnswer(200, R"({"status":"spooled"})", "").answer, Answer::kOther);
  EXPECT_EQ(ReadAnswer(200, R"({"status":1})", "").answer, Answer::kOther);
  EXPECT_EQ(ReadAnswer(202, R"({"status":"accepted"})", "").answer, Answer::kOther);
  EXPECT_EQ(ReadAnswer(413, R"({"status":413})", "").answer, Answer::kOther);
  EXPECT_EQ(ReadAnswer(422, R"({"status":422})", "").answer, Answer::kOther);
}

TEST(ReadAnswerTest, ReadsTheReceipt) {
  const Outcome outcome = ReadAnswer(200, R"({"status":"accepted","payload_sha256":"ab","leaf_index":42})", "ab");
  EXPECT_EQ(outcome.leaf_index, 42);
  EXPECT_EQ(outcome.http_status, 200);
  EXPECT_TRUE(outcome.digest_matches);
  EXPECT_FALSE(ReadAnswer(200, R"({"status":"accepted","payload_sha256":"ab"})", "cd").digest_matches);
  EXPECT_FALSE(ReadAnswer(200, R"({"status":"accepted","leaf_index":"42"})", "").leaf_index.has_value());
}

TEST(IsRetriedTest, OnlyWhatALaterTryMayAnswer) {
  for (const int status : {429, 500, 502, 503, 504, 599}) {
    EXPECT_TRUE(IsRetried(status)) << status;
  }
  for (const int status : {200, 202, 400, 401, 404, 408, 413, 415, 422}) {
    EXPECT_FALSE(IsRetried(status)) << status;
  }
}

}  // namespace
}  // namespace affidavit::simulate
