#include "services/ledger/query/query_service.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/envelope/admission.h"
#include "db/fsck_store.h"
#include "db/log_store.h"
#include "db/migrator.h"
#include "db/mirror_store.h"
#include "db/state.h"
#include "ops/log.h"
#include "services/ledger/query/find_entry.h"
#include "services/ledger/query/list_request.h"
#include "services/ledger/query/page_token.h"
#include "services/ledger/wire/convert.h"
#include "services/ledger/wire/read_store.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {
namespace {

using Violations = std::vector<WireError::Violation>;

constexpr int kCandidatesMax = 1'000;
constexpr int64_t kPagePayloadBytesMax = 3 << 20;
constexpr size_t kPageBytesMax = 7 << 19;  // in all: 3.5 MiB, below the 4 MiB that gRPC clients take by default

grpc::Status Fail(const WireError& error) {
  return ToGrpcStatus(error);
}

grpc::Status FailOf(const absl::Status& status, const char* rpc) {
  ops::LogWarning("query failed", {{"rpc", rpc}, {"code", absl::StatusCodeToString(status.code())}});
  return ToGrpcStatus(StoreError(status));
}

Violations CheckGetEntry(const v1::GetEntryRequest& request) {
  Violations violations;
  if (request.key_case() == v1::GetEntryRequest::KEY_NOT_SET) {
    violations.push_back({"key", "must be a leaf_index or an event_id"});
  }
  if (request.has_leaf_index() && request.leaf_index() < 0) {
    violations.push_back({"leaf_index", "must not be negative"});
  }
  if (request.has_event_id() && !IsSoundText(request.event_id(), kEventIdSizeMax)) {
    violations.push_back({"event_id", "must be 1 to 512 bytes without control characters"});
  }
  if (!request.source().empty() && !IsSoundText(request.source(), kEventIdSizeMax)) {
    violations.push_back({"source", "must have no control characters"});
  }
  if (!v1::EntryView_IsValid(request.view())) {
    violations.push_back({"view", "must be a view of entries"});
  }
  return violations;
}

// Puts entries into `response` until a message of them would be too large; the first always fits. Returns where the
// next page starts, when before the end of `page`.
absl::StatusOr<std::optional<int64_t>> FillPage(db::ListPage page, v1::ListEntriesResponse& response) {
  size_t bytes = 0;
  for (db::StoredEntry& stored : page.entries) {
    const int64_t leaf_index = stored.leaf_index;
    ASSIGN_OR_RETURN(v1::Entry entry, ToProto(std::move(stored)));
    bytes += entry.ByteSizeLong();
    if (bytes > kPageBytesMax && !response.entries().empty()) {
      return leaf_index;
    }
    *response.add_entries() = std::move(entry);
  }
  return page.next_leaf_index;
}

WireError PageTokenInvalid() {
  return InvalidRequest(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
                        {{"page_token", "must be the next_page_token of a page with the same filter"}});
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
  if (progress.waiting_since) {
    const auto lag = std::chrono::floor<std::chrono::seconds>(progress.database_time - *progress.waiting_since);
    proto.set_lag_seconds(std::max<int64_t>(lag.count(), 0));
  }
  if (progress.last_write_time) {
    *proto.mutable_last_receipt_time() = ToTimestamp(*progress.last_write_time);
  }
  proto.set_finding_count(progress.finding_count);
}

void SetLog(db::Transaction& transaction, const absl::Status& gate, v1::LogStatus& log) {
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

}  // namespace

grpc::Status QueryService::GetEntry(grpc::ServerContext* /*context*/, const v1::GetEntryRequest* request,
                                    v1::GetEntryResponse* response) {
  if (Violations violations = CheckGetEntry(*request); !violations.empty()) {
    return Fail(InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, std::move(violations)));
  }
  const auto with_payload = request->view() == v1::ENTRY_VIEW_BASIC ? db::WithPayload::kNo : db::WithPayload::kYes;
  std::variant<NamedEntry, WireError> chosen;
  std::optional<db::StoredEntry> stored;
  const absl::Status status = ReadStore(*pool_, [&](db::Transaction& transaction) -> absl::Status {
    chosen = request->has_leaf_index()
                 ? NamedEntry{.leaf_index = request->leaf_index()}
                 : ChooseEntry(db::FindByEventId(transaction, request->event_id(), request->source(), kCandidatesMax));
    if (const auto* named = std::get_if<NamedEntry>(&chosen)) {
      ASSIGN_OR_RETURN(stored, db::ReadEntry(transaction, named->leaf_index, with_payload));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) {
    return FailOf(status, "GetEntry");
  }
  if (const auto* error = std::get_if<WireError>(&chosen)) {
    return Fail(*error);
  }
  if (!stored) {
    return Fail(EntryNotFound());
  }
  absl::StatusOr<v1::Entry> entry = ToProto(*std::move(stored));
  if (!entry.ok()) {
    return FailOf(entry.status(), "GetEntry");
  }
  *response->mutable_entry() = *std::move(entry);
  for (const int64_t leaf_index : std::get<NamedEntry>(chosen).conflict_leaf_indexes) {
    response->add_conflict_leaf_indexes(leaf_index);
  }
  return grpc::Status::OK;
}

grpc::Status QueryService::ListEntries(grpc::ServerContext* /*context*/, const v1::ListEntriesRequest* request,
                                       v1::ListEntriesResponse* response) {
  auto read = ReadListRequest(*request);
  if (auto* violations = std::get_if<Violations>(&read)) {
    return Fail(InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, std::move(*violations)));
  }
  const auto& list = std::get<ListRequest>(read);
  std::optional<PageToken> token;
  if (!request->page_token().empty()) {
    token = DecodePageToken(request->page_token(), list.filter);
    if (!token) {
      return Fail(PageTokenInvalid());
    }
  }
  db::ListPage page;
  bool token_ahead = false;
  PageToken position{};
  const absl::Status status = ReadStore(*pool_, [&](db::Transaction& transaction) -> absl::Status {
    const int64_t tree_size = db::ReadTreeSize(transaction);
    position = token.value_or(PageToken{.tree_size = tree_size, .next_leaf_index = 0});
    token_ahead = position.tree_size > tree_size;  // forged, or of a database that has since been restored
    if (token_ahead) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(page, db::ListEntries(transaction, list.filter, position.next_leaf_index, position.tree_size,
                                           list.page_size, list.with_payload, kPagePayloadBytesMax));
    return absl::OkStatus();
  });
  if (!status.ok()) {
    return FailOf(status, "ListEntries");
  }
  if (token_ahead) {
    return Fail(PageTokenInvalid());
  }
  const absl::StatusOr<std::optional<int64_t>> next = FillPage(std::move(page), *response);
  if (!next.ok()) {
    return FailOf(next.status(), "ListEntries");
  }
  response->set_tree_size(position.tree_size);
  if (*next) {
    position.next_leaf_index = **next;
    response->set_next_page_token(EncodePageToken(position, list.filter));
  }
  return grpc::Status::OK;
}

grpc::Status QueryService::GetStatus(grpc::ServerContext* /*context*/, const v1::GetStatusRequest* /*request*/,
                                     v1::GetStatusResponse* response) {
  const absl::Status status = ReadStore(*pool_, [&](db::Transaction& transaction) {
    response->Clear();  // the pool runs this again when a connection turns out to be broken
    SetCounts(db::ReadCounts(transaction), *response);
    SetAdapters(db::ReadAdapters(transaction), *response);
    SetLastFsck(transaction, *response);
    SetMirror(transaction, *response);
    *response->mutable_database_time() = ToTimestamp(db::ReadDatabaseTime(transaction));
    if (check_gate_) {
      SetLog(transaction, check_gate_(), *response->mutable_log());
    }
    return absl::OkStatus();
  });
  if (!status.ok()) {
    return FailOf(status, "GetStatus");
  }
  response->set_ledger_version(version_);
  response->set_schema_version(db::SchemaVersion());
  return grpc::Status::OK;
}

}  // namespace affidavit::ledger
