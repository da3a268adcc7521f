// EvidenceService: one try at an answer, which may have to wait for a checkpoint first.
#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/status_macros.h"
#include "core/checkpoint/tlog_proof.h"
#include "core/envelope/leaf.h"
#include "ops/log.h"
#include "services/ledger/evidence/bundles.h"
#include "services/ledger/evidence/evidence_errors.h"
#include "services/ledger/evidence/evidence_service.h"
#include "services/ledger/wire/entry_errors.h"

namespace affidavit::ledger {
namespace {

constexpr std::chrono::seconds kBundlingWaitMax{5};

absl::StatusOr<std::optional<db::StoredEntry>> FindEntry(db::Transaction& transaction,
                                                         const v1::GetInclusionProofRequest& request) {
  std::optional<int64_t> leaf_index = request.leaf_index();
  if (request.has_leaf()) {
    ASSIGN_OR_RETURN(const LeafFields fields, DecodeLeaf(request.leaf()));
    leaf_index = db::FindByLeaf(transaction, fields, LeafHash(request.leaf()));
  }
  if (!leaf_index) {
    return std::optional<db::StoredEntry>();
  }
  return db::ReadEntry(transaction, *leaf_index, db::WithPayload::kNo);
}

SignedTree TreeOf(const db::StoredCheckpoint& checkpoint) {
  return {static_cast<uint64_t>(checkpoint.tree_size), checkpoint.root_hash};
}

TileSource TilesIn(db::Transaction& transaction) {
  return [&transaction](std::span<const TileId> tiles) { return db::ReadTiles(transaction, tiles); };
}

DeliveryKey KeyOf(const v1::GetProofOfDeliveryRequest& request) {
  if (request.has_message_id()) {
    return {DeliveryKey::Id::kMessage, request.message_id(), request.source()};
  }
  return request.has_correlation_id()
             ? DeliveryKey{DeliveryKey::Id::kCorrelation, request.correlation_id(), request.source()}
             : DeliveryKey{DeliveryKey::Id::kEvent, request.event_id(), request.source()};
}

void AddHashes(const std::vector<Digest>& hashes, google::protobuf::RepeatedPtrField<std::string>& field) {
  for (const Digest& hash : hashes) {
    field.Add(std::string(AsBytes(hash)));
  }
}

// What is read for an inclusion proof in one transaction.
struct Inclusion {
  std::optional<db::StoredEntry> entry;
  int64_t tree_size = 0;
  int64_t tree_size_min = 0;  // not 0: not published yet, and nothing below is there
  std::vector<Digest> hashes;
  std::optional<PublishedCheckpoint> published;
};

absl::StatusOr<Inclusion> ReadInclusion(db::Transaction& transaction, const v1::GetInclusionProofRequest& request,
                                        ProofMaker& proofs) {
  Inclusion inclusion;
  ASSIGN_OR_RETURN(inclusion.entry, FindEntry(transaction, request));
  if (!inclusion.entry || (request.tree_size() > 0 && request.tree_size() <= inclusion.entry->leaf_index)) {
    return inclusion;
  }
  std::optional<db::StoredCheckpoint> newest = db::ReadNewestCheckpoint(transaction, ReadOrigin(transaction));
  const int64_t tree_size_min = std::max(inclusion.entry->leaf_index + 1, request.tree_size());
  if (!newest || newest->tree_size < tree_size_min) {
    inclusion.tree_size_min = tree_size_min;
    return inclusion;
  }
  inclusion.tree_size = request.tree_size() == 0 ? newest->tree_size : request.tree_size();
  const LeafPlace leaf{static_cast<uint64_t>(inclusion.entry->leaf_index), inclusion.entry->leaf_hash};
  ASSIGN_OR_RETURN(auto made, proofs.ProveInclusion({&leaf, 1}, static_cast<uint64_t>(inclusion.tree_size),
                                                    TreeOf(*newest), TilesIn(transaction)));
  inclusion.hashes = std::move(made.front());
  inclusion.published = inclusion.tree_size == newest->tree_size
                            ? WithAdditions(transaction, *std::move(newest))
                            : ReadPublished(transaction, newest->origin, inclusion.tree_size);
  return inclusion;
}

void Fill(Inclusion inclusion, v1::GetInclusionProofResponse& response) {
  response.set_leaf_index(inclusion.entry->leaf_index);
  response.set_tree_size(inclusion.tree_size);
  response.set_leaf(std::move(inclusion.entry->leaf));
  AddHashes(inclusion.hashes, *response.mutable_hashes());
  if (inclusion.published) {
    *response.mutable_checkpoint() = ToProto(*inclusion.published);
    response.set_tlog_proof(FormatTlogProof({.index = static_cast<uint64_t>(response.leaf_index()),
                                             .hashes = std::move(inclusion.hashes),
                                             .checkpoint = inclusion.published->SignedNote()}));
  }
}

}  // namespace

EvidenceService::Attempt EvidenceService::TryInclusion(const v1::GetInclusionProofRequest& request,
                                                       v1::GetInclusionProofResponse& response) {
  Inclusion inclusion;
  const auto error = Read("GetInclusionProof", [&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(inclusion, ReadInclusion(transaction, request, proofs_));
    return absl::OkStatus();
  });
  if (error) {
    return {.error = error};
  }
  if (!inclusion.entry) {
    return {.error = NoSuchEntry()};
  }
  if (inclusion.tree_size_min > 0) {
    return {.tree_size_min = inclusion.tree_size_min};
  }
  if (inclusion.tree_size == 0) {
    return {.error = InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID,
                                    {{"tree_size", "must be above the leaf_index of this leaf"}})};
  }
  Fill(std::move(inclusion), response);
  return {};
}

EvidenceService::Attempt EvidenceService::TryConsistency(const v1::GetConsistencyProofRequest& request,
                                                         v1::GetConsistencyProofResponse& response) {
  const int64_t tree_size_min = std::max(request.first_tree_size(), request.second_tree_size());
  std::optional<ConsistencyProof> proof;
  int64_t second_tree_size = request.second_tree_size();
  const auto error = Read("GetConsistencyProof", [&](db::Transaction& transaction) -> absl::Status {
    const auto newest = db::ReadNewestCheckpoint(transaction, ReadOrigin(transaction));
    if (!newest || newest->tree_size < tree_size_min) {
      return absl::OkStatus();
    }
    second_tree_size = request.second_tree_size() == 0 ? newest->tree_size : request.second_tree_size();
    ASSIGN_OR_RETURN(proof, proofs_.ProveConsistency(static_cast<uint64_t>(request.first_tree_size()),
                                                     static_cast<uint64_t>(second_tree_size), TreeOf(*newest),
                                                     TilesIn(transaction)));
    return absl::OkStatus();
  });
  if (error || !proof) {
    return {.error = error, .tree_size_min = tree_size_min};
  }
  response.set_first_tree_size(request.first_tree_size());
  response.set_second_tree_size(second_tree_size);
  AddHashes(proof->hashes, *response.mutable_hashes());
  response.set_first_root_hash(std::string(AsBytes(proof->first_root)));
  response.set_second_root_hash(std::string(AsBytes(proof->second_root)));
  return {};
}

EvidenceService::Attempt EvidenceService::TryDelivery(const v1::GetProofOfDeliveryRequest& request,
                                                      const std::function<bool()>& is_cancelled,
                                                      v1::GetProofOfDeliveryResponse& response) {
  std::optional<PublishedCheckpoint> published;
  int64_t tree_size = 0;
  auto error = Read("GetProofOfDelivery", [&](db::Transaction& transaction) {
    published = ReadPublished(transaction, ReadOrigin(transaction));
    tree_size = db::ReadTreeSize(transaction);  // after the checkpoint: at least as large
    return absl::OkStatus();
  });
  if (error) {
    return {.error = std::move(error)};
  }
  auto found = FindDeliveries(*pool_, KeyOf(request), tree_size, options_.delivery_limits, is_cancelled);
  if (auto* fault = std::get_if<WireError>(&found)) {
    return {.error = std::move(*fault)};
  }
  auto& deliveries = std::get<std::vector<Delivery>>(found);
  int64_t tree_size_min = 0;
  for (const Delivery& delivery : deliveries) {
    tree_size_min = std::max(tree_size_min, delivery.entries.back().leaf_index + 1);
  }
  if (!published || published->checkpoint.tree_size < tree_size_min) {
    return {.tree_size_min = tree_size_min};
  }
  return {.error = FillBundles(*published, std::move(deliveries), response)};
}

std::optional<WireError> EvidenceService::FillBundles(const PublishedCheckpoint& published,
                                                      std::vector<Delivery> deliveries,
                                                      v1::GetProofOfDeliveryResponse& response) {
  if (!bundling_.try_acquire_for(kBundlingWaitMax)) {
    return StoreError(absl::UnavailableError("too many bundles are being made"));
  }
  for (const Delivery& delivery : deliveries) {
    auto& bundle = *response.add_bundles();
    bundle.set_source(delivery.source);
    bundle.set_message_id(delivery.message_id);
    bundle.set_event_id(delivery.event_id);
  }
  absl::StatusOr<std::vector<std::string>> files = MakeBundles(*pool_, proofs_, published, std::move(deliveries));
  bundling_.release();
  if (!files.ok()) {
    ops::LogWarning("proof failed",
                    {{"rpc", "GetProofOfDelivery"}, {"code", absl::StatusCodeToString(files.status().code())}});
    return StoreError(files.status());
  }
  for (int i = 0; i < response.bundles_size(); ++i) {
    response.mutable_bundles(i)->set_bundle(std::move((*files)[static_cast<size_t>(i)]));
  }
  if (response.ByteSizeLong() > kEvidenceMessageBytesMax) {
    return ProofTooLarge("the bundles are larger than one answer may be: ask for one message at a time");
  }
  return std::nullopt;
}

}  // namespace affidavit::ledger
