#include "services/objectstore/s3_client.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <thread>

#include "core/base/encoding.h"
#include "core/base/text.h"

namespace affidavit::objectstore {
namespace {

using std::chrono::milliseconds;

// Nothing where MD5 is switched off (FIPS): the SHA-256 that goes along has to do there.
std::optional<std::string> ContentMd5(std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  size_t size = 0;
  if (EVP_Q_digest(nullptr, "MD5", nullptr, body.data(), body.size(), digest.data(), &size) != 1) {
    return std::nullopt;
  }
  return Base64Encode({reinterpret_cast<const char*>(digest.data()), size});
}

// What is over by then is not worth starting; and one hanging connection must leave time for another try.
milliseconds AttemptTimeout(std::chrono::steady_clock::duration left) {
  const auto left_ms = std::chrono::ceil<milliseconds>(left);
  return left_ms > milliseconds(2'000) ? left_ms / 2 : left_ms;
}

}  // namespace

std::string S3Answer::Header(const std::string& name) const {
  const auto at = headers.find(name);
  return at == headers.end() ? "" : at->second;
}

S3Client::S3Client(S3ClientOptions options, HttpTransportOptions transport,
                   std::unique_ptr<CredentialsProvider> credentials, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      credentials_(std::move(credentials)),
      transport_(std::move(transport)),
      jitter_(std::random_device()()) {}

HttpResult S3Client::SendOnce(const S3Request& request, const Credentials& credentials, Deadline deadline) {
  const TimePoint now = clock_.WallNow();
  const Digest digest = request.body_sha256.has_value() ? *request.body_sha256 : Sha256(request.body);
  const std::string payload_hash = HexEncode(AsBytes(digest));
  const std::string path = PathOf(options_.address, request.key);

  NameValues headers = request.headers;
  headers.emplace_back("Host", options_.address.host);
  headers.emplace_back("x-amz-content-sha256", payload_hash);
  headers.emplace_back("x-amz-date", AmzDate(now));
  if (!credentials.session_token.empty()) {
    headers.emplace_back("x-amz-security-token", credentials.session_token);
  }
  if (request.sends_checksum) {
    headers.emplace_back("x-amz-checksum-sha256", Base64Encode(AsBytes(digest)));
    if (std::optional<std::string> md5 = ContentMd5(request.body); md5.has_value()) {
      headers.emplace_back("Content-MD5", *std::move(md5));
    }
  }
  const SigningScope scope{.access_key_id = credentials.access_key_id,
                           .secret_access_key = credentials.secret_access_key,
                           .region = options_.region,
                           .time = now};
  const SignableRequest signable{
      .method = request.method, .path = path, .query = request.query, .headers = headers, .payload_hash = payload_hash};
  headers.emplace_back("Authorization", Authorization(signable, scope));

  std::string url = options_.address.origin + UriEncode(path, Slashes::kKeep);
  if (!request.query.empty()) {
    url += "?" + CanonicalQuery(request.query);
  }
  return transport_.Perform({.method = request.method,
                             .url = std::move(url),
                             .headers = std::move(headers),
                             .body = request.body,
                             .answer_bytes_max = request.answer_bytes_max,
                             .timeout = AttemptTimeout(deadline - std::chrono::steady_clock::now())});
}

milliseconds S3Client::Backoff(int attempt) {
  milliseconds bound = options_.backoff_first;
  for (int i = 0; i < attempt && bound < options_.backoff_max; ++i) {
    bound *= 2;
  }
  const std::lock_guard lock(jitter_mutex_);
  return milliseconds(
      std::uniform_int_distribution<int64_t>(0, std::min(bound, options_.backoff_max).count())(jitter_));
}

absl::StatusOr<S3Answer> S3Client::Send(const S3Request& request) {
  const Deadline deadline = std::chrono::steady_clock::now() + options_.timeout;
  bool may_renew = true;
  for (int attempt = 0;; ++attempt) {
    absl::StatusOr<Credentials> credentials = credentials_->Get();
    if (!credentials.ok()) {
      return std::move(credentials).status();
    }
    HttpResult result = SendOnce(request, *credentials, deadline);
    if (result.status >= 200 && result.status < 300) {
      return S3Answer{.headers = std::move(result.headers), .body = std::move(result.body)};
    }
    const S3Fault fault = ExplainFault(request.operation, request.asks_for_lock, result);
    if (fault.blames_credentials && may_renew) {
      credentials_->Refused(*credentials);
      may_renew = false;
      continue;
    }
    const bool is_repeatable = fault.repetition == Repetition::kSurelyNotDone ||
                               (fault.repetition == Repetition::kPerhapsDone && request.is_repeatable);
    const milliseconds pause = std::max<milliseconds>(Backoff(attempt), fault.retry_after);
    if (!is_repeatable || std::chrono::steady_clock::now() + pause >= deadline) {
      return fault.status;
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace affidavit::objectstore
