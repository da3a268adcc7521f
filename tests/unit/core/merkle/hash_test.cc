#include "core/merkle/hash.h"

#include "core/base/encoding.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

std::string Hex(const Digest& digest) {
  return HexEncode(AsBytes(digest));
}

// transparency-dev/merkle, rfc6962/rfc6962_test.go (Apache-2.0).
TEST(MerkleHashTest, AgreesWithPublishedConstants) {
  EXPECT_EQ(Hex(EmptyRoot()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(LeafHash("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(Hex(LeafHash("L123456")), "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
}

// The same file hashes the children "N123" and "N456", which are not 32 bytes; this is its tree of two leaves instead.
TEST(MerkleHashTest, HashesNodesAsPublished) {
  EXPECT_EQ(Hex(NodeHash(LeafHash(""), LeafHash(std::string(1, '\0')))),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

TEST(MerkleHashTest, ALeafIsNeverANode) {
  const Digest left = LeafHash("Hello");
  const Digest right = LeafHash("World");
  EXPECT_NE(NodeHash(left, right), LeafHash(std::string(AsBytes(left)) + std::string(AsBytes(right))));
  EXPECT_NE(NodeHash(left, right), NodeHash(right, left));
}

TEST(MerkleHashTest, RefusesHashesThatAreNot32Bytes) {
  const std::string bytes(AsBytes(LeafHash("x")));
  EXPECT_EQ(ParseHash(bytes).value(), LeafHash("x"));
  for (size_t size = 0; size < 70; ++size) {
    EXPECT_EQ(ParseHash(std::string(size, 'a')).ok(), size == 32) << size;
  }
  EXPECT_EQ(ParseHashes(std::vector<std::string>{bytes, bytes}).value().size(), 2u);
  EXPECT_EQ(ParseHashes(std::vector<std::string>{bytes, ""}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace affidavit
