// POSTs to people outside, over libcurl: certificates are verified, no redirects, no proxies, http and https only,
// every call within a deadline and every answer within a bound. Keeps its connection alive. One thread's world but for
// Cancel.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace affidavit::ledger {

struct HttpClientOptions {
  std::chrono::milliseconds timeout{10'000};  // of a call, connecting included
  size_t answer_bytes_max = 64 << 10;
};

struct HttpPost {
  std::string url;
  std::string content_type;
  std::string body;
};

struct HttpAnswer {
  int status = 0;
  std::string content_type;  // without parameters, in lower case; empty when there is none
  std::string body;
};

class HttpClient {
 public:
  explicit HttpClient(const HttpClientOptions& options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any answer, whatever its status. UNAVAILABLE, saying why, when there is none; CANCELLED after Cancel.
  absl::StatusOr<HttpAnswer> Post(const HttpPost& post);

  // Ends the call that is under way, within a second, and every later one. From any thread.
  void Cancel() { cancelled_ = true; }

 private:
  struct State;
  std::atomic<bool> cancelled_ = false;
  const std::unique_ptr<State> state_;
};

}  // namespace affidavit::ledger
