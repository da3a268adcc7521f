// From an HTTP request's parts to an authentic envelope, or to the knowledge that it is none. Knows sources and
// signatures, and nothing of sockets. Thread-safe after construction.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/signature/verifier.h"
#include "ops/alert_limiter.h"
#include "webhook-adapter/ledger_client.h"
#include "webhook-adapter/request_counters.h"

namespace affidavit::adapter {

struct SourceOptions {
  std::string name;
  std::string route;  // "/genesys/telemetry"
  SignatureScheme scheme = SignatureScheme::kHmacSha256Hex;
  std::string signature_header;  // lower case
  std::vector<Secret> secrets;
};

// A source as requests meet it. Lives as long as its Intake.
struct Source {
  std::string name;
  SignatureVerifier verifier;
  RequestCounters counters;
  prometheus::Gauge& last_authentic_event;
};

class Intake {
 public:
  // REQUIRES: names and routes are unique (config sees to it).
  explicit Intake(std::vector<SourceOptions> sources);

  // Nullptr when no source has the route. `target` is the request target: a query is ignored, an absolute form
  // accepted.
  const Source* FindSource(std::string_view target) const;

  // Nothing unless a secret of the source made the signature; then the security log has a line that says why, without
  // any value.
  std::optional<Envelope> Authenticate(const Source& source, const SignatureVerifier::HeaderLookup& header,
                                       std::string body, TimePoint receive_time, std::string_view request_id) const;

  // A body that a source's route refuses for its size is evidence lost: raises the alert.
  void NoteOversize(const Source& source, std::string_view request_id) const;

  // Of requests that came by no source's route.
  const RequestCounters& unrouted() const { return unrouted_; }

 private:
  std::map<std::string, Source, std::less<>> sources_by_route_;
  RequestCounters unrouted_;
  mutable ops::AlertLimiter limiter_;
};

// What the ledger is told about the keys: all of them, the retired too, so that no id ever changes its secret.
std::vector<SigningKey> SigningKeysOf(const std::vector<SourceOptions>& sources);

// True iff a Content-Type's media type is application/json, whatever its case and parameters.
bool IsJsonMediaType(std::string_view content_type);

// The path of an origin-form or absolute-form request target, without its query.
std::string_view PathOf(std::string_view target);

}  // namespace affidavit::adapter
