#include "core/base/encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace affidavit {
namespace {

using namespace std::string_view_literals;

TEST(HexTest, IsLowerCaseTwoDigitsAByte) {
  EXPECT_EQ(HexEncode("\x00\x0F\xA5\xFF"sv), "000fa5ff");
  EXPECT_EQ(HexDecode("000fa5ff"), "\x00\x0F\xA5\xFF"sv);
  EXPECT_EQ(HexDecode(""), "");
}

TEST(HexTest, RefusesEveryOtherForm) {
  for (const std::string_view bad : {"A5", "0", "0x", "0g", " 00", "00 ", "a5\n0", "\xC3\xA4"}) {
    EXPECT_EQ(HexDecode(bad), std::nullopt) << bad;
  }
}

TEST(Base64Test, PassesTheVectorsOfRfc4648) {
  constexpr std::pair<std::string_view, std::string_view> kVectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(Base64Encode(bytes), text);
    EXPECT_EQ(Base64Decode(text), bytes);
  }
}

TEST(Base64Test, ComesBackForEveryByteAndLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)), bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST(Base64Test, RefusesEveryOtherForm) {
  for (const std::string_view bad : {
           "Zg",        // no padding
           "Zg=",       // too little
           "Zg===",     // too much
           "====",      // nothing but padding
           "=Zg=",      // padding inside
           "Zg==Zg==",  // and goes on
           "Zh==",      // unused bits set
           "Zm9=",      // likewise
           "Zm-_",      // the URL alphabet
           "Zm9v\n",    // a line end
           " Zm9",
       }) {
    EXPECT_EQ(Base64Decode(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace affidavit
