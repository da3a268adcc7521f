#include "cli/doctor/http_probe.h"

#include <curl/curl.h>

#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace affidavit::cli::doctor {
namespace {

constexpr size_t kProbeBodyMax = 64 << 10;

// Only that there is an answer counts; one that never ends must not fill the memory or the time.
size_t DropBody(char*, size_t size, size_t count, void* total) {
  auto& bytes = *static_cast<size_t*>(total);
  bytes += size * count;
  return bytes <= kProbeBodyMax ? size * count : 0;
}

std::string ShownCertificates(CURL* easy) {
  std::string pem;
  curl_certinfo* chain = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr) {
    return pem;
  }
  for (int i = 0; i < chain->num_of_certs; ++i) {
    for (const curl_slist* line = chain->certinfo[i]; line != nullptr; line = line->next) {
      constexpr std::string_view kCert = "Cert:";
      if (const std::string_view text = line->data; text.starts_with(kCert)) {
        pem += text.substr(kCert.size());
        pem += '\n';
      }
    }
  }
  return pem;
}

}  // namespace

absl::StatusOr<ProbeAnswer> ProbeUrl(const std::string& url, const std::string& ca_file,
                                     std::chrono::milliseconds timeout) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), curl_easy_cleanup);
  if (initialized != CURLE_OK || easy == nullptr) {
    return absl::InternalError("libcurl does not start");
  }
  std::string message(CURL_ERROR_SIZE, '\0');
  size_t body_bytes = 0;
  const auto milliseconds = static_cast<long>(timeout.count());
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, milliseconds);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
  curl_easy_setopt(easy.get(), CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, message.data());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, DropBody);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body_bytes);
  if (!ca_file.empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_CAINFO, ca_file.c_str());
  }
  const CURLcode code = curl_easy_perform(easy.get());
  const std::string why = message.front() != '\0' ? message.c_str() : curl_easy_strerror(code);
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
    return absl::FailedPreconditionError(why);
  }
  if (code != CURLE_OK && code != CURLE_WRITE_ERROR) {
    return absl::UnavailableError(why);
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return ProbeAnswer{.status = static_cast<int>(status), .certificates = ShownCertificates(easy.get())};
}

}  // namespace affidavit::cli::doctor
