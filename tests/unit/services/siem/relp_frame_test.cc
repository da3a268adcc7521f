#include "services/siem/relp_frame.h"

#include "gtest/gtest.h"

namespace affidavit::siem {
namespace {

TEST(RelpFrameTest, WritesTheFramesOfTheProtocol) {
  std::string out;
  AppendRelpFrame(1, "open", "relp_version=0", out);
  AppendRelpFrame(2, "syslog", "a b\nc", out);
  AppendRelpFrame(999'999'999, "close", "", out);
  EXPECT_EQ(out, "1 open 14 relp_version=0\n2 syslog 5 a b\nc\n999999999 close 0\n");
  EXPECT_EQ(NextRelpTransaction(1), 2);
  EXPECT_EQ(NextRelpTransaction(999'999'999), 1);
}

TEST(RelpFrameTest, ReadsByteForByteAndAllAtOnce) {
  const std::string bytes = "1 rsp 6 200 OK\n0 serverclose 0\n12 rsp 9 500 a\nb c\n3 rsp 0 \n";
  for (const size_t step : {size_t{1}, size_t{7}, bytes.size()}) {
    RelpReader reader;
    std::vector<RelpFrame> frames;
    for (size_t i = 0; i < bytes.size(); i += step) {
      reader.Add(std::string_view(bytes).substr(i, step));
      while (true) {
        const absl::StatusOr<std::optional<RelpFrame>> frame = reader.Next();
        ASSERT_TRUE(frame.ok()) << frame.status();
        if (!frame->has_value()) {
          break;
        }
        frames.push_back(**frame);
      }
    }
    ASSERT_EQ(frames.size(), 4u) << step;
    EXPECT_EQ(frames[0].transaction, 1);
    EXPECT_EQ(frames[0].command, "rsp");
    EXPECT_EQ(frames[0].data, "200 OK");
    EXPECT_EQ(frames[1].command, "serverclose");
    EXPECT_EQ(frames[2].data, "500 a\nb c");
    EXPECT_EQ(frames[3].data, "");
  }
}

TEST(RelpFrameTest, RefusesWhatIsNoRelp) {
  for (const std::string bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "\x15\x03\x01", "1 rsp x 200\n", "1  6 200 OK\n", " 1 rsp 0\n",
        "1 rsp 6 200 OKx", "1 rsp 99999999 x", "1234567890 rsp 0\n", "1 rsp 65537 ", "1 rsp 5\n", "1 r\xffp 0\n"}) {
    RelpReader reader;
    reader.Add(bytes);
    EXPECT_FALSE(reader.Next().ok()) << bytes;
  }
}

TEST(RelpFrameTest, ReadsResponseCodes) {
  EXPECT_EQ(RelpResponseCode("200 OK"), 200);
  EXPECT_EQ(RelpResponseCode("200"), 200);
  EXPECT_EQ(RelpResponseCode("500\nx"), 500);
  for (const char* data : {"", "20", "2000", "OK", "-20 "}) {
    EXPECT_FALSE(RelpResponseCode(data).has_value()) << data;
  }
}

}  // namespace
}  // namespace affidavit::siem
