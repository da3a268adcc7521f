#include "config/sections.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "core/base/text.h"

namespace affidavit::config {
namespace {

constexpr int64_t kKiB = 1 << 10;
constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kGiB = 1 << 30;
constexpr int64_t kDayS = 86'400;

// The command line's own: where the ledger is, not a key of section ledger.
constexpr std::array<std::string_view, 1> kForeignVariables = {"AFFIDAVIT_LEDGER_TARGET"};

std::vector<Field> LedgerFields(LedgerConfig& ledger) {
  return {
      {"listen", &ledger.listen, Shape::kListenOrUnix},
      {"metrics_listen", &ledger.metrics_listen, Shape::kListen},
      {"tls_certificate_file", &ledger.tls.certificate_file, Shape::kFile},
      {"tls_key_file", &ledger.tls.key_file, Shape::kFile},
      {"tls_client_ca_file", &ledger.tls.client_ca_file, Shape::kFile},
      {"append_lanes", &ledger.append_lanes, 1, 16},
      {"batch_count_max", &ledger.batch_count_max, 1, 4096},
      {"batch_bytes_max", &ledger.batch_bytes_max, kMiB, 64 * kMiB},
      {"queue_count_max", &ledger.queue_count_max, 1, 1 << 20},
      {"queue_bytes_max", &ledger.queue_bytes_max, kMiB, 16 * kGiB},
      {"query_connections", &ledger.query_connections, 1, 64},
      {"retention_years", &ledger.retention_years, 1, 100},
      {"excluded_retention_days", &ledger.excluded_retention_days, 1, 36'500},
      {"clock_skew_seconds", &ledger.clock_skew_seconds, 1, 300},
      {"drain_seconds", &ledger.drain_seconds, 1, 300},
  };
}

std::vector<Field> SigningFields(SigningConfig& signing) {
  constexpr int64_t kKeysMax = 8;
  return {
      {"origin", &signing.origin, Shape::kLogName},
      {"key_files", &signing.key_files, Shape::kFile, 0, kKeysMax},
      {"guard_file", &signing.guard_file, Shape::kFile},
      {"checkpoint_interval_ms", &signing.checkpoint_interval_ms, 10, 60'000},
      {"heartbeat_seconds", &signing.heartbeat_seconds, 1, kDayS},
      {"require_witness", &signing.require_witness},
      {"witness_deadline_seconds", &signing.witness_deadline_seconds, 1, kDayS},
      {"anchor_interval_seconds", &signing.anchor_interval_seconds, 1, kDayS},
  };
}

std::vector<Field> AdapterFields(AdapterConfig& adapter) {
  return {
      {"id", &adapter.id, Shape::kName},
      {"listen", &adapter.listen, Shape::kListen, 1, 16},
      {"metrics_listen", &adapter.metrics_listen, Shape::kListen},
      {"tls_certificate_file", &adapter.tls.certificate_file, Shape::kFile},
      {"tls_key_file", &adapter.tls.key_file, Shape::kFile},
      {"plain_http", &adapter.plain_http},
      {"plain_http_anywhere", &adapter.plain_http_anywhere},
      {"ledger_target", &adapter.ledger_target, Shape::kTarget},
      {"ledger_ca_file", &adapter.ledger_ca_file, Shape::kFile},
      {"ledger_client_certificate_file", &adapter.ledger_client_certificate_file, Shape::kFile},
      {"ledger_client_key_file", &adapter.ledger_client_key_file, Shape::kFile},
      {"threads", &adapter.threads, 1, 64},
      {"connections_max", &adapter.connections_max, 1, 1 << 17},
      {"body_bytes_max", &adapter.body_bytes_max, kKiB, 3 * kMiB},
      {"in_flight_bytes_max", &adapter.in_flight_bytes_max, kMiB, 64 * kGiB},
      {"header_bytes_max", &adapter.header_bytes_max, kKiB, 64 * kKiB},
      {"header_timeout_seconds", &adapter.header_timeout_seconds, 1, 300},
      {"body_timeout_seconds", &adapter.body_timeout_seconds, 1, 300},
      {"idle_timeout_seconds", &adapter.idle_timeout_seconds, 1, 3600},
      {"answer_timeout_ms", &adapter.answer_timeout_ms, 100, 9000},
      {"append_calls_in_flight", &adapter.append_calls_in_flight, 1, 16},
      {"batch_count_max", &adapter.batch_count_max, 1, 4096},
      // 512 KiB below gRPC's limit of 4 MiB, for what a message holds beside bodies.
      {"batch_bytes_max", &adapter.batch_bytes_max, kKiB, 3 * kMiB + kMiB / 2},
      {"drain_seconds", &adapter.drain_seconds, 1, 300},
  };
}

std::vector<Field> ObjectStoreFields(ObjectStoreConfig& store) {
  return {
      {"kind", &store.kind, Shape::kStoreKind},
      {"directory", &store.directory, Shape::kFile},
      {"endpoint", &store.endpoint, Shape::kUrl},
      {"region", &store.region, Shape::kName},
      {"bucket", &store.bucket, Shape::kBucket},
      {"prefix", &store.prefix, Shape::kKeyPrefix},
      {"path_style", &store.path_style},
      {"ca_file", &store.ca_file, Shape::kFile},
      {"access_key_id", &store.access_key_id, Shape::kText},
      {"secret_access_key_file", &store.secret_access_key_file, Shape::kFile},
      {"session_token_file", &store.session_token_file, Shape::kFile},
      {"credentials_file", &store.credentials_file, Shape::kFile},
      {"profile", &store.profile, Shape::kText},
      {"credentials_command", &store.credentials_command, Shape::kText},
      {"timeout_seconds", &store.timeout_seconds, 1, 300},
  };
}

std::vector<Field> WorkerFields(WorkerConfig& worker) {
  return {
      {"id", &worker.id, Shape::kName},
      {"metrics_listen", &worker.metrics_listen, Shape::kListen},
      {"ledger_target", &worker.ledger_target, Shape::kTarget},
      {"ledger_ca_file", &worker.ledger_ca_file, Shape::kFile},
      {"ledger_client_certificate_file", &worker.ledger_client_certificate_file, Shape::kFile},
      {"ledger_client_key_file", &worker.ledger_client_key_file, Shape::kFile},
      {"drain_seconds", &worker.drain_seconds, 1, 300},
  };
}

std::vector<Field> MirrorFields(MirrorConfig& mirror) {
  return {
      {"enabled", &mirror.enabled},
      {"verify_existing", &mirror.verify_existing},
      {"concurrency", &mirror.concurrency, 1, 256},
      {"poll_interval_ms", &mirror.poll_interval_ms, 10, 60'000},
      {"log_interval_seconds", &mirror.log_interval_seconds, 1, kDayS},
      {"sweep_interval_seconds", &mirror.sweep_interval_seconds, 1, kDayS},
      {"lag_alert_seconds", &mirror.lag_alert_seconds, 1, 30 * kDayS},
  };
}

std::vector<Field> FactsFields(FactsConfig& facts) {
  return {
      {"enabled", &facts.enabled},
      {"poll_interval_ms", &facts.poll_interval_ms, 10, 60'000},
      {"subject_key_file", &facts.subject_key_file, Shape::kFile},
      {"drift_threshold_ms", &facts.drift_threshold_ms, 1, kDayS * 1'000},
  };
}

std::vector<Field> TimeoutsFields(TimeoutsConfig& timeouts) {
  return {
      {"enabled", &timeouts.enabled},
      {"threshold_seconds", &timeouts.threshold_seconds, 1, 30 * kDayS},
      {"channels", &timeouts.channels},
      {"adapter_silence_seconds", &timeouts.adapter_silence_seconds, 1, kDayS},
      {"adapter_grace_seconds", &timeouts.adapter_grace_seconds, 0, 300},
      {"poll_interval_ms", &timeouts.poll_interval_ms, 10, 60'000},
  };
}

bool IsForeign(std::string_view variable) {
  return std::find(kForeignVariables.begin(), kForeignVariables.end(), variable) != kForeignVariables.end();
}

}  // namespace

std::vector<Section> SectionsOf(Config& config) {
  return {
      {"log", {{"level", &config.log.level, Shape::kLogLevel}}},
      {"database",
       {{"url", &config.database.url, Shape::kText}, {"url_file", &config.database.url_file, Shape::kFile}}},
      {"ledger", LedgerFields(config.ledger)},
      {"retention", {{"max_years", &config.retention.max_years, 1, 100}}},
      {"signing", SigningFields(config.signing)},
      {"adapter", AdapterFields(config.adapter)},
      {"object_store", ObjectStoreFields(config.object_store)},
      {"worker", WorkerFields(config.worker)},
      {"mirror", MirrorFields(config.mirror)},
      {"facts", FactsFields(config.facts)},
      {"timeouts", TimeoutsFields(config.timeouts)},
  };
}

std::string VariableOf(std::string_view section, std::string_view key) {
  return absl::AsciiStrToUpper(Concat({"AFFIDAVIT_", section, "_", key}));
}

std::vector<std::string> UnknownVariables(const std::vector<std::string>& names) {
  Config config;
  const std::vector<Section> sections = SectionsOf(config);
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    for (const Section& section : sections) {
      const auto overrides = [&](const Field& field) { return VariableOf(section.name, field.name) == name; };
      if (name.starts_with(VariableOf(section.name, "")) && !IsForeign(name) &&
          std::none_of(section.fields.begin(), section.fields.end(), overrides)) {
        unknown.push_back(name);
      }
    }
  }
  return unknown;
}

}  // namespace affidavit::config
