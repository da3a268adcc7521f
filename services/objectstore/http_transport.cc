#include "services/objectstore/http_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "core/base/text.h"

namespace affidavit::objectstore {
namespace {

// An idle connection older than this is more likely dead than a new one is slow; servers close theirs after 5 to 75 s.
constexpr long kIdleSecondsMax = 30;

void InitTransportOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct FreeHeaderList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeHeaderList>;

void AppendHeader(HeaderList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer != nullptr && list == nullptr) {
    list.reset(longer);
  }
}

HeaderList WireHeaders(const HttpCall& call) {
  HeaderList list;
  bool has_type = false;
  for (const auto& [name, value] : call.headers) {
    has_type = has_type || absl::EqualsIgnoreCase(name, "content-type");
    // "Name:" would take the header out; "Name;" sends it with nothing in it.
    AppendHeader(list, value.empty() ? name + ";" : Concat({name, ": ", value}));
  }
  AppendHeader(list, "Expect:");  // no waiting for "100 Continue"
  AppendHeader(list, "Accept:");
  if (!has_type) {
    AppendHeader(list, "Content-Type:");  // not libcurl's "application/x-www-form-urlencoded"
  }
  return list;
}

// One exchange's view from inside libcurl's callbacks.
struct Exchange {
  HttpResult result;
  size_t header_bytes = 0, header_bytes_max = 0, body_bytes_max = 0;
};

size_t TakeBody(char* data, size_t size, size_t count, void* target) {
  auto* exchange = static_cast<Exchange*>(target);
  if (exchange->result.body.size() + size * count > exchange->body_bytes_max) {
    exchange->result.is_too_big = true;
    return 0;  // ends the transfer with an error
  }
  exchange->result.body.append(data, size * count);
  return size * count;
}

size_t TakeHeader(char* data, size_t size, size_t count, void* target) {
  auto* exchange = static_cast<Exchange*>(target);
  const std::string_view line(data, size * count);
  exchange->header_bytes += line.size();
  if (exchange->header_bytes > exchange->header_bytes_max) {
    exchange->result.is_too_big = true;
    return 0;
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) {
      value.remove_suffix(1);
    }
    exchange->result.headers[absl::AsciiStrToLower(std::string(line.substr(0, colon)))] = TrimHttpSpace(value);
  }
  return line.size();
}

// Called whenever a request is about to be written to a connection. A second time means that the first connection died
// under it: the request may have been executed, and only our caller knows whether twice is harmless.
int MayBeSent(void* target, char*, char*, int, int) {
  auto* exchange = static_cast<Exchange*>(target);
  if (exchange->result.was_sent) {
    return CURL_PREREQFUNC_ABORT;
  }
  exchange->result.was_sent = true;
  return CURL_PREREQFUNC_OK;
}

void SetMethodAndBody(CURL* easy, const HttpCall& call) {
  const std::string method(call.method);
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (method == "GET") {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    if (method != "DELETE") {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.data() == nullptr ? "" : call.body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    }
  }
}

void SetLimits(CURL* easy, const HttpTransportOptions& options, const HttpCall& call) {
  // 0 would mean for ever.
  const auto timeout_ms = static_cast<long>(std::max<int64_t>(call.timeout.count(), 1));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   std::min(timeout_ms, static_cast<long>(options.connect_timeout.count())));
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kIdleSecondsMax);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
}

void SetTrust(CURL* easy, const HttpTransportOptions& options) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");  // one configuration file; not the environment too
  if (!options.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // those roots, not the system's as well
  }
}

void SetCallbacks(CURL* easy, Exchange& exchange) {
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, MayBeSent);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &exchange);
}

}  // namespace

// Each idle handle holds its own connection; the one used last is taken first, so that the others may grow old.
class HttpTransport::Pool {
 public:
  struct CloseEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  using EasyHandle = std::unique_ptr<CURL, CloseEasy>;

  explicit Pool(size_t idle_max) : idle_max_(idle_max) {}

  EasyHandle Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      return EasyHandle(curl_easy_init());
    }
    EasyHandle easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  void GiveBack(EasyHandle easy) {
    curl_easy_reset(easy.get());  // keeps the connection
    const std::lock_guard lock(mutex_);
    if (idle_.size() < idle_max_) {
      idle_.push_back(std::move(easy));
    }
  }

 private:
  const size_t idle_max_;
  std::mutex mutex_;
  std::vector<EasyHandle> idle_;
};

HttpTransport::HttpTransport(HttpTransportOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>(options_.idle_connections_max)) {
  InitTransportOnce();
}

HttpTransport::~HttpTransport() = default;

HttpResult HttpTransport::Perform(const HttpCall& call) {
  Pool::EasyHandle easy = pool_->Take();
  if (easy == nullptr) {
    return {.failure = "libcurl does not start"};
  }
  Exchange exchange{.header_bytes_max = options_.header_bytes_max, .body_bytes_max = call.answer_bytes_max};
  const HeaderList headers = WireHeaders(call);
  char error[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(easy.get(), CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy.get(), CURLOPT_PATH_AS_IS, 1L);  // a key may hold "/../"
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "affidavit/" AFFIDAVIT_VERSION);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, error);
  SetMethodAndBody(easy.get(), call);
  SetLimits(easy.get(), options_, call);
  SetTrust(easy.get(), options_);
  SetCallbacks(easy.get(), exchange);

  const CURLcode code = curl_easy_perform(easy.get());
  HttpResult result = std::move(exchange.result);
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    result.status = static_cast<int>(status);
  } else if (result.is_too_big) {
    result.failure = "the answer is too long";
  } else {
    result.failure = error[0] != '\0' ? error : curl_easy_strerror(code);
  }
  pool_->GiveBack(std::move(easy));
  return result;
}

}  // namespace affidavit::objectstore
