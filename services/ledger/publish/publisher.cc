#include "services/ledger/publish/publisher.h"

#include <utility>

#include "core/base/status_macros.h"
#include "ops/log.h"

namespace affidavit::ledger {
namespace {

constexpr std::chrono::milliseconds kHeartbeatPause{500};

}  // namespace

absl::StatusOr<std::unique_ptr<Publisher>> Publisher::Start(const config::SigningConfig& config,
                                                            db::ConnectionPool* pool, AppendGate* gate,
                                                            Heartbeat::Append append_heartbeat) {
  ASSIGN_OR_RETURN(std::unique_ptr<LogSigners> signers, LogSigners::Load(config.origin, config.key_files));
  std::unique_ptr<Publisher> publisher(
      new Publisher(config, std::move(signers), pool, gate, std::move(append_heartbeat)));
  if (const absl::Status status = publisher->checkpointer_.RunOnce(); absl::IsFailedPrecondition(status)) {
    return status;
  }
  publisher->checkpoint_ticker_ =
      std::make_unique<Ticker>(std::chrono::milliseconds(config.checkpoint_interval_ms),
                               [publisher = publisher.get()] { publisher->checkpointer_.RunOnce().IgnoreError(); });
  publisher->heartbeat_ticker_ = std::make_unique<Ticker>(kHeartbeatPause, [publisher = publisher.get()] {
    if (const absl::Status status = publisher->heartbeat_.RunOnce(); !status.ok()) {
      ops::LogWarning("no heartbeat appended", {{"code", absl::StatusCodeToString(status.code())}});
    }
  });
  return publisher;
}

Publisher::Publisher(const config::SigningConfig& config, std::unique_ptr<LogSigners> signers, db::ConnectionPool* pool,
                     AppendGate* gate, Heartbeat::Append append_heartbeat)
    : signers_(std::move(signers)),
      checkpointer_({.guard_file = config.guard_file,
                     .require_witness = config.require_witness,
                     .witness_deadline = std::chrono::seconds(config.witness_deadline_seconds)},
                    signers_.get(), pool, gate),
      heartbeat_(std::chrono::seconds(config.heartbeat_seconds), pool, std::move(append_heartbeat)) {}

void Publisher::Stop() {
  heartbeat_ticker_.reset();
  if (checkpoint_ticker_ != nullptr) {
    checkpoint_ticker_.reset();
    checkpointer_.RunOnce().IgnoreError();
  }
}

}  // namespace affidavit::ledger
