#include "core/merkle/entry_bundle.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace affidavit {
namespace {

using std::literals::operator""sv;

TEST(EntryBundleTest, PrefixesEachLeafWithItsSize) {
  const std::vector<std::string> leaves = {"a", "", std::string(258, 'x')};
  EXPECT_EQ(EncodeEntryBundle(leaves).value(), std::string("\x00\x01"
                                                           "a\x00\x00\x01\x02"sv) +
                                                   leaves[2]);
}

TEST(EntryBundleTest, ReadsWhatItWrites) {
  std::vector<std::string> leaves;
  for (size_t i = 0; i < 256; ++i) {
    leaves.push_back(std::string(i * 257 % 65'536, static_cast<char>(i)));
  }
  leaves[0] = std::string(kBundleEntrySizeMax, '\xFF');
  const std::string bytes = EncodeEntryBundle(leaves).value();
  const std::vector<std::string_view> read = ParseEntryBundle(bytes, leaves.size()).value();
  EXPECT_TRUE(std::equal(read.begin(), read.end(), leaves.begin(), leaves.end()));
  EXPECT_TRUE(ParseEntryBundle("", 0).value().empty());
}

TEST(EntryBundleTest, RefusesWhatIsNotExactlyTheBundle) {
  const std::string bytes = EncodeEntryBundle(std::vector<std::string>{"one", "two"}).value();
  EXPECT_TRUE(ParseEntryBundle(bytes, 2).ok());
  EXPECT_FALSE(ParseEntryBundle(bytes, 1).ok());
  EXPECT_FALSE(ParseEntryBundle(bytes, 3).ok());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseEntryBundle(bytes.substr(0, size), 2).ok()) << size;
  }
  EXPECT_FALSE(ParseEntryBundle(bytes + std::string(1, '\0'), 2).ok());
  EXPECT_FALSE(ParseEntryBundle("\xFF\xFF"sv, 1).ok());
}

TEST(EntryBundleTest, RefusesWhatItCannotHold) {
  EXPECT_FALSE(EncodeEntryBundle(std::vector<std::string>{std::string(kBundleEntrySizeMax + 1, 'x')}).ok());
  EXPECT_FALSE(EncodeEntryBundle(std::vector<std::string>(257)).ok());
}

}  // namespace
}  // namespace affidavit
