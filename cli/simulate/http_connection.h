// One keep-alive connection to the adapter, over libcurl. One thread's world.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/simulate/platform_signature.h"

namespace affidavit::simulate {

struct HttpTarget {
  std::string url;                            // https://…; http:// only for an adapter that is configured so
  std::string ca_file;                        // empty: the system's certificates
  std::chrono::milliseconds timeout{10'000};  // of one attempt, connecting included: where platforms give up
};

// Checks the URL and gives it the default route /genesys/telemetry when it has no path. INVALID_ARGUMENT otherwise.
absl::StatusOr<std::string> NormalizeUrl(const std::string& url);

struct HttpAnswer {
  int status = 0;  // 0: no answer, and `error` says why
  std::string body;
  std::string error;
  std::chrono::seconds retry_after{0};
  std::chrono::microseconds elapsed{};
};

class HttpConnection {
 public:
  explicit HttpConnection(const HttpTarget& target);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Posts `body` as application/json with `headers`. Connects when there is no connection.
  HttpAnswer Post(const Headers& headers, const std::string& body);

  // Connects and shakes hands, no more. UNAVAILABLE, saying why, when that fails.
  absl::Status Probe();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace affidavit::simulate
