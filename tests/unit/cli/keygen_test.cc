#include <sys/stat.h>

#include <regex>
#include <set>

#include "boost/json/parse.hpp"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/checkpoint/ed25519.h"
#include "core/signature/verifier.h"
#include "gtest/gtest.h"
#include "openssl/evp.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

// A secret key of golang.org/x/mod/sumdb/note's own tests, and its public half.
constexpr char kGoSecret[] = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n";
constexpr char kGoVkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

std::string JsonText(const std::string& json, const char* name) {
  return std::string(boost::json::parse(json).at(name).as_string());
}

// SHA256(name || 0x0A || type || public key)[:4] in hex, from the specification's text and not from our own code for
// it.
std::string KeyIdHex(const std::string& name, const std::string& type_and_public_key) {
  return HexEncode(AsBytes(Sha256(name + "\n" + type_and_public_key)).substr(0, 4));
}

bool OpenSslVerifies(const std::string& public_key, const std::string& message, const std::string& signature) {
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(public_key.data()), public_key.size());
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool good =
      EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key) == 1 &&
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

TEST(KeygenTest, MakesASignedNoteKeyPair) {
  const TemporaryFolder folder;
  const RunResult result =
      RunCli({"keygen", "--name", "example.com/affidavit", "--out", folder.Path("log.key"), "--output", "json"});
  ASSERT_EQ(result.code, ExitCode::kGood) << result.err;

  std::smatch secret, vkey;
  const std::string secret_text = folder.Read("log.key"), vkey_text = JsonText(result.out, "vkey");
  ASSERT_TRUE(
      std::regex_match(secret_text, secret,
                       std::regex(R"(PRIVATE\+KEY\+(example\.com/affidavit)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})\n)")));
  ASSERT_TRUE(
      std::regex_match(vkey_text, vkey, std::regex(R"((example\.com/affidavit)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44}))")));
  const std::string seed = Base64Decode(secret[3].str()).value(), public_key = Base64Decode(vkey[3].str()).value();
  ASSERT_EQ(seed.size(), 33U);
  ASSERT_EQ(public_key.size(), 33U);
  EXPECT_EQ(seed[0], '\x01');
  EXPECT_EQ(public_key[0], '\x01');
  EXPECT_EQ(vkey[2].str(), KeyIdHex("example.com/affidavit", public_key));
  EXPECT_EQ(secret[2].str(), vkey[2].str());

  const std::string message = "example.com/affidavit\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
  EXPECT_TRUE(OpenSslVerifies(public_key.substr(1), message, Ed25519Sign(seed.substr(1), message).value()));
}

TEST(KeygenTest, PrintsThePublicHalfThatOtherToolsKnow) {
  const TemporaryFolder folder;
  const RunResult result = RunCli({"keygen", "--vkey-of", folder.Write("go.key", kGoSecret)});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_EQ(result.out, std::string("vkey: ") + kGoVkey + "\n");
}

TEST(KeygenTest, TakesAFolderForOut) {
  const TemporaryFolder folder;
  EXPECT_EQ(RunCli({"keygen", "--name", "a.example/log", "--out", folder.Path("")}).code, ExitCode::kGood);
  EXPECT_EQ(folder.Read("signing.key").rfind("PRIVATE+KEY+a.example/log+", 0), 0U);
}

TEST(KeygenTest, NeverOverwritesAKey) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("log.key", "mine");
  const RunResult result = RunCli({"keygen", "--name", "a.example/log", "--out", path});
  EXPECT_EQ(result.code, ExitCode::kUsage);
  EXPECT_NE(result.err.find("never overwritten"), std::string::npos) << result.err;
  EXPECT_EQ(folder.Read("log.key"), "mine");
}

TEST(KeygenTest, RefusesNamesThatANoteCannotCarry) {
  const TemporaryFolder folder;
  for (const std::string name : {"", "a b", "a+b", "a\nb",
                                 "a\xC2\xA0"
                                 "b",
                                 "\xFF"}) {
    EXPECT_EQ(RunCli({"keygen", "--name", name, "--out", folder.Path("key")}).code, ExitCode::kUsage) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(folder.Path("key")));
}

TEST(KeygenTest, MakesAWebhookSecretInHex) {
  const TemporaryFolder folder;
  const RunResult result = RunCli({"keygen", "--webhook-secret", "--out", folder.Path("secret")});
  ASSERT_EQ(result.code, ExitCode::kGood) << result.err;
  const std::string text = folder.Read("secret");
  EXPECT_TRUE(std::regex_match(text, std::regex("[0-9a-f]{64}\n"))) << text.size();
  EXPECT_EQ(result.out.find(text.substr(0, 64)), std::string::npos) << "the secret was printed";

  struct stat found = {};
  ASSERT_EQ(stat(folder.Path("secret").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
}

TEST(KeygenTest, MakesAWebhookSecretForStandardWebhooks) {
  const TemporaryFolder folder;
  const RunResult result =
      RunCli({"keygen", "--webhook-secret", "--standard-webhooks", "--out", folder.Path("secret"), "--output", "json"});
  ASSERT_EQ(result.code, ExitCode::kGood) << result.err;
  const std::string text = folder.Read("secret");
  ASSERT_TRUE(std::regex_match(text, std::regex("whsec_[A-Za-z0-9+/]{43}=\n")));
  const std::string key = Base64Decode(text.substr(6, 44)).value();
  EXPECT_EQ(key.size(), 32U);
  EXPECT_EQ(JsonText(result.out, "key_fingerprint"), HexEncode(KeyFingerprint(key)));
}

TEST(KeygenTest, SecretsDiffer) {
  const TemporaryFolder folder;
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "secret" + std::to_string(i);
    ASSERT_EQ(RunCli({"keygen", "--webhook-secret", "--out", folder.Path(name)}).code, ExitCode::kGood);
    seen.insert(folder.Read(name));
  }
  EXPECT_EQ(seen.size(), 20U);
}

TEST(KeygenTest, NeedsAFileForASecret) {
  EXPECT_EQ(RunCli({"keygen", "--webhook-secret"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunCli({"keygen", "--name", "a.example/log"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunCli({"keygen", "--name", "a.example/log", "--webhook-secret", "--out", "x"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunCli({"keygen", "--standard-webhooks", "--out", "x"}).code, ExitCode::kUsage);
}

}  // namespace
}  // namespace affidavit::cli
