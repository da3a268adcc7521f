#include "services/siem/json_lines_sink.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include "gtest/gtest.h"
#include "tests/unit/cli/temporary_folder.h"

namespace affidavit::siem {
namespace {

using Lines = std::vector<std::string>;

TEST(JsonLinesSinkTest, MakesTheFileAnewAfterLogrotateMovedIt) {
  const cli::TemporaryFolder folder;
  JsonLinesSink sink(folder.Path("r.jsonl"));
  ASSERT_TRUE(sink.Deliver(Lines{"1", "2"}).status.ok());
  std::filesystem::rename(folder.Path("r.jsonl"), folder.Path("r.jsonl.1"));
  ASSERT_TRUE(sink.Deliver(Lines{"3"}).status.ok());
  std::filesystem::remove(folder.Path("r.jsonl"));
  ASSERT_TRUE(sink.Deliver(Lines{"4"}).status.ok());
  EXPECT_EQ(folder.Read("r.jsonl.1"), "1\n2\n");
  EXPECT_EQ(folder.Read("r.jsonl"), "4\n");
}

TEST(JsonLinesSinkTest, EndsALineThatACrashCutShort) {
  const cli::TemporaryFolder folder;
  folder.Write("r.jsonl", "{\"whole\":1}\n{\"tor");
  JsonLinesSink sink(folder.Path("r.jsonl"));
  ASSERT_TRUE(sink.Deliver(Lines{"{}"}).status.ok());
  EXPECT_EQ(folder.Read("r.jsonl"), "{\"whole\":1}\n{\"tor\n{}\n");
}

TEST(JsonLinesSinkTest, SaysWhenTheDiskIsFull) {
  JsonLinesSink sink("/dev/full");
  const Delivery delivery = sink.Deliver(Lines{"1"});
  EXPECT_TRUE(absl::IsFailedPrecondition(delivery.status)) << delivery.status;
  EXPECT_EQ(delivery.delivered_count, 0u);
}

TEST(JsonLinesSinkTest, NobodyElseReadsTheFile) {
  const cli::TemporaryFolder folder;
  JsonLinesSink sink(folder.Path("r.jsonl"));
  ASSERT_TRUE(sink.Deliver(Lines{"1"}).status.ok());
  EXPECT_EQ(std::filesystem::status(folder.Path("r.jsonl")).permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
}

}  // namespace
}  // namespace affidavit::siem
