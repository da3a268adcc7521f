#include "cli/simulate/journal.h"

#include <sys/stat.h>

#include <thread>
#include <vector>

#include "boost/json/parse.hpp"
#include "core/base/encoding.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::simulate {
namespace {

const Post kPost{.number = 3, .identity = 3, .event_id = "e-1", .body = std::string("\0\xFF", 2)};

TEST(JournalLineTest, HoldsWhatWasPostedAndAnswered) {
  const Outcome outcome{.answer = Answer::kAccepted, .http_status = 200, .leaf_index = 9, .attempt_count = 2};
  EXPECT_EQ(
      JournalLine(kPost, "ab", outcome),
      R"({"id":"e-1","sha256":"ab","status":"accepted","http":200,"leaf_index":9,"expected":"accepted","attempts":2,)"
      R"("injected":[],"body_b64":"AP8="})"
      "\n");
}

TEST(JournalLineTest, SaysWhatWasInjected) {
  Post post = kPost;
  post.injections = {Injection::kShapeDrift, Injection::kDrifting};
  EXPECT_NE(JournalLine(post, "ab", Outcome()).find(R"("injected":["drifting","shape_drift"],)"), std::string::npos);
}

TEST(JournalLineTest, AnAbsentReceiptIsNull) {
  EXPECT_NE(JournalLine(kPost, "ab", Outcome()).find("\"status\":\"gave_up\",\"http\":0,\"leaf_index\":null"),
            std::string::npos);
}

TEST(JournalTest, AppendsToWhatIsThereAndKeepsItPrivate) {
  const cli::TemporaryFolder folder;
  const std::string path = folder.Path("journal");
  for (const char* line : {"one\n", "two\n"}) {
    EXPECT_TRUE(Journal::Open(path).value()->Append(line).ok());
  }
  EXPECT_EQ(folder.Read("journal"), "one\ntwo\n");
  struct stat found = {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0077U, 0U);
}

TEST(JournalTest, ALineIsInTheFileWhenAppendReturns) {
  const cli::TemporaryFolder folder;
  const auto journal = Journal::Open(folder.Path("journal")).value();
  ASSERT_TRUE(journal->Append("line\n").ok());
  EXPECT_EQ(folder.Read("journal"), "line\n");
}

TEST(JournalTest, LinesOfSeveralThreadsNeverMix) {
  const cli::TemporaryFolder folder;
  const auto journal = Journal::Open(folder.Path("journal")).value();
  std::vector<std::thread> threads;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    threads.emplace_back([&journal, line = std::string(2'000, letter) + "\n"] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(journal->Append(line).ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::istringstream lines(folder.Read("journal"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_EQ(line, std::string(2'000, line[0]));
  }
  EXPECT_EQ(count, 200);
}

TEST(JournalTest, AFullDiskIsAnError) {
  const auto journal = Journal::Open("/dev/full").value();
  EXPECT_TRUE(absl::IsDataLoss(journal->Append("line\n")));
  EXPECT_TRUE(absl::IsInvalidArgument(Journal::Open("/nonexistent/journal").status()));
}

}  // namespace
}  // namespace affidavit::simulate
