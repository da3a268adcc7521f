// The adapter put together: sources, batcher, ledger client, HTTPS server and private port, from one configuration.
#pragma once

#include <atomic>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "config/config.h"
#include "ops/private_http.h"
#include "webhook-adapter/batcher.h"
#include "webhook-adapter/http_server.h"
#include "webhook-adapter/intake.h"
#include "webhook-adapter/ledger_client.h"

namespace affidavit::adapter {

class Adapter {
 public:
  // Serves when it returns, and says so in the log with what it is bound to. INVALID_ARGUMENT for what the
  // configuration says, FAILED_PRECONDITION when an address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Adapter>> Start(const config::Config& config);

  // Reads the certificate again; a bad one is logged and the old one kept.
  void Reload();

  // OK until the ledger says that going on would do harm. Any thread.
  absl::Status Health() const;

  // Refuses what is new, answers what is in flight, then ends. Within about drain_seconds.
  void Stop();

 private:
  explicit Adapter(const config::Config& config);

  std::chrono::seconds drain_timeout_;
  Intake intake_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> fatal_{false};
  std::unique_ptr<LedgerClient> client_;
  std::unique_ptr<HttpServer> server_;  // ends after batcher_: results are posted to its threads
  std::unique_ptr<Batcher> batcher_;
  std::unique_ptr<ops::PrivateHttp> private_http_;
};

}  // namespace affidavit::adapter
