// The publishing side of a ledger: checkpoints at their pace and heartbeats at theirs, each on a thread of its own.
// Thread-safe.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "ops/loop.h"
#include "services/ledger/publish/checkpointer.h"
#include "services/ledger/publish/heartbeat.h"

namespace affidavit::ledger {

class Publisher {
 public:
  // Looks at the log once before it returns, so that the gate is right before anyone can append. FAILED_PRECONDITION
  // when keys, guard file and database do not belong together. A database out of reach is no error: the gate stays
  // closed until it answers. REQUIRES: key files; `pool` and `gate` outlive it.
  static absl::StatusOr<std::unique_ptr<Publisher>> Start(const config::SigningConfig& config, db::ConnectionPool* pool,
                                                          AppendGate* gate, Heartbeat::Append append_heartbeat);
  ~Publisher() { Stop(); }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // No heartbeat after it, and a last checkpoint over what has been appended. Call it once nothing is appended anymore.
  void Stop();

  const LogSigners& signers() const { return *signers_; }

 private:
  Publisher(const config::SigningConfig& config, std::unique_ptr<LogSigners> signers, db::ConnectionPool* pool,
            AppendGate* gate, Heartbeat::Append append_heartbeat);

  const std::unique_ptr<LogSigners> signers_;
  Checkpointer checkpointer_;  // its loop's, and the constructing and stopping thread's while that does not run
  Heartbeat heartbeat_;        // its loop's
  std::unique_ptr<ops::Loop> heartbeat_loop_;
  std::unique_ptr<ops::Loop> checkpoint_loop_;
};

}  // namespace affidavit::ledger
