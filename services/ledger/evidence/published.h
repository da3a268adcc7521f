// Checkpoints as they are handed out: with what witnesses and timestamping authorities have added by now. Functions run
// inside a caller's transaction and may throw libpqxx's exceptions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "affidavit/v1/evidence_service.pb.h"
#include "db/log_store.h"

namespace affidavit::ledger {

struct PublishedCheckpoint {
  db::StoredCheckpoint checkpoint;
  std::vector<db::StoredCosignature> cosignatures;
  std::vector<db::StoredTimestamp> timestamps;

  // The note with the cosignature lines appended, which is a note again.
  std::string SignedNote() const;
};

// The newest incarnation's name; empty before the first checkpoint.
std::string ReadOrigin(db::Transaction& transaction);

// The size of the newest checkpoint of the newest incarnation; 0 without one.
int64_t ReadPublishedSize(db::Transaction& transaction);

PublishedCheckpoint WithAdditions(db::Transaction& transaction, db::StoredCheckpoint checkpoint);

// The newest of `origin`, or that of `tree_size` when it is not 0.
std::optional<PublishedCheckpoint> ReadPublished(db::Transaction& transaction, std::string_view origin,
                                                 int64_t tree_size = 0);

v1::Checkpoint ToProto(const PublishedCheckpoint& published);

}  // namespace affidavit::ledger
