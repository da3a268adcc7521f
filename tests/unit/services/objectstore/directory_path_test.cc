#include "services/objectstore/directory_path.h"

#include <random>
#include <set>

#include "gtest/gtest.h"

namespace affidavit::objectstore {
namespace {

struct EscapeCase {
  const char* key;
  const char* path;
};

class EscapeKeyTest : public ::testing::TestWithParam<EscapeCase> {};

TEST_P(EscapeKeyTest, NamesNoFileThatLeavesOrHides) {
  EXPECT_EQ(*EscapeKey(GetParam().key), GetParam().path);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, EscapeKeyTest,
    ::testing::Values(EscapeCase{"audit/2026-11-24/EMAIL/evt-1.json", "audit/2026-11-24/EMAIL/evt-1.json"},
                      EscapeCase{"..", "%2E."}, EscapeCase{".", "%2E"},
                      EscapeCase{"../../etc/passwd", "%2E./%2E./etc/passwd"}, EscapeCase{"a/./b", "a/%2E/b"},
                      EscapeCase{".hidden", "%2Ehidden"}, EscapeCase{"a.b.", "a.b."}, EscapeCase{"/", "%_/%_"},
                      EscapeCase{"/root", "%_/root"}, EscapeCase{"a//b", "a/%_/b"}, EscapeCase{"%2E", "%252E"},
                      EscapeCase{"%_", "%25_"}, EscapeCase{"a b\n", "a%20b%0A"}, EscapeCase{"\xC3\xBC", "%C3%BC"},
                      EscapeCase{"x!2F", "x!2F"}));

TEST(DirectoryPathTest, ReadsBackEveryComponentAndNothingElse) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::set<std::string> names;
  std::set<std::string> components = {""};
  for (int i = 0; i < 2'000; ++i) {
    std::string component;
    for (size_t size = 1 + random() % 5; size > 0; --size) {
      component += "aA%_.!2E\x7f\x80\xff "[random() % 12];
    }
    components.insert(component);
  }
  for (const std::string& component : components) {
    const absl::StatusOr<std::string> name = EscapeKey(component);
    ASSERT_TRUE(name.ok());
    EXPECT_EQ(UnescapeComponent(*name), component);
    EXPECT_TRUE(names.insert(*name).second) << "two components have the name " << *name;
    EXPECT_FALSE(UnescapeComponent(*name + kKeyFolderMark).has_value()) << "a folder that looks like a key's";
  }
  for (const char* foreign : {"", ".", "..", ".x", "a b", "%2e", "%41", "%", "%2", "a%", "%_x", "\xC3\xBC"}) {
    EXPECT_FALSE(UnescapeComponent(foreign).has_value()) << foreign;
  }
}

TEST(DirectoryPathTest, RefusesWhatAFileSystemCannotName) {
  EXPECT_TRUE(EscapeKey(std::string(240, 'x') + "/" + std::string(80, ' ')).ok());
  EXPECT_EQ(EscapeKey(std::string(241, 'x')).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(EscapeKey("a/" + std::string(81, ' ') + "/b").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace affidavit::objectstore
