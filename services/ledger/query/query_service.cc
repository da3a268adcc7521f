#include "services/ledger/query/query_service.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/envelope/admission.h"
#include "db/migrator.h"
#include "ops/log.h"
#include "services/ledger/query/custody.h"
#include "services/ledger/query/custody_request.h"
#include "services/ledger/query/custody_wire.h"
#include "services/ledger/query/find_entry.h"
#include "services/ledger/query/list_request.h"
#include "services/ledger/query/page_token.h"
#include "services/ledger/query/status_wire.h"
#include "services/ledger/query/subject_request.h"
#include "services/ledger/wire/convert.h"
#include "services/ledger/wire/entry_errors.h"
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
    return Fail(NoSuchEntry());
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
  auto read = ReadListRequest(*request, options_.subject_key);
  if (auto* violations = std::get_if<Violations>(&read)) {
    return Fail(InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, std::move(*violations)));
  }
  const auto& list = std::get<ListRequest>(read);
  if (!request->filter().recipient().empty() && options_.subject_key.empty()) {
    return Fail(SubjectKeyNotConfigured());
  }
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

grpc::Status QueryService::GetCustodyChain(grpc::ServerContext* context, const v1::GetCustodyChainRequest* request,
                                           v1::GetCustodyChainResponse* response) {
  auto read = ReadCustodyRequest(*request, options_.subject_key);
  if (const auto* error = std::get_if<WireError>(&read)) {
    return Fail(*error);
  }
  const auto& custody = std::get<CustodyRequest>(read);
  auto page = ReadCustody(*pool_, custody, options_.custody_limits, [context] { return context->IsCancelled(); });
  if (const auto* error = std::get_if<WireError>(&page)) {
    if (error->code == grpc::StatusCode::DATA_LOSS || error->code == grpc::StatusCode::UNAVAILABLE) {
      ops::LogWarning("query failed", {{"rpc", "GetCustodyChain"}, {"reason", ReasonName(error->reason)}});
    }
    return Fail(*error);
  }
  const std::optional<PageToken> next = std::get<CustodyPage>(page).next;
  auto answer = ToProto(std::move(std::get<CustodyPage>(page)), options_.drift_threshold_ms);
  if (!answer.ok()) {
    return FailOf(answer.status(), "GetCustodyChain");
  }
  *response = *std::move(answer);
  if (next) {
    response->set_next_page_token(EncodePageToken(*next, custody.Listing()));
  }
  return grpc::Status::OK;
}

grpc::Status QueryService::GetStatus(grpc::ServerContext* /*context*/, const v1::GetStatusRequest* /*request*/,
                                     v1::GetStatusResponse* response) {
  const absl::Status status = ReadStore(*pool_, [&](db::Transaction& transaction) {
    response->Clear();  // the pool runs this again when a connection turns out to be broken
    SetStoreStatus(transaction, *response);
    if (options_.check_gate) {
      SetLogStatus(transaction, options_.check_gate(), *response->mutable_log());
    }
    return absl::OkStatus();
  });
  if (!status.ok()) {
    return FailOf(status, "GetStatus");
  }
  response->set_ledger_version(options_.version);
  response->set_schema_version(db::SchemaVersion());
  return grpc::Status::OK;
}

}  // namespace affidavit::ledger
