#include "cli/simulate/http_connection.h"

#include <curl/curl.h>

#include <mutex>

#include "core/base/text.h"

namespace affidavit::simulate {
namespace {

constexpr size_t kAnswerBytesMax = 64 << 10;
constexpr const char* kDefaultRoute = "/genesys/telemetry";

void InitCurlOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

size_t AppendAnswer(char* data, size_t size, size_t count, void* body) {
  auto* text = static_cast<std::string*>(body);
  if (text->size() + size * count > kAnswerBytesMax) {
    return 0;  // ends the transfer with an error
  }
  text->append(data, size * count);
  return size * count;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

HeaderList MakeHeaderList(const Headers& headers) {
  // An empty Expect keeps libcurl from waiting for "100 Continue".
  HeaderList list(curl_slist_append(nullptr, "Content-Type: application/json"));
  curl_slist_append(list.get(), "Expect:");
  for (const auto& [name, value] : headers) {
    curl_slist_append(list.get(), Concat({name, ": ", value}).c_str());
  }
  return list;
}

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string UrlPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
    return "";
  }
  std::string copy(text);
  curl_free(text);
  return copy;
}

}  // namespace

absl::StatusOr<std::string> NormalizeUrl(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return absl::InvalidArgumentError("--url is no URL, such as https://127.0.0.1:8443/genesys/telemetry");
  }
  const std::string scheme = UrlPart(url.get(), CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http") {
    return absl::InvalidArgumentError("--url is neither https nor http");
  }
  if (const std::string path = UrlPart(url.get(), CURLUPART_PATH); path.empty() || path == "/") {
    curl_url_set(url.get(), CURLUPART_PATH, kDefaultRoute, 0);
  }
  return UrlPart(url.get(), CURLUPART_URL);
}

struct HttpConnection::State {
  CURL* easy = curl_easy_init();
  char error[CURL_ERROR_SIZE] = "";
  std::string answer;

  ~State() { curl_easy_cleanup(easy); }

  std::string Error(CURLcode code) const { return error[0] != '\0' ? error : curl_easy_strerror(code); }
};

HttpConnection::HttpConnection(const HttpTarget& target) {
  InitCurlOnce();
  state_ = std::make_unique<State>();
  CURL* easy = state_->easy;
  const auto timeout_ms = static_cast<long>(target.timeout.count());
  curl_easy_setopt(easy, CURLOPT_URL, target.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, AppendAnswer);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &state_->answer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, state_->error);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "affidavit-simulate/" AFFIDAVIT_VERSION);
  if (!target.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, target.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
}

HttpConnection::~HttpConnection() = default;

HttpAnswer HttpConnection::Post(const Headers& headers, const std::string& body) {
  CURL* easy = state_->easy;
  const HeaderList list = MakeHeaderList(headers);
  state_->answer.clear();
  state_->error[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));

  const auto start = std::chrono::steady_clock::now();
  const CURLcode code = curl_easy_perform(easy);
  HttpAnswer answer;
  answer.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  if (code != CURLE_OK) {
    answer.error = state_->Error(code);
    return answer;
  }
  long status = 0;
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
  answer.status = static_cast<int>(status);
  answer.retry_after = std::chrono::seconds(retry_after_s);
  answer.body = state_->answer;
  return answer;
}

absl::Status HttpConnection::Probe() {
  state_->error[0] = '\0';
  curl_easy_setopt(state_->easy, CURLOPT_CONNECT_ONLY, 1L);
  const CURLcode code = curl_easy_perform(state_->easy);
  curl_easy_setopt(state_->easy, CURLOPT_CONNECT_ONLY, 0L);
  return code == CURLE_OK ? absl::OkStatus() : absl::UnavailableError(state_->Error(code));
}

}  // namespace affidavit::simulate
