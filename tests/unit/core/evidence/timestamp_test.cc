#include "core/evidence/timestamp.h"

#include <chrono>
#include <string>

#include "core/base/encoding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/timestamp_authority.h"

namespace affidavit {
namespace {

using ::affidavit::testing::RunShell;
using ::affidavit::testing::TimestampAuthority;
using ::affidavit::testing::TimestampContent;
using ::testing::HasSubstr;

constexpr std::string_view kNonce("\x00\x01\xfe\x80nonce", 9);

const Digest& Imprint() {
  static const Digest imprint = Sha256("example.com/log\n7\nroot\n");
  return imprint;
}

// Made once: keys and processes take their time.
const TimestampAuthority& Authority() {
  static const TimestampAuthority authority;
  return authority;
}
const TimestampAuthority& OtherAuthority() {
  static const TimestampAuthority authority;
  return authority;
}

std::string ResponseOf(const TimestampAuthority& authority) {
  return authority.Answer(MakeTimestampRequest(Imprint(), kNonce).value());
}
std::string TokenOf(const TimestampAuthority& authority) {
  return ReadTimestampResponse(ResponseOf(authority), Imprint(), kNonce).value();
}

absl::StatusCode CodeOf(const std::string& token, const std::string& ca_pem) {
  return VerifyTimestamp(token, Imprint(), ca_pem).status().code();
}

void ExpectRefused(const absl::Status& status, const std::string& why) {
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(why));
}

TEST(TimestampTest, AskedSignedReadAndVerified) {
  const std::string token = TokenOf(Authority());
  const auto time = VerifyTimestamp(token, Imprint(), Authority().ca_pem());
  ASSERT_TRUE(time.ok()) << time.status();
  EXPECT_LT(std::chrono::abs(SystemClock().WallNow() - *time), std::chrono::seconds(60));
  EXPECT_EQ(TimestampGenerationTime(token).value(), *time);
  EXPECT_EQ(TrimTimestamp(token, Imprint(), Authority().ca_pem()).value(), token);
}

TEST(TimestampTest, RequestIsWhatOpensslAsks) {
  const std::string request = MakeTimestampRequest(Imprint(), "").value();
  const std::string theirs =
      RunShell("openssl ts -query -digest " + HexEncode(AsBytes(Imprint())) + " -sha256 -cert -no_nonce 2>/dev/null");
  EXPECT_EQ(HexEncode(request), HexEncode(theirs));
  EXPECT_TRUE(ReadTimestampResponse(Authority().Answer(request), Imprint(), "").ok());
}

TEST(TimestampTest, OtherAuthoritiesKeysAndDigests) {
  for (const testing::TimestampAuthorityOptions& options :
       {testing::TimestampAuthorityOptions{.key = "rsa:2048", .digest = "sha512"},
        testing::TimestampAuthorityOptions{.key = "ec -pkeyopt ec_paramgen_curve:P-384", .digest = "sha384"},
        testing::TimestampAuthorityOptions{.embed_ca = true}}) {
    const TimestampAuthority authority(options);
    const std::string token = TokenOf(authority);
    EXPECT_TRUE(VerifyTimestamp(token, Imprint(), authority.ca_pem()).ok());
    // Among other roots, in any order.
    EXPECT_TRUE(VerifyTimestamp(token, Imprint(), Authority().ca_pem() + authority.ca_pem()).ok());
  }
}

TEST(TimestampTest, WrongRoot) {
  ExpectRefused(VerifyTimestamp(TokenOf(Authority()), Imprint(), OtherAuthority().ca_pem()).status(), "issuer");
}

TEST(TimestampTest, RootsThatAreNone) {
  const std::string token = TokenOf(Authority());
  const std::string pem = Authority().ca_pem();
  std::string broken = pem;
  broken[pem.size() / 2] = '!';
  for (const std::string& roots : {std::string(), std::string("no PEM\n"), broken, pem + broken}) {
    EXPECT_EQ(CodeOf(token, roots), absl::StatusCode::kInvalidArgument) << roots;
  }
}

TEST(TimestampTest, CertificateExpiredWhenItSigned) {
  const TimestampAuthority expired({.days = -1});
  ExpectRefused(VerifyTimestamp(TokenOf(expired), Imprint(), expired.ca_pem()).status(), "expired");
}

TEST(TimestampTest, CertificateOfAnotherPurpose) {
  const std::string content = TimestampContent(TokenOf(Authority()));
  EXPECT_EQ(CodeOf(Authority().SignToken(content), Authority().ca_pem()), absl::StatusCode::kOk);
  for (const char* usage : {"extendedKeyUsage=critical,serverAuth", "extendedKeyUsage=timeStamping",
                            "keyUsage=digitalSignature", "extendedKeyUsage=critical,timeStamping,serverAuth"}) {
    const TimestampAuthority other({.extensions = usage});
    ExpectRefused(VerifyTimestamp(other.SignToken(content), Imprint(), other.ca_pem()).status(), "purpose");
  }
}

TEST(TimestampTest, WeakDigest) {
  const TimestampAuthority weak({.digest = "sha1"});
  ExpectRefused(VerifyTimestamp(TokenOf(weak), Imprint(), weak.ca_pem()).status(), "SHA-256");
}

TEST(TimestampTest, OverOtherBytes) {
  const std::string response = ResponseOf(Authority());
  const Digest other = Sha256("example.com/log\n8\nroot\n");
  ExpectRefused(ReadTimestampResponse(response, other, kNonce).status(), "imprint");
  ExpectRefused(VerifyTimestamp(TokenOf(Authority()), other, Authority().ca_pem()).status(), "imprint");
}

TEST(TimestampTest, AnswerToAnotherRequest) {
  const std::string response = ResponseOf(Authority());
  ExpectRefused(ReadTimestampResponse(response, Imprint(), "otherone").status(), "nonce");
  const std::string without = Authority().Answer(MakeTimestampRequest(Imprint(), "").value());
  ExpectRefused(ReadTimestampResponse(without, Imprint(), kNonce).status(), "nonce");
}

TEST(TimestampTest, Refusal) {
  const TimestampAuthority picky({.accepts = "sha512"});
  const absl::Status status = ReadTimestampResponse(ResponseOf(picky), Imprint(), kNonce).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("badAlg"));
}

TEST(TimestampTest, CertificatesThatLeadElsewhereAreTrimmedOff) {
  const std::string content = TimestampContent(TokenOf(Authority()));
  const std::string crowded = Authority().SignToken(content, OtherAuthority().ca_file());
  ExpectRefused(VerifyTimestamp(crowded, Imprint(), Authority().ca_pem()).status(), "does not need");
  const auto trimmed = TrimTimestamp(crowded, Imprint(), Authority().ca_pem());
  ASSERT_TRUE(trimmed.ok()) << trimmed.status();
  EXPECT_LT(trimmed->size(), crowded.size());
  EXPECT_EQ(CodeOf(*trimmed, Authority().ca_pem()), absl::StatusCode::kOk);
}

TEST(TimestampTest, EveryTruncationFails) {
  const std::string response = ResponseOf(Authority());
  for (size_t size = 0; size < response.size(); ++size) {
    EXPECT_EQ(ReadTimestampResponse(response.substr(0, size), Imprint(), kNonce).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  const std::string token = TokenOf(Authority());
  const std::string pem = Authority().ca_pem();
  for (size_t size = 0; size < token.size(); ++size) {
    EXPECT_EQ(CodeOf(token.substr(0, size), pem), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(CodeOf(token + '\0', pem), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(std::string(kTimestampBytesMax + 1, '0'), pem), absl::StatusCode::kInvalidArgument);
}

TEST(TimestampTest, EveryFlippedBitFails) {
  const TimestampAuthority authority({.embed_ca = true});
  const std::string token = TokenOf(authority);
  const std::string pem = authority.ca_pem();
  ASSERT_EQ(CodeOf(token, pem), absl::StatusCode::kOk);
  for (size_t bit = 0; bit < token.size() * 8; ++bit) {
    std::string bad = token;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_NE(CodeOf(bad, pem), absl::StatusCode::kOk) << "bit " << bit;
  }
}

TEST(TimestampTest, AnyFlippedBitOfAResponseIsSafe) {
  const std::string response = ResponseOf(Authority());
  for (size_t bit = 0; bit < response.size() * 8; ++bit) {
    std::string bad = response;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    static_cast<void>(ReadTimestampResponse(bad, Imprint(), kNonce));
  }
}

}  // namespace
}  // namespace affidavit
