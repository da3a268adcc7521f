#include "cli/doctor/certificate_exam.h"

#include <memory>

#include "cli/doctor/machine_exam.h"
#include "gtest/gtest.h"
#include "openssl/ec.h"
#include "openssl/pem.h"
#include "openssl/x509.h"
#include "tests/unit/cli/doctor/lines.h"
#include "tests/unit/cli/temporary_folder.h"

namespace affidavit::cli::doctor {
namespace {

struct PemPair {
  std::string certificate, key;
};

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

// Self-signed, valid from `age` ago until `rest` from now.
PemPair MakePem(std::chrono::seconds rest, std::chrono::seconds age = std::chrono::hours(1)) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -static_cast<long>(age.count()));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(rest.count()));
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  BIO* const certificate_bio = BIO_new(BIO_s_mem());
  BIO* const key_bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_bio, certificate.get());
  PEM_write_bio_PrivateKey(key_bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {TextOf(certificate_bio), TextOf(key_bio)};
}

TimePoint Now() {
  return SystemClock().WallNow();
}

TEST(JudgeCertificates, WarnsInTheLastTwoWeeksAndTakesTheFirstOfAChainToEnd) {
  const std::string long_lived = MakePem(std::chrono::days(90)).certificate;
  const std::string ending = MakePem(std::chrono::days(13), std::chrono::days(77)).certificate;
  const auto verdict = [](const std::string& pem, TimePoint now = Now()) {
    Diagnoses diagnoses;
    JudgeCertificates("c", "it", pem, now, "renew it", diagnoses);
    return VerdictOf(diagnoses, "c");
  };
  EXPECT_EQ(verdict(long_lived), "good");
  EXPECT_EQ(verdict(ending), "finding");
  EXPECT_EQ(verdict(long_lived + ending), "finding");
  EXPECT_EQ(verdict(MakePem(std::chrono::days(2)).certificate), "good");  // short-lived by intent
  EXPECT_EQ(verdict(MakePem(std::chrono::seconds(-1)).certificate), "finding");
  EXPECT_EQ(verdict(long_lived, Now() - std::chrono::hours(2)), "finding");  // not valid yet
  EXPECT_EQ(verdict("no certificate"), "finding");
  EXPECT_EQ(verdict(""), "finding");
}

TEST(ExamineCertificateFiles, LooksAtFilesKeysAndModes) {
  const TemporaryFolder folder;
  const PemPair pair = MakePem(std::chrono::days(90)), other = MakePem(std::chrono::days(90));
  config::Config config;
  config.ledger.tls.certificate_file = folder.Write("crt", pair.certificate);
  config.ledger.tls.key_file = folder.Write("key", pair.key);
  const auto examine = [&](const char* check) {
    Diagnoses diagnoses;
    ExamineCertificateFiles(config, Now(), diagnoses);
    return VerdictOf(diagnoses, check);
  };
  std::filesystem::permissions(folder.Path("key"), std::filesystem::perms(0600));
  EXPECT_EQ(examine("certificates.ledger"), "good");
  EXPECT_EQ(examine("certificates.ledger_key"), "good");
  std::filesystem::permissions(folder.Path("key"), std::filesystem::perms(0640));
  EXPECT_EQ(examine("certificates.ledger_key"), "finding");
  folder.Write("key", other.key);
  EXPECT_EQ(examine("certificates.ledger_key"), "finding");
  config.ledger.tls.certificate_file = folder.Path("missing");
  EXPECT_EQ(examine("certificates.ledger"), "finding");
}

TEST(ExamineStoreCertificate, ClearTextIsForThisMachineAlone) {
  config::ObjectStoreConfig store;
  const auto verdict = [&](const std::string& endpoint) {
    store.endpoint = endpoint;
    Diagnoses diagnoses;
    ExamineStoreCertificate(store, std::chrono::milliseconds(200), Now(), diagnoses);
    return VerdictOf(diagnoses, "certificates.store");
  };
  EXPECT_EQ(verdict("http://127.0.0.1:7480"), "good");
  EXPECT_EQ(verdict("http://store.internal"), "finding");
  EXPECT_EQ(verdict("https://127.0.0.1:1"), "unreachable");
}

}  // namespace
}  // namespace affidavit::cli::doctor
