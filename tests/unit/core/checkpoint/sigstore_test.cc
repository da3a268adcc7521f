// A real entry of sigstore's log (rekor.sigstore.dev, logIndex 59674396), as docker/attest publishes it in its tests
// (Apache-2.0): the last leaf of a tree of 55,510,966, so the proof climbs the tree's ragged edge.
#include "core/base/encoding.h"
#include "core/checkpoint/tlog_proof.h"
#include "core/merkle/hash.h"
#include "core/merkle/proof.h"
#include "gtest/gtest.h"
#include "tests/unit/core/checkpoint/published_keys.h"

namespace affidavit {
namespace {

constexpr char kBody[] =
    "eyJhcGlWZXJzaW9uIjoiMC4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIiwic3BlYyI6eyJkYXRhIjp7Imhhc2giOnsiYWxnb3JpdGhtIjoic2hh"
    "MjU2IiwidmFsdWUiOiI5Zjg2ZDA4MTg4NGM3ZDY1OWEyZmVhYTBjNTVhZDAxNWEzYmY0ZjFiMmIwYjgyMmNkMTVkNmMxNWIwZjAwYTA4In19LCJz"
    "aWduYXR1cmUiOnsiY29udGVudCI6Ik1FUUNJQUlyVUZGUzBIYmNzZjc5L08yajVXdHl2R2Vvd1NVSXpZcDlBM2IwWnREVUFpQVQxZU42ZjFyVmVW"
    "a011REFlN3dxWkJ2bE5LY2VsajNVVDNmaWhyQjZSY2c9PSIsInB1YmxpY0tleSI6eyJjb250ZW50IjoiTFMwdExTMUNSVWRKVGlCRFJWSlVTVVpK"
    "UTBGVVJTMHRMUzB0Q2sxSlNVSlZla05DSzJGQlJFRm5SVU5CWjBWQ1RVRnZSME5EY1VkVFRUUTVRa0ZOUTAxQk9IaEVWRUZNUW1kT1ZrSkJUVlJD"
    "U0ZKc1l6TlJkMGhvWTA0S1RXcE5lRTFxU1ROTlZHdDVUWHBWTlZkb1kwNU5hbEY0VFdwSk1rMVVhM2xOZWxVMVYycEJVRTFSTUhkRGQxbEVWbEZS"
    "UkVWM1VqQmFXRTR3VFVacmR3cEZkMWxJUzI5YVNYcHFNRU5CVVZsSlMyOWFTWHBxTUVSQlVXTkVVV2RCUlVRMFZpdFNSV2g0SzJGeFYwZzNlV3hO"
    "VFVSSVlXaE9UVzVOVEZOUFNsQXZDamxyUVcwNWJIQXJNMjF4V1ZSQmFGVlNjbUUyVDBRMVVYZzRXbUprSzJWMVVIbFFhemw1SzNjdloxZEhSRUk1"
    "ZW00dlNXd3hTMDVIVFVWUmQwUm5XVVFLVmxJd1VFRlJTQzlDUVZGRVFXZGxRVTFDVFVkQk1WVmtTbEZSVFUxQmIwZERRM05IUVZGVlJrSjNUVVJO"
    "UVhkSFFURlZaRVYzUlVJdmQxRkRUVUZCZHdwRWQxbEVWbEl3VWtKQlozZENiMGxGWkVkV2VtUkVRVXRDWjJkeGFHdHFUMUJSVVVSQlowNUtRVVJD"
    "UjBGcFJVRTNOMjFFTDFSbVJtRlJVemxrWlhRMENqbFhaRk41YURKT1VTOUZiMVJtYVVGdFFtaHVWblpEVTNSUVowTkpVVU1yZDNSdllpOU9iMUp4"
    "T0c5cU4wZDNibTVKYUZKVGRDOVJNbmtyVXpoUkwzSUthRkpVYW5GaE9HZExRVDA5Q2kwdExTMHRSVTVFSUVORlVsUkpSa2xEUVZSRkxTMHRMUzBL"
    "In19fX0=";

constexpr uint64_t kIndex = 55'510'965;

constexpr const char* kHashes[] = {
    "fb77ee213b48f4b18dc81c6e634c570abf99b257713561f174f2e0f4c039af67",
    "6cb113bbefadecbbb8b89b1c08232438a6125071790b6a062cff8c1ccfdcb91e",
    "6fbe1424e264e4590ca502d671b7a036c87f7a90d1f57534b98eb781144160bf",
    "077b606720a6478200f6c3ed08a68e9b01b1cae192cb120888ddcc95521601bd",
    "b6f8e8bc21ae0cde82b92422a4b4f37b28a43185821e468a4e65b6c79ed8f5b7",
    "89332533fac54e9bc68c7353c42f6ebb9fe38039f67910332ff95082072068d4",
    "0814d6f707a75fb3334bab14ab5466bd8b9a64ae7be7cd4d53a428c64932bc66",
    "e883e826f10329c63a4a2ed21156037a050df43b9d74079296beac6968ed4150",
    "d79230703257b7e4a8a61b032b6980d1a0bdbc7ae96ca838b525b3751785fe48",
    "2f4a77e5288462cd3b75084d37f1502dcbe0943d18dd95cb247fc1ebbabc0aad",
    "38562c253d3536d0d00e3547c880b6b0251a25ac69605b50c9eaa1a27186cc7a",
    "9dea192350ff8b3c0f5ccda38261cb38ebd61869281c3928912332d1144e0a04",
    "2c4d25ba59aa573ab2c79c2d3cd9e1d74789b10632432724d63112ce50b44874",
    "98c486feb5d87092a78a46c4b5be04868654900affc2e86ffb20074dc73a883a",
    "6969c49bd73f19bf28a5eaeabd331ddd60502defb2cd3d96e17b741c80adec6c",
};

constexpr char kCheckpoint[] =
    "rekor.sigstore.dev - 2605736670972794746\n55510966\nJCi1O53Xmdi9lXnui4Q5SQ+MJSMnWr1Bxn+Q2Qf22tU=\n"
    "Timestamp: 1703705040158839214\n\n"
    "— rekor.sigstore.dev "
    "wNI9ajBFAiAXgtjFDVqCSgiSP04TQzELrz4+EyBwyYVL2EEULTCy0AIhAI9peLU76ZUD1tvU8qvzBJBo77IYD1rc+A1MPc35AeVK\n";

TEST(SigstoreTest, ARealEntryVerifiesThroughATlogProof) {
  TlogProof proof{.index = kIndex, .checkpoint = kCheckpoint};
  for (const char* hash : kHashes) {
    proof.hashes.push_back(ParseHash(HexDecode(hash).value()).value());
  }
  const std::string leaf = Base64Decode(kBody).value();
  const CheckpointPolicy policy = {.origin = "rekor.sigstore.dev - 2605736670972794746",
                                   .log_keys = {ParseVerifierKey(kRekorVkey).value()}};
  const TlogProof read = ParseTlogProof(FormatTlogProof(proof)).value();
  const absl::StatusOr<VerifiedCheckpoint> verified = VerifyTlogProof(leaf, read, policy);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->checkpoint.extensions, std::vector<std::string>{"Timestamp: 1703705040158839214"});
  EXPECT_EQ(PlanInclusion(kIndex, kIndex + 1)->nodes.size(), std::size(kHashes));
  EXPECT_FALSE(VerifyTlogProof(leaf + "\n", read, policy).ok());
}

}  // namespace
}  // namespace affidavit
