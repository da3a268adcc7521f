#include "services/ledger/evidence/published.h"

#include <utility>

#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {

std::string PublishedCheckpoint::SignedNote() const {
  std::string note = checkpoint.signed_note;
  for (const db::StoredCosignature& cosignature : cosignatures) {
    note += cosignature.line;
  }
  return note;
}

std::string ReadOrigin(db::Transaction& transaction) {
  std::optional<db::StoredOrigin> current = db::ReadCurrentOrigin(transaction);
  return current ? std::move(current->origin) : std::string();
}

int64_t ReadPublishedSize(db::Transaction& transaction) {
  const std::optional<db::StoredCheckpoint> newest = db::ReadNewestCheckpoint(transaction, ReadOrigin(transaction));
  return newest ? newest->tree_size : 0;
}

PublishedCheckpoint WithAdditions(db::Transaction& transaction, db::StoredCheckpoint checkpoint) {
  PublishedCheckpoint published;
  published.cosignatures = db::ReadCosignatures(transaction, checkpoint.origin, checkpoint.tree_size);
  published.timestamps = db::ReadTimestamps(transaction, checkpoint.origin, checkpoint.tree_size);
  published.checkpoint = std::move(checkpoint);
  return published;
}

std::optional<PublishedCheckpoint> ReadPublished(db::Transaction& transaction, std::string_view origin,
                                                 int64_t tree_size) {
  std::optional<db::StoredCheckpoint> checkpoint = tree_size == 0 ? db::ReadNewestCheckpoint(transaction, origin)
                                                                  : db::ReadCheckpoint(transaction, origin, tree_size);
  if (!checkpoint) {
    return std::nullopt;
  }
  return WithAdditions(transaction, *std::move(checkpoint));
}

v1::Checkpoint ToProto(const PublishedCheckpoint& published) {
  v1::Checkpoint proto;
  proto.set_origin(published.checkpoint.origin);
  proto.set_tree_size(published.checkpoint.tree_size);
  proto.set_root_hash(std::string(AsBytes(published.checkpoint.root_hash)));
  proto.set_signed_note(published.SignedNote());
  *proto.mutable_sign_time() = ToTimestamp(published.checkpoint.sign_time);
  for (const db::StoredTimestamp& timestamp : published.timestamps) {
    v1::TimestampToken& token = *proto.add_timestamps();
    token.set_authority(timestamp.authority);
    token.set_token(timestamp.token);
    *token.mutable_generation_time() = ToTimestamp(timestamp.generation_time);
  }
  for (const db::StoredCosignature& cosignature : published.cosignatures) {
    v1::Cosignature& proto_cosignature = *proto.add_cosignatures();
    proto_cosignature.set_witness(cosignature.witness);
    *proto_cosignature.mutable_cosign_time() = ToTimestamp(cosignature.cosign_time);
  }
  return proto;
}

}  // namespace affidavit::ledger
