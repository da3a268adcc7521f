#include "core/checkpoint/ed25519.h"

#include "core/base/encoding.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

std::string Unhex(std::string_view hex) {
  return HexDecode(hex).value();
}

struct Vector {
  std::string seed, public_key, message, signature;
};

// RFC 8032 section 7.1, tests 1 to 3.
const Vector kVectors[] = {
    {Unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
     Unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), "",
     Unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595"
           "bbe246551"
           "41438e7a100b")},
    {Unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
     Unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), Unhex("72"),
     Unhex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb43"
           "02aeeb00d"
           "291612bb0c00")},
    {Unhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
     Unhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"), Unhex("af82"),
     Unhex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716"
           "ed28dc027"
           "beceea1ec40a")},
};

TEST(Ed25519Test, AgreesWithRfc8032) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(Ed25519PublicKey(vector.seed).value(), vector.public_key);
    EXPECT_EQ(Ed25519Sign(vector.seed, vector.message).value(), vector.signature);
    EXPECT_TRUE(Ed25519Verify(vector.public_key, vector.message, vector.signature));
  }
}

TEST(Ed25519Test, EveryFlippedBitOfASignatureFails) {
  const Vector& vector = kVectors[2];
  for (size_t bit = 0; bit < vector.signature.size() * 8; ++bit) {
    std::string bad = vector.signature;
    bad[bit / 8] ^= 1 << bit % 8;
    EXPECT_FALSE(Ed25519Verify(vector.public_key, vector.message, bad)) << bit;
  }
}

TEST(Ed25519Test, RefusesWrongSizes) {
  const Vector& vector = kVectors[0];
  EXPECT_FALSE(Ed25519Verify(vector.public_key, "", vector.signature.substr(1)));
  EXPECT_FALSE(Ed25519Verify(vector.public_key, "", vector.signature + "x"));
  EXPECT_FALSE(Ed25519Verify(vector.public_key.substr(1), "", vector.signature));
  EXPECT_FALSE(Ed25519Verify("", "", ""));
  EXPECT_EQ(Ed25519Sign("short", "").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Ed25519PublicKey("").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Ed25519Test, GeneratesDifferentKeys) {
  const std::string seed = GenerateEd25519Seed().value();
  EXPECT_EQ(seed.size(), kEd25519KeySize);
  EXPECT_NE(seed, GenerateEd25519Seed().value());
  EXPECT_TRUE(Ed25519Verify(Ed25519PublicKey(seed).value(), "text", Ed25519Sign(seed, "text").value()));
}

}  // namespace
}  // namespace affidavit
