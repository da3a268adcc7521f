#include "db/log_edge.h"

#include <utility>

namespace affidavit::db {

std::optional<TileEdge> LogEdge::Find(int64_t tree_size, int64_t last_payload_id) const {
  if (tree_size == 0) {
    return TileEdge();
  }
  const std::lock_guard lock(mutex_);
  if (!edge_.has_value() || edge_->size() != static_cast<uint64_t>(tree_size) || last_payload_id_ != last_payload_id) {
    ++miss_count_;
    return std::nullopt;
  }
  return edge_;
}

void LogEdge::Publish(TileEdge edge, int64_t last_payload_id) {
  const std::lock_guard lock(mutex_);
  edge_ = std::move(edge);
  last_payload_id_ = last_payload_id;
}

void LogEdge::Forget() {
  const std::lock_guard lock(mutex_);
  edge_.reset();
}

int64_t LogEdge::miss_count() const {
  const std::lock_guard lock(mutex_);
  return miss_count_;
}

}  // namespace affidavit::db
