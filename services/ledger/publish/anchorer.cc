#include "services/ledger/publish/anchorer.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/merkle/proof.h"
#include "db/anchoring.h"
#include "db/log_store.h"
#include "ops/log.h"

namespace affidavit::ledger {
namespace {

constexpr int kConnectionCountMax = 2;
constexpr std::chrono::milliseconds kConnectionWaitMax{5'000};

absl::StatusOr<std::string> ReadCaFile(const config::TimestamperConfig& timestamper) {
  std::ifstream file(timestamper.ca_file, std::ios::binary);
  std::string pem{std::istreambuf_iterator<char>(file), {}};
  if (!file || pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return absl::InvalidArgumentError(
        Concat({"timestamper ", timestamper.name, ": no certificates in ", timestamper.ca_file}));
  }
  return pem;
}

absl::StatusOr<VerifierKey> ParseWitnessKey(const config::WitnessConfig& witness) {
  absl::StatusOr<VerifierKey> key = ParseVerifierKey(witness.vkey);
  if (!key.ok() || key->type != KeyType::kCosignatureV1) {
    return absl::InvalidArgumentError(Concat({"witness at ", witness.url, ": its vkey is no cosigner's"}));
  }
  return key;
}

}  // namespace

absl::StatusOr<bool> AnchorLock::Hold() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (connection_ != nullptr && !connection_->IsOpen()) {
    connection_.reset();  // and the lock went with it
    holds_ = false;
  }
  if (connection_ == nullptr) {
    ASSIGN_OR_RETURN(connection_, db::Connection::Open(options_));
  }
  const bool held = holds_;
  const absl::Status status = connection_->Transact([this](db::Transaction& transaction) {
    // A session that holds the lock and still answers still holds it.
    holds_ = holds_ ? db::IsAlive(transaction) : db::TryLockAnchoring(transaction);
    return absl::OkStatus();
  });
  if (!status.ok()) {
    connection_.reset();
    holds_ = false;
    return status;
  }
  if (holds_ && !held) {
    ops::LogInfo("anchoring checkpoints");
  }
  return holds_;
}

AnchorerOptions AnchorerOptionsOf(const config::SigningConfig& config) {
  AnchorerOptions options;
  options.pace.pause = std::chrono::milliseconds(config.checkpoint_interval_ms);
  options.timestamp_interval = std::chrono::seconds(config.anchor_interval_seconds);
  return options;
}

absl::StatusOr<std::unique_ptr<Anchorer>> Anchorer::Start(const AnchorerOptions& options,
                                                          const std::vector<config::TimestamperConfig>& timestampers,
                                                          const std::vector<config::WitnessConfig>& witnesses,
                                                          const db::ConnectionOptions& database) {
  if (timestampers.empty() && witnesses.empty()) {
    return std::unique_ptr<Anchorer>();
  }
  std::unique_ptr<Anchorer> anchorer(new Anchorer(options, database));
  for (const config::TimestamperConfig& timestamper : timestampers) {
    ASSIGN_OR_RETURN(std::string ca_pem, ReadCaFile(timestamper));
    anchorer->Add({.name = timestamper.name, .url = timestamper.url, .ca_pem = std::move(ca_pem)});
  }
  for (const config::WitnessConfig& witness : witnesses) {
    ASSIGN_OR_RETURN(const VerifierKey key, ParseWitnessKey(witness));
    anchorer->Add(witness, key);
  }
  for (AnchorTarget& target : anchorer->targets_) {
    anchorer->loops_.push_back(std::make_unique<AnchorLoop>(std::move(target), options.pace));
  }
  return anchorer;
}

Anchorer::Anchorer(const AnchorerOptions& options, const db::ConnectionOptions& database)
    : options_(options), pool_(database, kConnectionCountMax), lock_(database) {}

void Anchorer::Stop() {
  for (const std::unique_ptr<HttpClient>& client : clients_) {
    client->Cancel();
  }
  loops_.clear();
}

HttpClient* Anchorer::NewClient() {
  return clients_.emplace_back(std::make_unique<HttpClient>(options_.http)).get();
}

void Anchorer::Add(Timestamper timestamper) {
  AnchorTarget target{.name = Concat({"timestamper/", timestamper.name}),
                      .find = nullptr,
                      .anchor = nullptr,
                      .interval = options_.timestamp_interval};
  target.find = [this, name = timestamper.name] {
    return Find([&name](db::Transaction& transaction, const db::StoredCheckpoint& checkpoint) {
      const auto stored = db::ReadTimestamps(transaction, checkpoint.origin, checkpoint.tree_size);
      return std::any_of(stored.begin(), stored.end(), [&name](const auto& each) { return each.authority == name; });
    });
  };
  target.anchor = [this, timestamper = std::move(timestamper),
                   http = NewClient()](const db::StoredCheckpoint& checkpoint) -> absl::Status {
    ASSIGN_OR_RETURN(const db::StoredTimestamp timestamp, RequestTimestamp(timestamper, checkpoint.signed_note, *http));
    return pool_.Transact(
        [&](db::Transaction& transaction) {
          db::InsertTimestamp(transaction, checkpoint.origin, checkpoint.tree_size, timestamp);
          return absl::OkStatus();
        },
        kConnectionWaitMax);
  };
  targets_.push_back(std::move(target));
}

void Anchorer::Add(const config::WitnessConfig& witness, const VerifierKey& key) {
  AnchorTarget target{.name = Concat({"witness/", key.name}), .find = nullptr, .anchor = nullptr};
  target.find = [this, vkey = FormatVerifierKey(key)] {
    return Find([&vkey](db::Transaction& transaction, const db::StoredCheckpoint& checkpoint) {
      const auto stored = db::ReadCosignatures(transaction, checkpoint.origin, checkpoint.tree_size);
      return std::any_of(stored.begin(), stored.end(), [&vkey](const auto& each) { return each.witness == vkey; });
    });
  };
  WitnessClient* const client = witnesses_.emplace_back(std::make_unique<WitnessClient>(witness.url, key)).get();
  target.anchor = [this, client, http = NewClient()](const db::StoredCheckpoint& checkpoint) -> absl::Status {
    ASSIGN_OR_RETURN(const db::StoredCosignature cosignature,
                     client->AddCheckpoint(
                         checkpoint, [this](uint64_t size1, uint64_t size2) { return Prove(size1, size2); }, *http));
    return pool_.Transact(
        [&](db::Transaction& transaction) {
          db::InsertCosignature(transaction, checkpoint.origin, checkpoint.tree_size, cosignature);
          return absl::OkStatus();
        },
        kConnectionWaitMax);
  };
  targets_.push_back(std::move(target));
}

absl::StatusOr<std::optional<db::StoredCheckpoint>> Anchorer::Find(const IsAnchored& is_anchored) {
  ASSIGN_OR_RETURN(const bool is_ours, lock_.Hold());
  std::optional<db::StoredCheckpoint> newest;
  if (!is_ours) {
    return newest;
  }
  RETURN_IF_ERROR(pool_.Transact(
      [&](db::Transaction& transaction) {
        const std::optional<db::StoredOrigin> origin = db::ReadCurrentOrigin(transaction);
        newest = origin.has_value() ? db::ReadNewestCheckpoint(transaction, origin->origin) : std::nullopt;
        if (newest.has_value() && is_anchored(transaction, *newest)) {
          newest.reset();
        }
        return absl::OkStatus();
      },
      kConnectionWaitMax));
  return newest;
}

absl::StatusOr<std::vector<Digest>> Anchorer::Prove(uint64_t size1, uint64_t size2) {
  ASSIGN_OR_RETURN(const ProofPlan plan, PlanConsistency(size1, size2));
  std::vector<Digest> proof;
  RETURN_IF_ERROR(pool_.Transact(
      [&](db::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(proof, db::ReadProof(transaction, plan, size2));
        return absl::OkStatus();
      },
      kConnectionWaitMax));
  return proof;
}

}  // namespace affidavit::ledger
