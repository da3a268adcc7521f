// Anchors the log outside: every witness cosigns the newest checkpoint, every timestamper dates one now and then. One
// thread and one HTTP connection each, connections to the database of its own: neither appends nor checkpoints ever
// wait for it. Of all ledgers on a database one anchors, by a session's advisory lock; should two overlap, storing an
// anchor twice does nothing. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "db/connection.h"
#include "db/connection_pool.h"
#include "services/ledger/publish/anchor_loop.h"
#include "services/ledger/publish/http_client.h"
#include "services/ledger/publish/timestamper.h"
#include "services/ledger/publish/witness_client.h"

namespace affidavit::ledger {

// The right to anchor: a session of its own that holds the advisory lock. Thread-safe.
class AnchorLock {
 public:
  explicit AnchorLock(db::ConnectionOptions options) : options_(std::move(options)) {}

  // True while this process has it; false while another has. UNAVAILABLE when the database does not answer.
  absl::StatusOr<bool> Hold();

 private:
  const db::ConnectionOptions options_;
  std::mutex mutex_;
  std::unique_ptr<db::Connection> connection_;  // guarded by mutex_, as is the next
  bool holds_ = false;
};

struct AnchorerOptions {
  AnchorPace pace;
  std::chrono::milliseconds timestamp_interval{60'000};
  HttpClientOptions http;
};

AnchorerOptions AnchorerOptionsOf(const config::SigningConfig& config);

class Anchorer {
 public:
  // Null when there is nobody to ask. INVALID_ARGUMENT, naming the target, when a CA file or a vkey is none.
  static absl::StatusOr<std::unique_ptr<Anchorer>> Start(const AnchorerOptions& options,
                                                         const std::vector<config::TimestamperConfig>& timestampers,
                                                         const std::vector<config::WitnessConfig>& witnesses,
                                                         const db::ConnectionOptions& database);
  ~Anchorer() { Stop(); }
  Anchorer(const Anchorer&) = delete;
  Anchorer& operator=(const Anchorer&) = delete;

  // Cuts off what is under way.
  void Stop();

 private:
  struct Target;
  Anchorer(const AnchorerOptions& options, const db::ConnectionOptions& database);

  void Add(Timestamper timestamper);
  void Add(const config::WitnessConfig& witness, const VerifierKey& key);
  HttpClient* NewClient();

  using IsAnchored = std::function<bool(db::Transaction&, const db::StoredCheckpoint&)>;
  absl::StatusOr<std::optional<db::StoredCheckpoint>> Find(const IsAnchored& is_anchored);
  absl::StatusOr<std::vector<Digest>> Prove(uint64_t size1, uint64_t size2);

  const AnchorerOptions options_;
  db::ConnectionPool pool_;
  AnchorLock lock_;
  // Each of them one loop's; built before it, gone after it.
  std::vector<std::unique_ptr<HttpClient>> clients_;
  std::vector<std::unique_ptr<WitnessClient>> witnesses_;
  std::vector<AnchorTarget> targets_;
  std::vector<std::unique_ptr<AnchorLoop>> loops_;
};

}  // namespace affidavit::ledger
