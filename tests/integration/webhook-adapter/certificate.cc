#include "tests/integration/webhook-adapter/certificate.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "openssl/ec.h"
#include "openssl/evp.h"
#include "openssl/pem.h"
#include "openssl/x509v3.h"

namespace affidavit::adapter {
namespace {

constexpr long kDaySeconds = 86'400;

void Check(bool good, const char* what) {
  if (!good) {
    throw std::runtime_error(what);
  }
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "affidavit-adapter-XXXXXX").string();
  Check(::mkdtemp(path.data()) != nullptr, "mkdtemp");
  path_ = path;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::filesystem::remove_all(path_);
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void WriteCertificate(const std::string& common_name, const std::string& certificate_file, const std::string& key_file,
                      const std::string& passphrase) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  Check(key != nullptr && certificate != nullptr, "no key");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDaySeconds);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"), X509_EXTENSION_free);
  X509_add_ext(certificate.get(), names.get(), -1);
  Check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "cannot sign");
  const File certificate_out(std::fopen(certificate_file.c_str(), "wb"), std::fclose);
  const File key_out(std::fopen(key_file.c_str(), "wb"), std::fclose);
  Check(certificate_out != nullptr && key_out != nullptr, "cannot write");
  Check(PEM_write_X509(certificate_out.get(), certificate.get()) == 1, "cannot write the certificate");
  const EVP_CIPHER* cipher = passphrase.empty() ? nullptr : EVP_aes_256_cbc();
  Check(PEM_write_PrivateKey(key_out.get(), key.get(), cipher, nullptr, 0, nullptr,
                             passphrase.empty() ? nullptr : const_cast<char*>(passphrase.c_str())) == 1,
        "cannot write the key");
}

}  // namespace affidavit::adapter
