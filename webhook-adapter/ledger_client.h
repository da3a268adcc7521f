// The adapter's view of the ledger: plain structs, no gRPC, so that the batcher runs under ThreadSanitizer and tests
// can put a faulty ledger in its place.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/envelope/leaf.h"

namespace affidavit::adapter {

// One authentic event on its way to the ledger.
struct Envelope {
  std::string source;
  std::string payload;     // the raw body
  TimePoint receive_time;  // when its last byte had arrived
  SignatureEvidence signature;
  std::string provenance = "webhook";
  std::string request_id;
};

// A key that this adapter verifies with, by its fingerprint: the ledger never sees secrets.
struct SigningKey {
  std::string source;
  std::string key_id;
  std::string key_fingerprint;  // 8 raw bytes
};

enum class AppendOutcome { kAccepted, kDuplicate, kConflict, kExcluded, kQuarantined, kRefused };

struct AppendResult {
  AppendOutcome outcome = AppendOutcome::kRefused;
  std::string event_id;  // empty for what is quarantined
  Digest payload_sha256{};
  int64_t leaf_index = 0;
  std::string reason;  // why excluded, quarantined or refused ("CLOCK_SKEW"); never payload data
};

struct AppendCall {
  std::string_view adapter_id;
  std::span<const SigningKey> signing_keys;
  // May be empty: a sign of life. The payloads are lent: moved away during the call, back in place when it returns.
  std::span<Envelope* const> envelopes;
};

// Thread-safe.
class LedgerClient {
 public:
  virtual ~LedgerClient() = default;

  // One result per envelope, in order; what a result calls stored is durable. Blocks until `deadline` at the latest.
  // Repeats safely. Errors carry their ErrorInfo reason (ErrorReasonOf).
  virtual absl::StatusOr<std::vector<AppendResult>> AppendEnvelopes(const AppendCall& call,
                                                                    std::chrono::steady_clock::time_point deadline) = 0;
};

inline constexpr std::string_view kKeyFingerprintChanged = "KEY_FINGERPRINT_CHANGED";
inline constexpr const char* kErrorReasonUrl = "affidavit.v1/ErrorReason";  // of the payload in an absl::Status

inline absl::Status WithErrorReason(absl::Status status, std::string_view reason) {
  status.SetPayload(kErrorReasonUrl, absl::Cord(std::string(reason)));
  return status;
}

// Empty when it has none.
inline std::string ErrorReasonOf(const absl::Status& status) {
  const auto reason = status.GetPayload(kErrorReasonUrl);
  return reason.has_value() ? std::string(*reason) : std::string();
}

}  // namespace affidavit::adapter
