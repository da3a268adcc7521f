#include "webhook-adapter/adapter.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "ops/log.h"
#include "ops/metrics.h"
#include "webhook-adapter/grpc_ledger_client.h"

namespace affidavit::adapter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Two signs of life: one that is late is no outage.
constexpr seconds kReadyAge{10};

std::vector<SourceOptions> SourcesOf(const config::Config& config) {
  std::vector<SourceOptions> sources;
  for (const config::SourceConfig& source : config.sources) {
    sources.push_back({.name = source.name,
                       .route = source.route,
                       .scheme = source.scheme,
                       .signature_header = source.signature_header,
                       .secrets = source.secrets});
  }
  return sources;
}

GrpcLedgerClientOptions ClientOptionsOf(const config::AdapterConfig& config) {
  return {.target = config.ledger_target,
          .ca_file = config.ledger_ca_file,
          .client_certificate_file = config.ledger_client_certificate_file,
          .client_key_file = config.ledger_client_key_file};
}

Batcher::Options BatcherOptionsOf(const config::Config& config) {
  const config::AdapterConfig& adapter = config.adapter;
  Batcher::Options options;
  options.adapter_id = adapter.id;
  options.signing_keys = SigningKeysOf(SourcesOf(config));
  options.append_calls_in_flight = adapter.append_calls_in_flight;
  options.batch_count_max = adapter.batch_count_max;
  options.batch_bytes_max = adapter.batch_bytes_max;
  // A sender waits for its answer, so more than a few envelopes a connection can only be those that nobody waits for
  // any more.
  options.queue_count_max = 4 * adapter.connections_max;
  return options;
}

HttpServerOptions ServerOptionsOf(const config::AdapterConfig& config) {
  HttpServerOptions options;
  options.listen = config.listen;
  options.certificate_file = config.tls.certificate_file;
  options.key_file = config.tls.key_file;
  options.plain_http_anywhere = config.plain_http_anywhere;
  options.threads = config.threads;
  options.connections_max = config.connections_max;
  options.body_bytes_max = config.body_bytes_max;
  options.in_flight_bytes_max = config.in_flight_bytes_max;
  options.header_bytes_max = config.header_bytes_max;
  options.header_timeout = seconds(config.header_timeout_seconds);
  options.body_timeout = seconds(config.body_timeout_seconds);
  options.idle_timeout = seconds(config.idle_timeout_seconds);
  options.answer_timeout = milliseconds(config.answer_timeout_ms);
  return options;
}

}  // namespace

Adapter::Adapter(const config::Config& config)
    : drain_timeout_(config.adapter.drain_seconds), intake_(SourcesOf(config)) {}

absl::StatusOr<std::unique_ptr<Adapter>> Adapter::Start(const config::Config& config) {
  std::unique_ptr<Adapter> adapter(new Adapter(config));
  ASSIGN_OR_RETURN(adapter->client_, MakeGrpcLedgerClient(ClientOptionsOf(config.adapter)));
  Batcher::Options options = BatcherOptionsOf(config);
  options.on_fatal = [raw = adapter.get()](const absl::Status& status) {
    ops::RaiseAlert(ops::kAlertKeyFingerprintChanged, {{"error", std::string(status.message())}});
    raw->fatal_ = true;
  };
  adapter->batcher_ = std::make_unique<Batcher>(std::move(options), *adapter->client_);
  ASSIGN_OR_RETURN(adapter->server_,
                   HttpServer::Start(ServerOptionsOf(config.adapter), adapter->intake_, *adapter->batcher_));
  ASSIGN_OR_RETURN(adapter->private_http_,
                   ops::PrivateHttp::Start({.listen = config.adapter.metrics_listen, .is_ready = [raw = adapter.get()] {
                                              return !raw->draining_ && raw->batcher_->ReachedLedgerWithin(kReadyAge);
                                            }}));
  ops::LogInfo("serving", {{"listen", absl::StrJoin(adapter->server_->bound_addresses(), ",")},
                           {"metrics_port", adapter->private_http_->port()},
                           {"adapter_id", config.adapter.id},
                           {"sources", config.sources.size()}});
  return adapter;
}

void Adapter::Reload() {
  if (const absl::Status status = server_->ReloadTls(); !status.ok()) {
    ops::LogError("the old certificate stays", {{"error", std::string(status.message())}});
    return;
  }
  ops::LogInfo("certificate read again");
}

absl::Status Adapter::Health() const {
  if (fatal_) {
    return absl::FailedPreconditionError(
        "a key id is on record with another secret: give the new secret a new id, and keep the old one in the retired "
        "list");
  }
  return absl::OkStatus();
}

void Adapter::Stop() {
  const steady_clock::time_point deadline = steady_clock::now() + drain_timeout_;
  draining_ = true;
  server_->BeginDrain();
  if (!server_->WaitUntilIdle(deadline)) {
    ops::LogWarning("connections were cut off", {{"drain_seconds", drain_timeout_.count()}});
  }
  batcher_->Drain(deadline);
  private_http_.reset();
  server_.reset();
  ops::LogInfo("stopped");
}

}  // namespace affidavit::adapter
