#include "services/ledger/query/status_wire.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "db/facts_status.h"
#include "db/facts_store.h"
#include "db/fsck_store.h"
#include "db/log_store.h"
#include "db/mirror_store.h"
#include "db/state.h"
#include "services/ledger/query/custody_wire.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {
namespace {

// How long what has waited since `since` has waited, by the database's clock.
int64_t SecondsSince(const std::optional<TimePoint>& since, TimePoint now) {
  return since ? std::max<int64_t>(std::chrono::floor<std::chrono::seconds>(now - *since).count(), 0) : 0;
}

void SetCounts(const db::Counts& counts, v1::GetStatusResponse& response) {
  std::map<std::string, TimePoint> last_receive_times;
  response.set_tree_size(counts.tree_size);
  for (const db::EntryCount& count : counts.counts) {
    v1::KindCount& proto = *response.add_counts();
    proto.set_kind(ToProto(count.kind));
    proto.set_source(count.source);
    proto.set_entry_count(count.entry_count);
    if (!IsRecord(count.kind)) {
      TimePoint& last = last_receive_times.emplace(count.source, count.last_receive_time).first->second;
      last = std::max(last, count.last_receive_time);
    }
  }
  for (const auto& [source, last_receive_time] : last_receive_times) {
    v1::SourceStatus& proto = *response.add_sources();
    proto.set_source(source);
    *proto.mutable_last_receive_time() = ToTimestamp(last_receive_time);
  }
}

void SetAdapters(const std::vector<db::AdapterSeen>& adapters, v1::GetStatusResponse& response) {
  for (const db::AdapterSeen& adapter : adapters) {
    v1::AdapterStatus& proto = *response.add_adapters();
    proto.set_adapter_id(adapter.adapter_id);
    *proto.mutable_last_seen_time() = ToTimestamp(adapter.last_seen_time);
    if (adapter.oldest_spooled_receive_time) {
      *proto.mutable_oldest_spooled_receive_time() = ToTimestamp(*adapter.oldest_spooled_receive_time);
    }
  }
}

void SetLastFsck(db::Transaction& transaction, v1::GetStatusResponse& response) {
  if (const std::optional<db::FsckPass> pass = db::ReadLastFsckPass(transaction)) {
    v1::FsckPass& proto = *response.mutable_last_fsck();
    *proto.mutable_start_time() = ToTimestamp(pass->start_time);
    *proto.mutable_end_time() = ToTimestamp(pass->end_time);
    proto.set_tree_size(pass->tree_size);
    proto.set_finding_count(pass->finding_count);
  }
}

void SetMirror(db::Transaction& transaction, v1::GetStatusResponse& response) {
  const db::MirrorProgress progress = db::ReadMirrorProgress(transaction);
  if (progress.next_leaf_index == 0 && progress.finding_count == 0) {
    return;  // nobody mirrors this log, or not yet
  }
  v1::MirrorStatus& proto = *response.mutable_mirror();
  proto.set_next_leaf_index(progress.next_leaf_index);
  proto.set_lag_entries(progress.LagEntries());
  proto.set_lag_seconds(SecondsSince(progress.waiting_since, progress.database_time));
  if (progress.last_write_time) {
    *proto.mutable_last_receipt_time() = ToTimestamp(*progress.last_write_time);
  }
  proto.set_finding_count(progress.finding_count);
}

void SetFacts(db::Transaction& transaction, v1::GetStatusResponse& response) {
  const db::FactsProgress progress = db::ReadFactsProgress(transaction);
  if (progress.next_leaf_index == 0) {
    return;  // nobody folds this log, or not yet
  }
  const db::FactsCounts counts = db::ReadFactsCounts(transaction);
  v1::FactsStatus& proto = *response.mutable_facts();
  proto.set_next_leaf_index(progress.next_leaf_index);
  proto.set_lag_entries(progress.LagEntries());
  proto.set_lag_seconds(SecondsSince(progress.waiting_since, progress.database_time));
  for (const auto& [status, message_count] : counts.messages) {
    v1::MessageCount& count = *proto.add_messages();
    count.set_status(ToProto(status));
    count.set_message_count(message_count);
  }
  proto.set_unheld_count(counts.unheld_count);
  proto.set_without_message_count(counts.without_message_count);
  proto.set_unknown_status_count(counts.unknown_status_count);
  proto.set_without_event_time_count(counts.without_event_time_count);
  proto.set_unconsented_read_count(counts.unconsented_read_count);
  proto.set_drifted_count(counts.drifted_count);
}

}  // namespace

void SetStoreStatus(db::Transaction& transaction, v1::GetStatusResponse& response) {
  SetCounts(db::ReadCounts(transaction), response);
  SetAdapters(db::ReadAdapters(transaction), response);
  SetLastFsck(transaction, response);
  SetMirror(transaction, response);
  SetFacts(transaction, response);
  *response.mutable_database_time() = ToTimestamp(db::ReadDatabaseTime(transaction));
}

void SetLogStatus(db::Transaction& transaction, const absl::Status& gate, v1::LogStatus& log) {
  log.set_rolled_back(absl::IsFailedPrecondition(gate));
  log.set_refusing_appends(std::string(gate.message()));
  const std::optional<db::StoredOrigin> origin = db::ReadCurrentOrigin(transaction);
  if (!origin) {
    return;
  }
  log.set_origin(origin->origin);
  if (const auto newest = db::ReadNewestCheckpoint(transaction, origin->origin)) {
    log.set_checkpoint_tree_size(newest->tree_size);
    *log.mutable_checkpoint_time() = ToTimestamp(newest->sign_time);
  }
}

}  // namespace affidavit::ledger
