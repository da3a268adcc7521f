#include "webhook-adapter/intake.h"

#include <chrono>
#include <span>
#include <utility>

#include "core/base/text.h"
#include "ops/log.h"
#include "ops/metrics.h"
#include "ops/security_journal.h"

namespace affidavit::adapter {
namespace {

double Seconds(TimePoint time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

Source MakeSource(SourceOptions options) {
  // From the start on rather than from 1970, so that a source which never says anything counts as silent since then.
  prometheus::Gauge& last_authentic_event =
      ops::GaugeOf("affidavit_adapter_last_authentic_event_timestamp_seconds",
                   "Receive time of the source's latest authentic event; this process's start before the first",
                   {{"source", options.name}});
  last_authentic_event.Set(Seconds(SystemClock().WallNow()));
  RequestCounters counters(options.name);
  return {std::move(options.name),
          SignatureVerifier(options.scheme, std::move(options.signature_header), std::move(options.secrets)), counters,
          last_authentic_event};
}

}  // namespace

Intake::Intake(std::vector<SourceOptions> sources) : unrouted_("") {
  for (SourceOptions& options : sources) {
    std::string route = options.route;
    sources_by_route_.emplace(std::move(route), MakeSource(std::move(options)));
  }
}

const Source* Intake::FindSource(std::string_view target) const {
  const auto found = sources_by_route_.find(PathOf(target));
  return found == sources_by_route_.end() ? nullptr : &found->second;
}

std::optional<Envelope> Intake::Authenticate(const Source& source, const SignatureVerifier::HeaderLookup& header,
                                             std::string body, TimePoint receive_time,
                                             std::string_view request_id) const {
  absl::StatusOr<SignatureEvidence> evidence = source.verifier.Verify(header, body, receive_time);
  if (!evidence.ok()) {
    if (const auto suppressed = limiter_.Admit("unauthorized", std::chrono::steady_clock::now())) {
      const std::initializer_list<ops::LogField> fields = {{"request_id", request_id},
                                                           {"source", source.name},
                                                           {"reason", std::string(evidence.status().message())},
                                                           {"suppressed", *suppressed}};
      ops::LogWarning("signature refused", fields);
      ops::SecurityJournal::OfProcess().Note("unauthorized", std::span<const ops::LogField>(fields));
    }
    return std::nullopt;
  }
  source.last_authentic_event.Set(Seconds(receive_time));
  return Envelope{.source = source.name,
                  .payload = std::move(body),
                  .receive_time = receive_time,
                  .signature = *std::move(evidence),
                  .provenance = "webhook",
                  .request_id = std::string(request_id)};
}

void Intake::NoteOversize(const Source& source, std::string_view request_id) const {
  ops::RaiseAlert(ops::kAlertOversizeEvent, {{"request_id", request_id}, {"source", source.name}});
}

std::vector<SigningKey> SigningKeysOf(const std::vector<SourceOptions>& sources) {
  std::vector<SigningKey> keys;
  for (const SourceOptions& source : sources) {
    for (const Secret& secret : source.secrets) {
      keys.push_back({source.name, secret.id, KeyFingerprint(secret.bytes)});
    }
  }
  return keys;
}

bool IsJsonMediaType(std::string_view content_type) {
  return EqualsIgnoreAsciiCase(TrimHttpSpace(content_type.substr(0, content_type.find(';'))), "application/json");
}

std::string_view PathOf(std::string_view target) {
  if (!target.starts_with('/')) {
    const size_t authority = target.find("://");
    if (authority == std::string_view::npos) {
      return target.substr(0, target.find('?'));
    }
    const size_t path = target.find_first_of("/?", authority + 3);
    target = path == std::string_view::npos ? std::string_view() : target.substr(path);
  }
  return target.substr(0, target.find('?'));
}

}  // namespace affidavit::adapter
