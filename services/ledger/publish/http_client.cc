#include "services/ledger/publish/http_client.h"

#include <curl/curl.h>

#include <mutex>
#include <string_view>

#include "absl/strings/ascii.h"
#include "core/base/text.h"

namespace affidavit::ledger {
namespace {

void InitCurlOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Body {
  std::string bytes;
  size_t bytes_max = 0;
};

size_t AppendBody(char* data, size_t size, size_t count, void* target) {
  auto* body = static_cast<Body*>(target);
  if (body->bytes.size() + size * count > body->bytes_max) {
    return 0;  // ends the transfer with an error
  }
  body->bytes.append(data, size * count);
  return size * count;
}

// libcurl asks at least once a second whether to go on.
int IsCancelled(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(cancelled) ? 1 : 0;
}

std::string MediaType(const char* header) {
  const std::string_view text = header == nullptr ? "" : header;
  std::string type(TrimHttpSpace(text.substr(0, text.find(';'))));
  absl::AsciiStrToLower(&type);
  return type;
}

}  // namespace

struct HttpClient::State {
  CURL* easy = nullptr;
  char error[CURL_ERROR_SIZE] = "";
  Body body;

  State() {
    InitCurlOnce();
    easy = curl_easy_init();
  }
  ~State() { curl_easy_cleanup(easy); }
};

HttpClient::HttpClient(const HttpClientOptions& options) : state_(std::make_unique<State>()) {
  CURL* easy = state_->easy;
  const auto timeout_ms = static_cast<long>(options.timeout.count());
  state_->body.bytes_max = options.answer_bytes_max;
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");  // one configuration file; not the environment too
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, AppendBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &state_->body);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, IsCancelled);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &cancelled_);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, state_->error);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "affidavit-ledger/" AFFIDAVIT_VERSION);
}

HttpClient::~HttpClient() = default;

absl::StatusOr<HttpAnswer> HttpClient::Post(const HttpPost& post) {
  CURL* easy = state_->easy;
  // An empty Expect keeps libcurl from waiting for "100 Continue".
  const std::unique_ptr<curl_slist, FreeList> headers(
      curl_slist_append(nullptr, Concat({"Content-Type: ", post.content_type}).c_str()));
  curl_slist_append(headers.get(), "Expect:");
  state_->body.bytes.clear();
  state_->error[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_URL, post.url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));

  const CURLcode code = cancelled_ ? CURLE_ABORTED_BY_CALLBACK : curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return absl::CancelledError("stopped");
  }
  if (code == CURLE_WRITE_ERROR) {
    return absl::UnavailableError("the answer is too long");
  }
  if (code != CURLE_OK) {
    return absl::UnavailableError(state_->error[0] != '\0' ? state_->error : curl_easy_strerror(code));
  }
  long status = 0;
  const char* content_type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &content_type);
  return HttpAnswer{
      .status = static_cast<int>(status), .content_type = MediaType(content_type), .body = state_->body.bytes};
}

}  // namespace affidavit::ledger
