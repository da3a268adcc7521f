#include "core/evidence/subject.h"

#include "core/base/encoding.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

TEST(Subject, AddressesAreNormalised) {
  const struct {
    std::string_view in, out;
  } rows[] = {
      {"+49 (151) 123-45.6", "+49151123456"},
      {"0049 151 123456", "+49151123456"},
      {"0151 123456", "0151123456"},
      {"  +1 2\n", "+12"},
      {"49151123456", "49151123456"},
      {"1+2", "12"},
      {"(+49) 151", "+49151"},
      {"(0049) 151", "+49151"},
      {"0 0 49", "+49"},
      {"00", "00"},
      {"+", "+"},
      {"(-)", "(-)"},
      {" Ada.Byron@Example.COM\t", "ada.byron@example.com"},
      {"Ö@X.de", "Ö@x.de"},
      {"+49151@sms.example", "+49151@sms.example"},
      {"WhatsApp-User", "WhatsApp-User"},
      {"tel:+49151", "tel:+49151"},
      {"12345678-abcd", "12345678-abcd"},
      {"", ""},
      {" \t\r\n", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(NormalizeAddress(row.in), row.out) << row.in;
    EXPECT_EQ(NormalizeAddress(NormalizeAddress(row.in)), row.out) << row.in;
  }
}

TEST(Subject, HashIsKeyedAndOfTheNormalisedAddress) {
  // printf a@b.de | openssl dgst -sha256 -hmac key
  EXPECT_EQ(HexEncode(AsBytes(SubjectHash("key", " A@B.de"))),
            "2250704644ba2d287962706cfc3af4fae99193eeb4cd34f3bc22e30ccf99cfd2");
  EXPECT_EQ(SubjectHash("key", "0049 151"), SubjectHash("key", "+49-151"));
  EXPECT_NE(SubjectHash("key", "a@b.de"), SubjectHash("other", "a@b.de"));
  EXPECT_NE(SubjectHash("key", "a@b.de"), SubjectHash("key", "b@b.de"));
}

}  // namespace
}  // namespace affidavit
