#include "services/ledger/evidence/evidence_service.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "ops/log.h"
#include "services/ledger/evidence/evidence_errors.h"
#include "services/ledger/evidence/evidence_requests.h"
#include "services/ledger/wire/page_token.h"
#include "services/ledger/wire/read_store.h"

namespace affidavit::ledger {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kAnswerMargin{250};  // of the caller's deadline, left for the answer itself
constexpr int kPageSizeDefault = 50;
constexpr int kPageSizeMax = 100;
constexpr size_t kPageBytesMax = 7 << 19;  // 3.5 MiB, below the 4 MiB that gRPC clients take by default

grpc::Status Answer(const std::optional<WireError>& error) {
  return error ? ToGrpcStatus(*error) : grpc::Status::OK;
}

WireError PageTokenInvalid() {
  return InvalidRequest(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
                        {{"page_token", "must be the next_page_token of a page of this origin"}});
}

absl::StatusOr<int64_t> ReadNewestSize(db::ConnectionPool& pool) {
  int64_t tree_size = 0;
  RETURN_IF_ERROR(ReadStore(pool, [&](db::Transaction& transaction) {
    tree_size = ReadPublishedSize(transaction);
    return absl::OkStatus();
  }));
  return tree_size;
}

}  // namespace

EvidenceService::EvidenceService(EvidenceServiceOptions options, db::ConnectionPool* pool)
    : options_(std::move(options)),
      pool_(pool),
      proofs_(options_.cached_tile_count_max),
      watch_([pool] { return ReadNewestSize(*pool); }, options_.watch) {}

std::optional<WireError> EvidenceService::Check(std::vector<WireError::Violation> violations) const {
  if (!violations.empty()) {
    return InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, std::move(violations));
  }
  if (options_.verifier_keys.empty()) {
    return SigningNotConfigured();
  }
  const absl::Status log = options_.check_log ? options_.check_log() : absl::OkStatus();
  return log.ok() ? std::nullopt : std::optional(LogIsRolledBack(log));
}

std::optional<WireError> EvidenceService::UntilPublished(const grpc::ServerContext& context, int wait_max_ms,
                                                         const std::function<Attempt()>& attempt) {
  const Steady::time_point now = Steady::now();
  // gRPC keeps deadlines on its own monotonic clock; a very distant one would overflow ours.
  const auto until_deadline = context.deadline() - std::chrono::system_clock::now() - kAnswerMargin;
  const auto wait = std::min<std::chrono::nanoseconds>(
      {std::chrono::milliseconds(wait_max_ms), options_.wait_max,
       std::max<std::chrono::nanoseconds>(until_deadline, std::chrono::nanoseconds(0))});
  const Steady::time_point deadline = now + wait;
  while (true) {
    const Attempt tried = attempt();
    if (tried.error || tried.tree_size_min == 0) {
      return tried.error;
    }
    switch (watch_.Wait(tried.tree_size_min, deadline, [&] { return context.IsCancelled(); })) {
      case CheckpointWatch::Outcome::kReached:
        break;
      case CheckpointWatch::Outcome::kStopped:
        return Draining();
      case CheckpointWatch::Outcome::kTimeout:
      case CheckpointWatch::Outcome::kBusy:
        return TreeSizeNotPublished(options_.checkpoint_interval);
    }
  }
}

std::optional<WireError> EvidenceService::Read(const char* rpc,
                                               const std::function<absl::Status(db::Transaction&)>& body) {
  const absl::Status status = ReadStore(*pool_, body);
  if (status.ok()) {
    return std::nullopt;
  }
  ops::LogWarning("proof failed", {{"rpc", rpc}, {"code", absl::StatusCodeToString(status.code())}});
  return StoreError(status);
}

grpc::Status EvidenceService::GetInclusionProof(grpc::ServerContext* context,
                                                const v1::GetInclusionProofRequest* request,
                                                v1::GetInclusionProofResponse* response) {
  if (const auto error = Check(FaultsOf(*request))) {
    return Answer(error);
  }
  return Answer(UntilPublished(*context, request->wait_max_ms(), [&] { return TryInclusion(*request, *response); }));
}

grpc::Status EvidenceService::GetConsistencyProof(grpc::ServerContext* context,
                                                  const v1::GetConsistencyProofRequest* request,
                                                  v1::GetConsistencyProofResponse* response) {
  if (const auto error = Check(FaultsOf(*request))) {
    return Answer(error);
  }
  return Answer(UntilPublished(*context, request->wait_max_ms(), [&] { return TryConsistency(*request, *response); }));
}

grpc::Status EvidenceService::GetProofOfDelivery(grpc::ServerContext* context,
                                                 const v1::GetProofOfDeliveryRequest* request,
                                                 v1::GetProofOfDeliveryResponse* response) {
  if (const auto error = Check(FaultsOf(*request))) {
    return Answer(error);
  }
  const auto is_cancelled = [context] { return context->IsCancelled(); };
  return Answer(
      UntilPublished(*context, request->wait_max_ms(), [&] { return TryDelivery(*request, is_cancelled, *response); }));
}

grpc::Status EvidenceService::GetCheckpoint(grpc::ServerContext* /*context*/, const v1::GetCheckpointRequest* request,
                                            v1::GetCheckpointResponse* response) {
  if (const auto error = Check(FaultsOf(*request))) {
    return Answer(error);
  }
  std::optional<PublishedCheckpoint> published;
  const auto error = Read("GetCheckpoint", [&](db::Transaction& transaction) {
    const std::string origin = request->origin().empty() ? ReadOrigin(transaction) : request->origin();
    published = ReadPublished(transaction, origin, request->tree_size());
    return absl::OkStatus();
  });
  if (error) {
    return Answer(error);
  }
  if (!published) {
    return Answer(CheckpointNotFound());
  }
  *response->mutable_checkpoint() = ToProto(*published);
  response->mutable_verifier_keys()->Add(options_.verifier_keys.begin(), options_.verifier_keys.end());
  return grpc::Status::OK;
}

grpc::Status EvidenceService::ListCheckpoints(grpc::ServerContext* /*context*/,
                                              const v1::ListCheckpointsRequest* request,
                                              v1::ListCheckpointsResponse* response) {
  if (const auto error = Check(FaultsOf(*request))) {
    return Answer(error);
  }
  const int page_size = std::min(request->page_size() == 0 ? kPageSizeDefault : request->page_size(), kPageSizeMax);
  bool token_valid = true;
  const auto error = Read("ListCheckpoints", [&](db::Transaction& transaction) {
    response->Clear();  // the pool runs this again when a connection turns out to be broken
    const std::string origin = request->origin().empty() ? ReadOrigin(transaction) : request->origin();
    const auto newest = db::ReadNewestCheckpoint(transaction, origin);
    // The token's tree_size is that of the last checkpoint to list; its next_leaf_index the size of the last one
    // listed.
    PageToken position{.tree_size = newest ? newest->tree_size : 0, .next_leaf_index = 0};
    const std::string listing = "ListCheckpoints\n" + origin;
    if (!request->page_token().empty()) {
      const std::optional<PageToken> token = DecodePageToken(request->page_token(), listing);
      token_valid = token && token->tree_size <= position.tree_size;
      position = token.value_or(position);
    }
    if (!token_valid) {
      return absl::OkStatus();
    }
    size_t bytes = 0;
    for (auto& checkpoint : db::ListCheckpoints(transaction, origin, position.next_leaf_index, page_size)) {
      if (checkpoint.tree_size > position.tree_size || bytes > kPageBytesMax) {
        break;
      }
      position.next_leaf_index = checkpoint.tree_size;
      *response->add_checkpoints() = ToProto(WithAdditions(transaction, std::move(checkpoint)));
      bytes += response->checkpoints().rbegin()->ByteSizeLong();
    }
    if (position.next_leaf_index < position.tree_size) {
      response->set_next_page_token(EncodePageToken(position, listing));
    }
    return absl::OkStatus();
  });
  return Answer(error || token_valid ? error : PageTokenInvalid());
}

}  // namespace affidavit::ledger
