#include "cli/doctor/certificate_exam.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "cli/doctor/http_probe.h"
#include "cli/doctor/machine_exam.h"
#include "cli/files.h"
#include "core/base/text.h"
#include "openssl/bio.h"
#include "openssl/err.h"
#include "openssl/pem.h"
#include "openssl/x509.h"

namespace affidavit::cli::doctor {
namespace {

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using PrivateKeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using MemoryBio = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr char kRenew[] = "renew it; the adapter reads its files again on SIGHUP, the others at their next start";

struct ValidSpan {
  TimePoint begin;                   // of the last to begin
  TimePoint end;                     // of the first to end
  std::chrono::microseconds life{};  // of the one that ends first
};

MemoryBio BioOf(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

std::optional<TimePoint> TimeOfAsn1(const ASN1_TIME* time) {
  tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return std::nullopt;
  }
  return TimePoint(std::chrono::seconds(timegm(&parts)));
}

// No prompt on a terminal for a key that is encrypted.
int NoPassphrase(char*, int, int, void*) {
  return 0;
}

// When all of the text's certificates are valid; nothing when it holds none.
std::optional<ValidSpan> SpanOf(const std::string& pem) {
  const MemoryBio bio = BioOf(pem);
  std::optional<ValidSpan> span;
  while (true) {
    const CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr), X509_free);
    if (certificate == nullptr) {
      break;
    }
    const auto begin = TimeOfAsn1(X509_get0_notBefore(certificate.get()));
    const auto end = TimeOfAsn1(X509_get0_notAfter(certificate.get()));
    if (!begin || !end) {
      return std::nullopt;
    }
    if (!span || *end < span->end) {
      span = ValidSpan{.begin = span ? std::max(span->begin, *begin) : *begin, .end = *end, .life = *end - *begin};
    }
    span->begin = std::max(span->begin, *begin);
  }
  ERR_clear_error();
  return span;
}

bool KeyFits(const std::string& certificate_pem, const std::string& key_pem) {
  const MemoryBio certificate_bio = BioOf(certificate_pem), key_bio = BioOf(key_pem);
  const CertificatePtr certificate(PEM_read_bio_X509(certificate_bio.get(), nullptr, NoPassphrase, nullptr), X509_free);
  const PrivateKeyPtr key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, NoPassphrase, nullptr), EVP_PKEY_free);
  const bool fits = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  return fits;
}

void ExamineCertificatePair(const std::string& check, const std::string& setting, const std::string& certificate_file,
                            const std::string& key_file, TimePoint now, Diagnoses& diagnoses) {
  if (certificate_file.empty()) {
    return;
  }
  const absl::StatusOr<std::string> certificate = ReadFile(certificate_file);
  if (!certificate.ok()) {
    diagnoses.Failed(check, setting, certificate.status(), "name a PEM file that this user may read");
    return;
  }
  JudgeCertificates(check, absl::StrCat(setting, " ", certificate_file), *certificate, now, kRenew, diagnoses);
  if (key_file.empty()) {
    return;
  }
  const std::string key_check = absl::StrCat(check, "_key");
  const absl::StatusOr<std::string> key = ReadFile(key_file);
  if (!key.ok()) {
    diagnoses.Failed(key_check, setting, key.status(), "let the service's user read it, and run this as that user");
  } else if (!KeyFits(*certificate, *key)) {
    diagnoses.Finding(key_check, absl::StrCat(key_file, " is not the key of ", certificate_file),
                      "name the key that the certificate was made for, without a passphrase");
  } else {
    ExamineSecretFile(key_check, key_file, diagnoses);
  }
}

std::string StoreEndpoint(const config::ObjectStoreConfig& store) {
  return store.endpoint.empty() ? Concat({"https://s3.", store.region, ".amazonaws.com"}) : store.endpoint;
}

bool IsLoopbackUrl(std::string_view url) {
  for (const std::string_view start : {"http://127.", "http://localhost", "http://[::1]"}) {
    if (url.starts_with(start)) {
      return true;
    }
  }
  return false;
}

}  // namespace

void JudgeCertificates(std::string_view check, std::string_view what, const std::string& pem, TimePoint now,
                       std::string_view renewal, Diagnoses& diagnoses) {
  const std::optional<ValidSpan> span = SpanOf(pem);
  if (!span) {
    diagnoses.Finding(check, Concat({what, " holds no certificate in PEM form"}), "put the PEM chain there");
    return;
  }
  const std::string end = FormatRfc3339(span->end).substr(0, 10);
  if (span->end <= now) {
    diagnoses.Finding(check, Concat({what, " expired on ", end}), std::string(renewal));
  } else if (span->begin > now) {
    diagnoses.Finding(check, Concat({what, " is valid only from ", FormatRfc3339(span->begin)}),
                      "wait, or check this machine's clock");
  } else if (span->end - now < kCertificateWarning && span->end - now < span->life / 4) {
    diagnoses.Finding(check, Concat({what, " expires soon, on ", end}), std::string(renewal));
  } else {
    diagnoses.Good(check, Concat({what, " is valid until ", end}));
  }
}

void ExamineCertificateFiles(const config::Config& config, TimePoint now, Diagnoses& diagnoses) {
  const config::AdapterConfig& adapter = config.adapter;
  const config::LedgerConfig& ledger = config.ledger;
  const config::WorkerConfig& worker = config.worker;
  const auto examine = [&](const char* check, const char* setting, const std::string& certificate,
                           const std::string& key) {
    ExamineCertificatePair(check, setting, certificate, key, now, diagnoses);
  };
  examine("certificates.adapter", "adapter.tls_certificate_file", adapter.tls.certificate_file, adapter.tls.key_file);
  examine("certificates.adapter_client", "adapter.ledger_client_certificate_file",
          adapter.ledger_client_certificate_file, adapter.ledger_client_key_file);
  examine("certificates.adapter_ca", "adapter.ledger_ca_file", adapter.ledger_ca_file, "");
  examine("certificates.ledger", "ledger.tls_certificate_file", ledger.tls.certificate_file, ledger.tls.key_file);
  examine("certificates.ledger_client_ca", "ledger.tls_client_ca_file", ledger.tls.client_ca_file, "");
  examine("certificates.worker_client", "worker.ledger_client_certificate_file", worker.ledger_client_certificate_file,
          worker.ledger_client_key_file);
  examine("certificates.worker_ca", "worker.ledger_ca_file", worker.ledger_ca_file, "");
  for (const config::SiemConfig& sink : config.siem) {
    examine("certificates.siem_ca", "siem ca_file", sink.ca_file, "");
    examine("certificates.siem_client", "siem certificate_file", sink.certificate_file, sink.key_file);
  }
  if (adapter.tls.certificate_file.empty() && !config.sources.empty() && !adapter.plain_http) {
    diagnoses.Finding("certificates.adapter", "the adapter has no certificate", "set adapter.tls_certificate_file");
  }
}

void ExamineStoreCertificate(const config::ObjectStoreConfig& store, std::chrono::milliseconds timeout, TimePoint now,
                             Diagnoses& diagnoses) {
  const std::string url = StoreEndpoint(store);
  if (!url.starts_with("https://")) {
    if (IsLoopbackUrl(url)) {
      diagnoses.Good("certificates.store", "the object store is on this machine, without TLS");
    } else {
      diagnoses.Finding("certificates.store", "payloads travel to the object store in the clear",
                        "give object_store.endpoint an https address");
    }
    return;
  }
  const absl::StatusOr<ProbeAnswer> answer = ProbeUrl(url, store.ca_file, timeout);
  if (!answer.ok()) {
    diagnoses.Failed("certificates.store", url, answer.status(),
                     "check object_store.endpoint and object_store.ca_file, and the store's certificate");
  } else {
    JudgeCertificates("certificates.store", Concat({"the certificate of ", url}), answer->certificates, now,
                      "whoever runs the store must renew it", diagnoses);
  }
}

}  // namespace affidavit::cli::doctor
