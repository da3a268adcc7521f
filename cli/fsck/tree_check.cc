#include "cli/fsck/tree_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

constexpr int kCheckpointsAtOnce = 4096;

std::string Name(const db::StoredCheckpoint& checkpoint) {
  return absl::StrCat("checkpoint ", checkpoint.origin, " ", checkpoint.tree_size);
}

}  // namespace

TreeCheck::TreeCheck(db::Connection* connection, CheckpointPolicy policy, std::vector<OutsideCheckpoint> outside,
                     Losses losses, Findings* findings)
    : connection_(connection),
      policy_(std::move(policy)),
      outside_(std::move(outside)),
      losses_(std::move(losses)),
      findings_(findings) {}

absl::Status TreeCheck::StartAt(int64_t begin) {
  const auto size = static_cast<uint64_t>(begin);
  good_size_ = begin;
  return connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<Digest> hashes, db::ReadNodes(transaction, CoverRange(0, size), size));
    ASSIGN_OR_RETURN(range_, CompactRange::FromHashes(0, size, std::move(hashes)));
    const std::vector<TileId> tiles = TileEdge::TilesOf(size);
    ASSIGN_OR_RETURN(const TileMap found, db::ReadTiles(transaction, tiles));
    ASSIGN_OR_RETURN(edge_, TileEdge::FromTiles(size, found));
    return absl::OkStatus();
  });
}

absl::Status TreeCheck::AddPage(const std::vector<Digest>& leaf_hashes) {
  std::vector<FullTile> tiles;
  const auto keep = [&](const TileId& id, std::span<const Digest> hashes, const Digest& root) {
    tiles.push_back({id, EncodeTile(hashes), std::string(AsBytes(root))});
  };
  RETURN_IF_ERROR(ReadCheckpoints(size() + static_cast<int64_t>(leaf_hashes.size())));
  for (const Digest& leaf_hash : leaf_hashes) {
    range_.Append(leaf_hash);
    edge_.Append(leaf_hash, keep);
    RETURN_IF_ERROR(CheckRoots(size()));
  }
  return CompareTiles(tiles);
}

absl::Status TreeCheck::ReadCheckpoints(int64_t size_max) {
  checkpoints_.clear();
  next_checkpoint_ = 0;
  return connection_->Transact([&](db::Transaction& transaction) {
    int64_t after = size();
    std::string origin_after = "\x7f\x7f";  // every checkpoint of the size `after` was met on an earlier page
    while (true) {
      std::vector<db::StoredCheckpoint> part =
          db::ReadAllCheckpoints(transaction, after, origin_after, size_max, kCheckpointsAtOnce);
      const bool last = part.size() < kCheckpointsAtOnce;
      checkpoints_.insert(checkpoints_.end(), part.begin(), part.end());
      if (last) {
        return absl::OkStatus();
      }
      after = part.back().tree_size;
      origin_after = part.back().origin;
    }
  });
}

absl::Status TreeCheck::CheckRoots(int64_t size) {
  std::optional<Digest> root;
  const auto root_here = [&]() -> absl::StatusOr<Digest> {
    if (!root) {
      ASSIGN_OR_RETURN(root, range_.Root());
    }
    return *root;
  };
  for (; next_checkpoint_ < checkpoints_.size() && checkpoints_[next_checkpoint_].tree_size == size;
       ++next_checkpoint_) {
    const db::StoredCheckpoint& stored = checkpoints_[next_checkpoint_];
    ASSIGN_OR_RETURN(const Digest here, root_here());
    stored.root_hash == here ? CheckCheckpoint(stored, here) : CheckMismatch(stored);
  }
  for (const OutsideCheckpoint& outside : outside_) {
    if (outside.checkpoint.tree_size != static_cast<uint64_t>(size)) {
      continue;
    }
    ASSIGN_OR_RETURN(const Digest here, root_here());
    CheckOutside(outside, here);
  }
  return absl::OkStatus();
}

void TreeCheck::CheckMismatch(const db::StoredCheckpoint& stored) {
  if (losses_.Cover({stored.origin, static_cast<uint64_t>(stored.tree_size), stored.root_hash, {}})) {
    return;
  }
  if (std::exchange(break_named_, true)) {
    findings_->Count("checkpoints");  // one changed entry fails every checkpoint above it
    return;
  }
  findings_->Add("checkpoints",
                 absl::StrCat(Name(stored), ": the entries below ", stored.tree_size,
                              " are not those that it was signed over; entries below ", good_size_, " are"));
}

void TreeCheck::CheckOutside(const OutsideCheckpoint& outside, const Digest& root) {
  if (outside.checkpoint.root_hash != root && !losses_.Cover(outside.checkpoint)) {
    findings_->Add("outside checkpoints", absl::StrCat(outside.name, ": the log's first ", outside.checkpoint.tree_size,
                                                       " entries are not those that it was signed over"));
  }
}

absl::Status TreeCheck::CompareOutside(int64_t tree_size_max) {
  for (const OutsideCheckpoint& outside : outside_) {
    if (outside.checkpoint.tree_size > static_cast<uint64_t>(tree_size_max)) {
      continue;
    }
    Digest root{};
    const absl::Status status = connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(root, db::ReadRoot(transaction, outside.checkpoint.tree_size));
      return absl::OkStatus();
    });
    if (absl::IsDataLoss(status)) {
      findings_->Add("outside checkpoints", absl::StrCat(outside.name, ": the tree below it is not whole"));
      continue;
    }
    RETURN_IF_ERROR(status);
    CheckOutside(outside, root);
  }
  return absl::OkStatus();
}

void TreeCheck::CheckCheckpoint(const db::StoredCheckpoint& stored, const Digest& root) {
  ++checkpoint_count_;
  good_size_ = stored.tree_size;
  break_named_ = false;
  const Checkpoint expected{stored.origin, static_cast<uint64_t>(stored.tree_size), root, {}};
  const absl::StatusOr<Note> note = ParseNote(stored.signed_note);
  const absl::StatusOr<Checkpoint> said = note.ok() ? ParseCheckpoint(note->text) : note.status();
  if (!said.ok() || *said != expected) {
    findings_->Add("checkpoints", absl::StrCat(Name(stored), ": its note says something else than its row"));
    return;
  }
  if (policy_.log_keys.empty()) {
    return;
  }
  if (const absl::Status status = VerifyCheckpoint(stored.signed_note, policy_).status(); !status.ok()) {
    findings_->Add("checkpoints", absl::StrCat(Name(stored), ": ", status.message()));
  }
}

absl::Status TreeCheck::CompareTiles(const std::vector<FullTile>& tiles) {
  if (tiles.empty()) {
    return absl::OkStatus();
  }
  std::vector<TileId> ids;
  for (const FullTile& tile : tiles) {
    ids.push_back(tile.id);
  }
  std::vector<std::optional<db::StoredTile>> stored;
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
    stored = db::ReadStoredTiles(transaction, ids);
    return absl::OkStatus();
  }));
  for (size_t i = 0; i < tiles.size(); ++i) {
    const std::string name = absl::StrCat("tile ", tiles[i].id.index, " of level ", tiles[i].id.level);
    if (!stored[i]) {
      findings_->Add("tiles", absl::StrCat(name, " is missing"));
    } else if (stored[i]->hashes != tiles[i].hashes) {
      findings_->Add("tiles", absl::StrCat(name, " is not that of the entries below it"));
    } else if (stored[i]->root != tiles[i].root) {
      findings_->Add("tiles", absl::StrCat(name, ": its root is not the hash over it"));
    }
  }
  return absl::OkStatus();
}

absl::Status TreeCheck::Finish(const db::LogExtent& extent) {
  for (const db::StoredCheckpoint& stored : extent.beyond) {
    if (!losses_.Cover({stored.origin, static_cast<uint64_t>(stored.tree_size), stored.root_hash, {}})) {
      findings_->Add("checkpoints", absl::StrCat(Name(stored), " covers entries ", extent.tree_size, " to ",
                                                 stored.tree_size - 1, ", which are missing"));
    }
  }
  for (const OutsideCheckpoint& outside : outside_) {
    if (outside.checkpoint.tree_size > static_cast<uint64_t>(extent.tree_size) && !losses_.Cover(outside.checkpoint)) {
      findings_->Add("outside checkpoints", absl::StrCat(outside.name, " covers ", outside.checkpoint.tree_size,
                                                         " entries; the log has ", extent.tree_size));
    }
  }
  return connection_->Transact([&](db::Transaction& transaction) {
    for (const TileId& tile : db::FindTilesBeyond(transaction)) {
      findings_->Add("tiles", absl::StrCat("tile ", tile.index, " of level ", tile.level, " lies beyond the log"));
    }
    return absl::OkStatus();
  });
}

}  // namespace affidavit::cli
