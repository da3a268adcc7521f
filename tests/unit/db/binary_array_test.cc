#include "db/binary_array.h"

#include <limits>
#include <string>

#include "core/base/encoding.h"
#include "gtest/gtest.h"

namespace affidavit::db {
namespace {

// Reference: Postgres' array_send, by hand.
TEST(BinaryArrayTest, WritesPostgresWireFormat) {
  BinaryArray texts(ElementType::kText);
  texts.AddBytes("ab");
  texts.AddBytes("");
  EXPECT_EQ(HexEncode(texts.Wire()),
            "00000001"
            "00000000"
            "00000019"
            "00000002"
            "00000001"
            "00000002"
            "6162"
            "00000000");
  texts.AddNull();
  EXPECT_EQ(HexEncode(texts.Wire()),
            "00000001"
            "00000001"
            "00000019"
            "00000003"
            "00000001"
            "00000002"
            "6162"
            "00000000"
            "ffffffff");
}

TEST(BinaryArrayTest, WritesNumbersBigEndian) {
  BinaryArray numbers(ElementType::kInt8);
  numbers.AddInt8(-2);
  EXPECT_EQ(HexEncode(numbers.Wire()).substr(40),
            "00000008"
            "fffffffffffffffe");
  BinaryArray small(ElementType::kInt4);
  small.AddInt4(258);
  EXPECT_EQ(HexEncode(small.Wire()).substr(40),
            "00000004"
            "00000102");
}

TEST(BinaryArrayTest, CountsTimeFromTheYear2000) {
  BinaryArray times(ElementType::kTimestamptz);
  times.AddTime(*ParseRfc3339("2000-01-01T00:00:01Z"));
  EXPECT_EQ(HexEncode(times.Wire()).substr(40),
            "00000008"
            "00000000000f4240");
}

TEST(BinaryArrayTest, DecodesWhatItEncodes) {
  for (const int64_t value :
       {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    BinaryArray array(ElementType::kInt8);
    array.AddInt8(value);
    EXPECT_EQ(DecodeInt8(std::string_view(array.Wire()).substr(24)), value);
  }
  const TimePoint time = *ParseRfc3339("1969-12-31T23:59:59.999999Z");
  BinaryArray array(ElementType::kTimestamptz);
  array.AddTime(time);
  EXPECT_EQ(DecodeTime(std::string_view(array.Wire()).substr(24)), time);
}

}  // namespace
}  // namespace affidavit::db
