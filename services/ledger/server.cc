#include "services/ledger/server.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "db/disposition_store.h"
#include "db/postgres_append_store.h"
#include "db/wait_for_schema.h"
#include "grpc/grpc.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "ops/log.h"
#include "ops/private_http.h"
#include "services/ledger/append/append_metrics.h"
#include "services/ledger/append/append_record.h"
#include "services/ledger/append/append_service.h"
#include "services/ledger/append/security_notices.h"
#include "services/ledger/evidence/evidence_service.h"
#include "services/ledger/governance/governance_service.h"
#include "services/ledger/governance/refresh.h"
#include "services/ledger/housekeeper.h"
#include "services/ledger/listen.h"
#include "services/ledger/publish/anchorer.h"
#include "services/ledger/publish/append_gate.h"
#include "services/ledger/publish/publisher.h"
#include "services/ledger/query/query_service.h"
#include "services/ledger/retention_board.h"

namespace affidavit::ledger {
namespace {

constexpr int kMessageBytesMax = 8 << 20;
constexpr int kThreadsMax = 64;     // a call occupies one: more calls than this at once are turned away
constexpr int kOwnConnections = 3;  // housekeeping, checkpoints, heartbeats
constexpr std::chrono::milliseconds kHeartbeatTimeMax{5'000};
constexpr std::chrono::milliseconds kActTimeMax{4'000};

// Keeps gRPC's library up for the life of the process: when its last object goes it shuts down its own threads, which
// can take ten seconds that a stopping ledger does not have.
void HoldGrpc() {
  static const bool held = (grpc_init(), true);
  static_cast<void>(held);
}

void ReportWait(const absl::Status& status) {
  ops::LogWarning("waiting for the database", {{"why", std::string(status.message())}});
}

RetentionRules RetentionOf(const config::LedgerConfig& config) {
  return {.years = config.retention_years, .excluded_days = config.excluded_retention_days};
}

AppendServiceOptions AppendOptionsOf(const config::Config& config, const AppendGate& gate,
                                     const RetentionBoard& board) {
  AppendServiceOptions options;
  for (const config::SourceConfig& source : config.sources) {
    options.admitters.emplace(source.name, Admitter(source.profile));
  }
  options.retention = RetentionOf(config.ledger);
  options.board = &board;
  options.check_gate = [&gate] { return gate.Check(); };
  return options;
}

SequencerOptions SequencerOptionsOf(const config::LedgerConfig& config, const AppendGate& gate) {
  SequencerOptions options;
  options.lane_count = config.append_lanes;
  options.queue = {.count_max = config.queue_count_max, .bytes_max = config.queue_bytes_max};
  options.lane.batch = {.count_max = config.batch_count_max, .bytes_max = config.batch_bytes_max};
  options.lane.clock_skew_max = std::chrono::seconds(config.clock_skew_seconds);
  options.lane.tree_size_min = [&gate] { return gate.tree_size_min(); };
  return options;
}

// A Unix socket is for its owner and group: who may connect may append.
class SocketUmask {
 public:
  explicit SocketUmask(bool is_unix) : is_unix_(is_unix), previous_(is_unix ? umask(S_IXUSR | S_IXGRP | S_IRWXO) : 0) {}
  ~SocketUmask() {
    if (is_unix_) {
      umask(previous_);
    }
  }
  SocketUmask(const SocketUmask&) = delete;
  SocketUmask& operator=(const SocketUmask&) = delete;

 private:
  const bool is_unix_;
  const mode_t previous_;
};

class LedgerServerImpl final : public LedgerServer {
 public:
  explicit LedgerServerImpl(const config::Config& config)
      : config_(config.ledger),
        signing_(config.signing),
        timestampers_(config.timestampers),
        witnesses_(config.witnesses),
        database_url_(config.database.url),
        pool_({.url = config.database.url}, config.ledger.query_connections + kOwnConnections),
        sequencer_(
            SequencerOptionsOf(config.ledger, gate_),
            [url = config.database.url, edge = std::make_shared<db::LogEdge>()] {
              return db::MakePostgresAppendStore({.url = url}, edge);
            },
            &metrics_),
        append_service_(AppendOptionsOf(config, gate_, board_), &sequencer_, &pool_, &adapters_,
                        [this] { return IsReady(); }),
        query_service_(&pool_, QueryOptions(config.facts)),
        governance_service_({.retention_years = config.ledger.retention_years,
                             .retention_years_max = config.retention.max_years,
                             .append = [this](const GovernanceRecord& record) { return AppendAct(record); }},
                            &pool_, &board_) {}

  ~LedgerServerImpl() override { StopWithin(std::chrono::milliseconds(0)); }

  // Before Listen: nothing is appended to a log that does not extend what was signed.
  absl::Status StartPublishing() {
    if (!IsSigning()) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(publisher_, Publisher::Start(signing_, &pool_, &gate_, [this](const HeartbeatRecord& heartbeat) {
                       return AppendHeartbeat(heartbeat);
                     }));
    ASSIGN_OR_RETURN(anchorer_,
                     Anchorer::Start(AnchorerOptionsOf(signing_), timestampers_, witnesses_, {.url = database_url_}));
    return absl::OkStatus();
  }

  // Before Listen too: the first entry is kept as long as the log's policies say.
  absl::Status ReadGovernance() { return RefreshGovernance(pool_, board_); }

  absl::Status Listen(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
    ASSIGN_OR_RETURN(private_http_, ops::PrivateHttp::Start(
                                        {.listen = config_.metrics_listen, .is_ready = [this] { return IsReady(); }}));
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(config_.listen, credentials, &port);
    builder.RegisterService(&append_service_);
    builder.RegisterService(&query_service_);
    builder.RegisterService(&governance_service_);
    evidence_service_ = std::make_unique<EvidenceService>(EvidenceOptions(), &pool_);
    builder.RegisterService(evidence_service_.get());
    builder.SetMaxReceiveMessageSize(kMessageBytesMax);
    builder.SetMaxSendMessageSize(kEvidenceMessageBytesMax);
    builder.SetResourceQuota(grpc::ResourceQuota("ledger").SetMaxThreads(kThreadsMax));
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second ledger on this address is a mistake
    const bool is_unix = config_.listen.starts_with("unix:");
    {
      const SocketUmask socket_umask(is_unix);
      server_ = builder.BuildAndStart();
    }
    if (server_ == nullptr || (!is_unix && port == 0)) {
      return absl::FailedPreconditionError(absl::StrCat("cannot listen on ", config_.listen));
    }
    server_->GetHealthCheckService()->SetServingStatus(false);  // until the housekeeper has seen the store
    listen_ = is_unix ? config_.listen : absl::StrCat(config_.listen.substr(0, config_.listen.rfind(':')), ":", port);
    housekeeper_ = std::make_unique<Housekeeper>(
        &pool_,
        [this](db::ConnectionPool& pool) {
          absl::Status status = adapters_.Flush(pool);
          status.Update(RefreshGovernance(pool, board_));
          status.Update(WriteSecurityEvents(pool));
          return status;
        },
        [this](bool ready) { server_->GetHealthCheckService()->SetServingStatus(ready && !stopping_); });
    started_housekeeper_ = housekeeper_.get();
    ops::LogInfo("serving", {{"listen", listen_}, {"metrics_port", metrics_port()}});
    return absl::OkStatus();
  }

  void Stop() override { StopWithin(std::chrono::seconds(config_.drain_seconds)); }
  const std::string& listen() const override { return listen_; }
  int metrics_port() const override { return private_http_->port(); }

 private:
  bool IsReady() const {
    const Housekeeper* housekeeper = started_housekeeper_;
    return !stopping_ && housekeeper != nullptr && housekeeper->IsReady() && gate_.Check().ok();
  }

  bool IsSigning() const { return !signing_.key_files.empty(); }

  QueryServiceOptions QueryOptions(const config::FactsConfig& facts) {
    QueryServiceOptions options;
    options.version = AFFIDAVIT_VERSION;
    if (IsSigning()) {
      options.check_gate = [this] { return gate_.Check(); };
    }
    options.subject_key = facts.subject_key;
    options.drift_threshold_ms = facts.drift_threshold_ms;
    return options;
  }

  EvidenceServiceOptions EvidenceOptions() {
    EvidenceServiceOptions options;
    options.checkpoint_interval = std::chrono::milliseconds(signing_.checkpoint_interval_ms);
    if (publisher_ != nullptr) {
      options.verifier_keys = publisher_->signers().VerifierKeys();
    }
    // Proofs need no witness and no appends, but a log that is the one which was signed.
    options.check_log = [this] {
      const absl::Status gate = gate_.Check();
      return absl::IsFailedPrecondition(gate) ? gate : absl::OkStatus();
    };
    return options;
  }

  // Who would keep more than a disposition that is under way has chosen to keep waits until that is done.
  absl::Status AppendAct(const GovernanceRecord& act) {
    RETURN_IF_ERROR(gate_.Check());
    return pool_.Transact([&](db::Transaction& transaction) {
      return db::KeepDispositionsOut(transaction) ? AppendActNow(act)
                                                  : absl::AbortedError("payloads are being disposed of");
    });
  }

  absl::Status AppendActNow(const GovernanceRecord& act) {
    RetentionRules retention = RetentionOf(config_);
    retention.policies = board_.policies();
    return AppendRecord({.kind = EntryKind::kGovernance,
                         .source = "affidavit",
                         .idempotency_key = act.idempotency_key,
                         .payload = act.payload,
                         .event_type = act.event_type},
                        retention, kActTimeMax, sequencer_)
        .status();
  }

  absl::Status AppendHeartbeat(const HeartbeatRecord& heartbeat) {
    RETURN_IF_ERROR(gate_.Check());
    return AppendRecord({.kind = EntryKind::kHeartbeat,
                         .source = "affidavit",
                         .idempotency_key = heartbeat.idempotency_key,
                         .payload = heartbeat.payload,
                         .event_type = "log:heartbeat",
                         .channel = {},
                         .message_id = {},
                         .correlation_id = {},
                         .has_event_time = true,
                         .event_time = heartbeat.time},
                        RetentionOf(config_), kHeartbeatTimeMax, sequencer_)
        .status();
  }

  void StopWithin(std::chrono::milliseconds drain_time) {
    if (stopping_.exchange(true)) {
      return;
    }
    const auto deadline = std::chrono::steady_clock::now() + drain_time;
    if (server_ != nullptr) {
      server_->GetHealthCheckService()->Shutdown();
      evidence_service_->Stop();
      // Calls in flight wait for the sequencer, which still runs: they end with their answers.
      server_->Shutdown(std::chrono::system_clock::now() + drain_time);
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    sequencer_.Stop(std::max(left, std::chrono::milliseconds(0)));
    if (anchorer_ != nullptr) {
      anchorer_->Stop();
    }
    if (publisher_ != nullptr) {
      publisher_->Stop();
    }
    if (housekeeper_ != nullptr) {
      housekeeper_->Stop();
    }
  }

  const config::LedgerConfig config_;
  const config::SigningConfig signing_;
  const std::vector<config::TimestamperConfig> timestampers_;
  const std::vector<config::WitnessConfig> witnesses_;
  const std::string database_url_;
  std::atomic<bool> stopping_ = false;
  // In order of construction: each uses only what stands above it.
  db::ConnectionPool pool_;
  AppendMetrics metrics_;
  AppendGate gate_;
  AdapterRegistry adapters_;
  RetentionBoard board_;
  Sequencer sequencer_;
  AppendService append_service_;
  QueryService query_service_;
  GovernanceService governance_service_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Anchorer> anchorer_;
  std::unique_ptr<EvidenceService> evidence_service_;
  std::string listen_;
  // Outlives the threads that ask for readiness; its own thread is stopped before the server goes.
  std::unique_ptr<Housekeeper> housekeeper_;
  std::atomic<const Housekeeper*> started_housekeeper_ = nullptr;
  std::unique_ptr<ops::PrivateHttp> private_http_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LedgerServer>> LedgerServer::Start(const config::Config& config,
                                                                  const Interrupted& interrupted,
                                                                  std::chrono::milliseconds store_wait_max) {
  HoldGrpc();
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ServerCredentials> credentials, MakeServerCredentials(config.ledger));
  RETURN_IF_ERROR(db::WaitForSchema({.url = config.database.url}, store_wait_max, interrupted, ReportWait));
  auto server = std::make_unique<LedgerServerImpl>(config);
  RETURN_IF_ERROR(server->ReadGovernance());
  RETURN_IF_ERROR(server->StartPublishing());
  RETURN_IF_ERROR(server->Listen(credentials));
  return server;
}

}  // namespace affidavit::ledger
