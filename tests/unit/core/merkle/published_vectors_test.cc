// Proofs that others published, and their ways of breaking them.
// transparency-dev/merkle, proof/verify_test.go and cmd/proofgen (Apache-2.0): a tree of eight leaves.
#include <limits>

#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/merkle/compact_range.h"
#include "core/merkle/hash.h"
#include "core/merkle/proof.h"
#include "core/merkle/verify.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

using Hashes = std::vector<std::string>;  // raw bytes, of any length, as a proof comes from outside

std::string Unhex(std::string_view hex) {
  return HexDecode(hex).value();
}

Hashes UnhexAll(const std::vector<std::string>& hex) {
  Hashes hashes;
  for (const std::string& text : hex) {
    hashes.push_back(Unhex(text));
  }
  return hashes;
}

const std::string kSomeHash = Unhex("abacaba000000000000000000000000000000000000000000060061e00123456");
const std::string kEmptyRoot = Unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

// By size, from 1.
const Hashes kRoots = UnhexAll({
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
});

const Hashes kLeaves =
    UnhexAll({"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"});

struct InclusionVector {
  uint64_t index;
  uint64_t size;
  Hashes proof;
};

const InclusionVector kInclusions[] = {
    {0, 1, {}},
    {0, 8,
     UnhexAll({"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
               "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
               "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"})},
    {5, 8,
     UnhexAll({"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
               "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"})},
    {2, 3, UnhexAll({"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"})},
    {1, 5,
     UnhexAll({"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
               "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
               "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"})},
};

struct ConsistencyVector {
  uint64_t size1;
  uint64_t size2;
  Hashes proof;
};

const ConsistencyVector kConsistencies[] = {
    {1, 1, {}},
    {1, 8,
     UnhexAll({"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
               "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
               "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"})},
    {6, 8,
     UnhexAll({"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
               "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"})},
    {2, 5,
     UnhexAll({"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
               "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"})},
    {6, 7,
     UnhexAll({"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
               "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"})},
};

// As whoever takes a proof from outside does it: first the lengths, then the proof.
absl::Status CheckInclusion(uint64_t index, uint64_t size, const std::string& root, const std::string& leaf,
                            const Hashes& proof) {
  ASSIGN_OR_RETURN(const Digest root_hash, ParseHash(root));
  ASSIGN_OR_RETURN(const Digest leaf_hash, ParseHash(leaf));
  ASSIGN_OR_RETURN(const std::vector<Digest> hashes, ParseHashes(proof));
  return VerifyInclusion(index, size, leaf_hash, hashes, root_hash);
}

absl::Status CheckConsistency(uint64_t size1, uint64_t size2, const std::string& root1, const std::string& root2,
                              const Hashes& proof) {
  ASSIGN_OR_RETURN(const Digest hash1, ParseHash(root1));
  ASSIGN_OR_RETURN(const Digest hash2, ParseHash(root2));
  ASSIGN_OR_RETURN(const std::vector<Digest> hashes, ParseHashes(proof));
  return VerifyConsistency(size1, size2, hash1, hash2, hashes);
}

Hashes Before(const std::string& hash, const Hashes& proof) {
  Hashes result = {hash};
  result.insert(result.end(), proof.begin(), proof.end());
  return result;
}

Hashes After(Hashes proof, const std::string& hash) {
  proof.push_back(hash);
  return proof;
}

Hashes Flipped(Hashes proof, size_t i, char bit) {
  proof[i][0] ^= bit;
  return proof;
}

TEST(PublishedVectorsTest, Roots) {
  CompactRange range;
  for (size_t i = 0; i < kLeaves.size(); ++i) {
    range.Append(LeafHash(kLeaves[i]));
    EXPECT_EQ(AsBytes(range.Root().value()), kRoots[i]) << "size " << i + 1;
  }
}

TEST(PublishedVectorsTest, Inclusion) {
  for (const auto& [index, size, proof] : kInclusions) {
    SCOPED_TRACE(testing::Message() << "leaf " << index << " of " << size);
    const std::string& root = kRoots[size - 1];
    const std::string leaf(AsBytes(LeafHash(kLeaves[index])));
    EXPECT_TRUE(CheckInclusion(index, size, root, leaf, proof).ok());

    EXPECT_FALSE(CheckInclusion(index - 1, size, root, leaf, proof).ok());
    EXPECT_FALSE(CheckInclusion(index + 1, size, root, leaf, proof).ok());
    EXPECT_FALSE(CheckInclusion(index ^ 2, size, root, leaf, proof).ok());
    EXPECT_FALSE(CheckInclusion(index, size * 2, root, leaf, proof).ok());
    EXPECT_FALSE(CheckInclusion(index, size / 2, root, leaf, proof).ok());
    EXPECT_FALSE(CheckInclusion(index, size, root, "WrongLeaf", proof).ok());
    EXPECT_FALSE(CheckInclusion(index, size, kEmptyRoot, leaf, proof).ok());
    EXPECT_FALSE(CheckInclusion(index, size, kSomeHash, leaf, proof).ok());
    EXPECT_FALSE(CheckInclusion(index, size, root, leaf, After(proof, "")).ok());
    EXPECT_FALSE(CheckInclusion(index, size, root, leaf, After(proof, root)).ok());
    EXPECT_FALSE(CheckInclusion(index, size, root, leaf, Before("", proof)).ok());
    EXPECT_FALSE(CheckInclusion(index, size, root, leaf, Before(root, proof)).ok());
    for (size_t i = 0; i < proof.size(); ++i) {
      EXPECT_FALSE(CheckInclusion(index, size, root, leaf, Flipped(proof, i, 8)).ok());
    }
    if (!proof.empty()) {
      EXPECT_FALSE(CheckInclusion(index, size, root, leaf, Hashes(proof.begin(), proof.end() - 1)).ok());
      Hashes inserted = proof;
      inserted.insert(inserted.begin() + 1, kSomeHash);
      EXPECT_FALSE(CheckInclusion(index, size, root, leaf, inserted).ok());
    }
  }
}

TEST(PublishedVectorsTest, InclusionInTreesOfOneLeafAndNone) {
  const std::string data(AsBytes(LeafHash("data")));
  EXPECT_TRUE(CheckInclusion(0, 1, data, data, {}).ok());
  EXPECT_FALSE(CheckInclusion(0, 1, data, "", {}).ok());
  EXPECT_FALSE(CheckInclusion(0, 1, "", data, {}).ok());
  EXPECT_FALSE(CheckInclusion(0, 1, "", "", {}).ok());
  for (const auto& [index, size] : {std::pair{0, 0}, {0, 1}, {1, 0}, {2, 1}}) {
    EXPECT_FALSE(CheckInclusion(index, size, "", kSomeHash, {}).ok());
    EXPECT_FALSE(CheckInclusion(index, size, kEmptyRoot, "", {}).ok());
    EXPECT_FALSE(CheckInclusion(index, size, kEmptyRoot, kSomeHash, {}).ok());
  }
}

TEST(PublishedVectorsTest, Consistency) {
  for (const auto& [size1, size2, proof] : kConsistencies) {
    SCOPED_TRACE(testing::Message() << size1 << " to " << size2);
    const std::string& root1 = kRoots[size1 - 1];
    const std::string& root2 = kRoots[size2 - 1];
    EXPECT_TRUE(CheckConsistency(size1, size2, root1, root2, proof).ok());
    if (proof.empty()) {
      continue;
    }
    EXPECT_FALSE(CheckConsistency(size1 - 1, size2, root1, root2, proof).ok());
    EXPECT_FALSE(CheckConsistency(size1 + 1, size2, root1, root2, proof).ok());
    EXPECT_FALSE(CheckConsistency(size1 ^ 2, size2, root1, root2, proof).ok());
    EXPECT_FALSE(CheckConsistency(size1, size2 * 2, root1, root2, proof).ok());
    EXPECT_FALSE(CheckConsistency(size1, size2 / 2, root1, root2, proof).ok());
    EXPECT_FALSE(CheckConsistency(size1, size2, "WrongRoot", root2, proof).ok());
    EXPECT_FALSE(CheckConsistency(size1, size2, root1, "WrongRoot", proof).ok());
    EXPECT_FALSE(CheckConsistency(size1, size2, root2, root1, proof).ok());
    EXPECT_FALSE(CheckConsistency(size1, size2, root1, root2, {}).ok());
    for (const std::string& garbage : {std::string(), root1, root2, proof[0]}) {
      EXPECT_FALSE(CheckConsistency(size1, size2, root1, root2, Before(garbage, proof)).ok());
      EXPECT_FALSE(CheckConsistency(size1, size2, root1, root2, After(proof, garbage)).ok());
    }
    EXPECT_FALSE(CheckConsistency(size1, size2, root1, root2, Hashes(proof.begin(), proof.end() - 1)).ok());
    for (size_t i = 0; i < proof.size(); ++i) {
      EXPECT_FALSE(CheckConsistency(size1, size2, root1, root2, Flipped(proof, i, 16)).ok());
    }
  }
}

}  // namespace
}  // namespace affidavit
