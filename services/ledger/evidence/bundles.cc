#include "services/ledger/evidence/bundles.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "core/base/status_macros.h"
#include "core/checkpoint/tlog_proof.h"
#include "core/evidence/bundle.h"
#include "services/ledger/wire/read_store.h"

namespace affidavit::ledger {
namespace {

// How many payloads one transaction reads: at the default limit of 1 MiB each it stays well below a second.
constexpr size_t kPayloadsAtOnceMax = 16;

absl::Status ReadAllPayloads(db::ConnectionPool& pool, std::vector<db::StoredEntry>& entries) {
  for (size_t begin = 0; begin < entries.size(); begin += kPayloadsAtOnceMax) {
    const auto first = entries.begin() + static_cast<ptrdiff_t>(begin);
    const auto last = first + static_cast<ptrdiff_t>(std::min(kPayloadsAtOnceMax, entries.size() - begin));
    std::vector<db::StoredEntry> some(std::make_move_iterator(first), std::make_move_iterator(last));
    RETURN_IF_ERROR(ReadStore(pool, [&](db::Transaction& transaction) { return db::ReadPayloads(transaction, some); }));
    std::move(some.begin(), some.end(), first);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::vector<Digest>>> ProveAll(db::ConnectionPool& pool, ProofMaker& proofs,
                                                          const db::StoredCheckpoint& checkpoint,
                                                          const std::vector<Delivery>& deliveries) {
  std::vector<LeafPlace> leaves;
  for (const Delivery& delivery : deliveries) {
    for (const db::StoredEntry& entry : delivery.entries) {
      leaves.push_back({static_cast<uint64_t>(entry.leaf_index), entry.leaf_hash});
    }
  }
  const SignedTree tree{static_cast<uint64_t>(checkpoint.tree_size), checkpoint.root_hash};
  std::vector<std::vector<Digest>> made;
  RETURN_IF_ERROR(ReadStore(pool, [&](db::Transaction& transaction) -> absl::Status {
    const auto source = [&](std::span<const TileId> tiles) { return db::ReadTiles(transaction, tiles); };
    ASSIGN_OR_RETURN(made, proofs.ProveInclusion(leaves, tree.size, tree, source));
    return absl::OkStatus();
  }));
  return made;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> MakeBundles(db::ConnectionPool& pool, ProofMaker& proofs,
                                                     const PublishedCheckpoint& published,
                                                     std::vector<Delivery> deliveries) {
  ASSIGN_OR_RETURN(std::vector<std::vector<Digest>> hashes, ProveAll(pool, proofs, published.checkpoint, deliveries));
  const std::string signed_note = published.SignedNote();
  std::vector<std::string> files;
  auto proof = hashes.begin();
  for (Delivery& delivery : deliveries) {
    RETURN_IF_ERROR(ReadAllPayloads(pool, delivery.entries));
    ProofBundle bundle{.source = delivery.source, .message_id = delivery.message_id, .checkpoint = signed_note};
    for (const db::StoredTimestamp& timestamp : published.timestamps) {
      bundle.timestamps.push_back(timestamp.token);
    }
    for (db::StoredEntry& entry : delivery.entries) {
      const TlogProof tlog_proof{
          .index = static_cast<uint64_t>(entry.leaf_index), .hashes = std::move(*proof++), .checkpoint = signed_note};
      bundle.entries.push_back(
          {.leaf = std::move(entry.leaf), .tlog_proof = FormatTlogProof(tlog_proof), .raw = std::move(entry.payload)});
    }
    ASSIGN_OR_RETURN(std::string file, EncodeBundle(bundle));
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace affidavit::ledger
