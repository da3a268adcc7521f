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
  const std::chrono::milliseconds checkpoint_pause(config.checkpoint_interval_ms);
  publisher->checkpoint_loop_ = std::make_unique<ops::Loop>(
      [publisher = publisher.get(), checkpoint_pause] {
        publisher->checkpointer_.RunOnce().IgnoreError();
        return checkpoint_pause;
      },
      checkpoint_pause);
  publisher->heartbeat_loop_ = std::make_unique<ops::Loop>(
      [publisher = publisher.get()] {
        if (const absl::Status status = publisher->heartbeat_.RunOnce(); !status.ok()) {
          ops::LogWarning("no heartbeat appended", {{"code", absl::StatusCodeToString(status.code())}});
        }
        return kHeartbeatPause;
      },
      kHeartbeatPause);
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
  heartbeat_loop_.reset();
  if (checkpoint_loop_ != nullptr) {
    checkpoint_loop_.reset();
    checkpointer_.RunOnce().IgnoreError();
  }
}

}  // namespace affidavit::ledger
