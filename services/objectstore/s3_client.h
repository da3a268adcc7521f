// One bucket's requests: signed, sent, and sent again where that is sound. Thread-safe; Send blocks.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "services/objectstore/credentials.h"
#include "services/objectstore/http_transport.h"
#include "services/objectstore/s3_address.h"
#include "services/objectstore/s3_errors.h"
#include "services/objectstore/sigv4.h"

namespace affidavit::objectstore {

struct S3Request {
  std::string_view operation;  // S3's name of it, for messages
  std::string_view method;
  std::string key;  // raw, prefix included; empty: the bucket
  NameValues query;
  NameValues headers;
  std::string_view body;
  std::optional<Digest> body_sha256;  // computed when absent
  bool sends_checksum = false;        // Content-MD5 and x-amz-checksum-sha256: servers know one or the other
  bool is_repeatable = true;          // two of it are as good as one
  bool asks_for_lock = false;         // sets a retention or a hold
  size_t answer_bytes_max = 16 << 20;
};

struct S3Answer {
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string Header(const std::string& name) const;  // empty without it
};

struct S3ClientOptions {
  S3Address address;
  std::string region;
  std::chrono::milliseconds timeout{30'000};  // a request with its retries
  std::chrono::milliseconds backoff_first{100}, backoff_max{5'000};
};

class S3Client {
 public:
  // `clock` must live as long as the client.
  S3Client(S3ClientOptions options, HttpTransportOptions transport, std::unique_ptr<CredentialsProvider> credentials,
           const Clock& clock);

  // A success (2xx), or what object_store.h says of errors.
  absl::StatusOr<S3Answer> Send(const S3Request& request);

  const std::string& region() const { return options_.region; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  HttpResult SendOnce(const S3Request& request, const Credentials& credentials, Deadline deadline);
  // Drawn evenly from zero to the bound, which doubles with each attempt.
  std::chrono::milliseconds Backoff(int attempt);

  const S3ClientOptions options_;
  const Clock& clock_;
  const std::unique_ptr<CredentialsProvider> credentials_;
  HttpTransport transport_;
  std::mutex jitter_mutex_;
  std::mt19937_64 jitter_;  // protected by jitter_mutex_
};

}  // namespace affidavit::objectstore
