#include "services/ledger/governance/governance_service.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/retention/retention.h"
#include "db/entry_reader.h"
#include "db/state.h"
#include "ops/log.h"
#include "services/ledger/governance/governance_wire.h"
#include "services/ledger/governance/refresh.h"
#include "services/ledger/wire/convert.h"
#include "services/ledger/wire/page_token.h"
#include "services/ledger/wire/read_store.h"

namespace affidavit::ledger {
namespace {

using ActViolations = std::vector<WireError::Violation>;

constexpr size_t kCaseReferenceSizeMax = 256;
// Counting for validate_only: in short transactions, and not for longer than a caller waits.
constexpr std::chrono::seconds kCountTimeMax{3};
constexpr int64_t kCountedAtOnce = 262'144;
constexpr char kPoliciesListing[] = "retention_policies";

grpc::Status ActInvalid(ActViolations violations) {
  return ToGrpcStatus(InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, std::move(violations)));
}

grpc::Status GovernanceFailed(const absl::Status& status, const char* rpc) {
  ops::LogWarning("governance failed", {{"rpc", rpc}, {"code", absl::StatusCodeToString(status.code())}});
  return ToGrpcStatus(StoreError(status));
}

grpc::Status PageTokenOfAnother() {
  return ToGrpcStatus(InvalidRequest(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
                                     {{"page_token", "must be the next_page_token of a page of the same listing"}}));
}

std::string MakeHoldId() {
  constexpr size_t kSize = 16;
  std::random_device random;
  std::string bytes;
  for (size_t i = 0; i < kSize; ++i) {
    bytes += static_cast<char>(random());
  }
  return HexEncode(bytes);
}

std::string HoldsListing(const v1::ListLegalHoldsRequest& request) {
  return absl::StrCat("legal_holds\n", request.show_released() ? "all" : "active", "\n", request.case_reference());
}

// Where a page begins. Nothing: the token is none of this listing.
std::optional<PageToken> FirstOf(const std::string& page_token, const std::string& listing, int64_t tree_size) {
  if (page_token.empty()) {
    return PageToken{.tree_size = tree_size, .next_leaf_index = 0};
  }
  const std::optional<PageToken> token = DecodePageToken(page_token, listing);
  return token && token->tree_size <= tree_size ? token : std::nullopt;
}

// Takes the one beyond the page away again; where it begins is where the next page does.
template <typename Stored, typename Index>
std::string CutPage(std::vector<Stored>& rows, int page_size, PageToken position, const std::string& listing,
                    Index index) {
  if (static_cast<int>(rows.size()) <= page_size) {
    return "";
  }
  position.next_leaf_index = index(rows.back());
  rows.pop_back();
  return EncodePageToken(position, listing);
}

}  // namespace

GovernanceService::GovernanceService(GovernanceServiceOptions options, db::ConnectionPool* pool, RetentionBoard* board)
    : options_(std::move(options)), pool_(pool), board_(board) {}

grpc::Status GovernanceService::SetRetentionPolicy(grpc::ServerContext* /*context*/,
                                                   const v1::SetRetentionPolicyRequest* request,
                                                   v1::SetRetentionPolicyResponse* response) {
  auto read = FromProto(*request, options_.retention_years_max);
  if (auto* violations = std::get_if<ActViolations>(&read)) {
    return ActInvalid(std::move(*violations));
  }
  const auto& act = std::get<SetRetention>(read);
  absl::StatusOr<std::optional<db::StoredPolicy>> known = ReadPolicy(act.policy);
  if (!known.ok()) {
    return GovernanceFailed(known.status(), "SetRetentionPolicy");
  }
  if (*known && (*known)->policy.years > act.policy.years) {
    return ToGrpcStatus(RetentionOnlyLengthened((*known)->policy.years));
  }
  if (request->validate_only()) {
    return ValidateRetention(act.policy, *known, *response);
  }
  if (!*known || (*known)->policy.years < act.policy.years) {
    const absl::Status appended = options_.append(EncodeAct(act));
    if (!appended.ok()) {
      return ToGrpcStatus(ActNotAppended(appended));
    }
    known = ReadPolicy(act.policy);
    if (!known.ok() || !*known) {
      return GovernanceFailed(known.status(), "SetRetentionPolicy");
    }
    ops::LogInfo("retention policy set", {{"leaf_index", (*known)->leaf_index}});
  }
  *response->mutable_policy() = ToProto(**known);
  response->set_default_years(options_.retention_years);
  return grpc::Status::OK;
}

grpc::Status GovernanceService::ValidateRetention(const RetentionPolicy& policy,
                                                  const std::optional<db::StoredPolicy>& known,
                                                  v1::SetRetentionPolicyResponse& response) {
  RetentionPolicies policies;
  TimePoint now;
  int64_t tree_size = 0;
  absl::Status status = ReadStore(*pool_, [&](db::Transaction& transaction) {
    policies = db::ReadPolicies(transaction);
    now = db::ReadDatabaseTime(transaction);
    tree_size = db::ReadTreeSize(transaction);
    return absl::OkStatus();
  });
  const auto deadline = std::chrono::steady_clock::now() + kCountTimeMax;
  int64_t counted = 0, entry_count = 0;
  while (status.ok() && counted < tree_size && std::chrono::steady_clock::now() < deadline) {
    const int64_t until = std::min(tree_size, counted + kCountedAtOnce);
    int64_t more = 0;
    status = ReadStore(*pool_, [&](db::Transaction& transaction) {
      more = db::CountLengthened(transaction, policy, counted, until);
      return absl::OkStatus();
    });
    entry_count += more;
    counted = until;
  }
  if (!status.ok()) {
    return GovernanceFailed(status, "SetRetentionPolicy");
  }
  policies.Add(policy);
  const LeafFields like{.source = policy.source, .event_type = policy.event_type, .channel = policy.channel};
  const int years = std::max(options_.retention_years, policies.LongestFor(like)->years);
  const bool is_set = known && known->policy.years == policy.years;
  *response.mutable_policy() = ToProto(is_set ? *known : db::StoredPolicy{.policy = policy, .leaf_index = -1});
  if (!is_set) {
    response.mutable_policy()->clear_set_time();
  }
  response.set_entry_count(entry_count);
  response.set_counted_leaf_index(counted);
  response.set_tree_size(tree_size);
  *response.mutable_retain_until_time() = ToTimestamp(AddYears(now, years));
  response.set_default_years(options_.retention_years);
  return grpc::Status::OK;
}

grpc::Status GovernanceService::ListRetentionPolicies(grpc::ServerContext* /*context*/,
                                                      const v1::ListRetentionPoliciesRequest* request,
                                                      v1::ListRetentionPoliciesResponse* response) {
  ActViolations violations;
  const int page_size = ReadPageSize(request->page_size(), violations);
  if (!violations.empty()) {
    return ActInvalid(std::move(violations));
  }
  std::vector<db::StoredPolicy> policies;
  std::optional<PageToken> position;
  const absl::Status status = Read([&](db::Transaction& transaction) {
    position = FirstOf(request->page_token(), kPoliciesListing, db::ReadTreeSize(transaction));
    if (position) {
      policies = db::ListPolicies(transaction, position->next_leaf_index, position->tree_size, page_size + 1);
    }
    return absl::OkStatus();
  });
  if (!status.ok()) {
    return GovernanceFailed(status, "ListRetentionPolicies");
  }
  if (!position) {
    return PageTokenOfAnother();
  }
  response->set_next_page_token(CutPage(policies, page_size, *position, kPoliciesListing,
                                        [](const db::StoredPolicy& policy) { return policy.first_leaf_index; }));
  for (const db::StoredPolicy& policy : policies) {
    *response->add_policies() = ToProto(policy);
  }
  response->set_default_years(options_.retention_years);
  response->set_max_years(options_.retention_years_max);
  return grpc::Status::OK;
}

grpc::Status GovernanceService::CreateLegalHold(grpc::ServerContext* /*context*/,
                                                const v1::CreateLegalHoldRequest* request,
                                                v1::CreateLegalHoldResponse* response) {
  auto read = FromProto(*request, MakeHoldId());
  if (auto* violations = std::get_if<ActViolations>(&read)) {
    return ActInvalid(std::move(*violations));
  }
  const auto& act = std::get<LegalHold>(read);
  absl::StatusOr<std::optional<db::StoredHold>> hold = ReadHold(act.hold_id);
  if (hold.ok() && !*hold) {
    // Whoever places the same id at the same moment is told apart below, by what the log has.
    const absl::Status appended = options_.append(EncodeAct(act));
    if (!appended.ok()) {
      return ToGrpcStatus(ActNotAppended(appended));
    }
    hold = ReadHold(act.hold_id);
    ops::LogInfo("legal hold placed", {{"hold_id", act.hold_id}});
  }
  if (!hold.ok() || !*hold) {
    return GovernanceFailed(hold.status(), "CreateLegalHold");
  }
  if ((*hold)->hold != act) {
    return ToGrpcStatus(LegalHoldIdReused());
  }
  *response->mutable_hold() = ToProto(**hold);
  return grpc::Status::OK;
}

grpc::Status GovernanceService::ReleaseLegalHold(grpc::ServerContext* /*context*/,
                                                 const v1::ReleaseLegalHoldRequest* request,
                                                 v1::ReleaseLegalHoldResponse* response) {
  auto read = FromProto(*request);
  if (auto* violations = std::get_if<ActViolations>(&read)) {
    return ActInvalid(std::move(*violations));
  }
  const auto& act = std::get<ReleaseHold>(read);
  absl::StatusOr<std::optional<db::StoredHold>> hold = ReadHold(act.hold_id);
  if (hold.ok() && !*hold) {
    return ToGrpcStatus(LegalHoldNotFound());
  }
  if (hold.ok() && !(*hold)->release) {
    const absl::Status appended = options_.append(EncodeAct(act));
    if (!appended.ok()) {
      return ToGrpcStatus(ActNotAppended(appended));
    }
    hold = ReadHold(act.hold_id);
    ops::LogInfo("legal hold released", {{"hold_id", act.hold_id}});
  }
  if (!hold.ok() || !*hold) {
    return GovernanceFailed(hold.status(), "ReleaseLegalHold");
  }
  *response->mutable_hold() = ToProto(**hold);
  return grpc::Status::OK;
}

grpc::Status GovernanceService::ListLegalHolds(grpc::ServerContext* /*context*/,
                                               const v1::ListLegalHoldsRequest* request,
                                               v1::ListLegalHoldsResponse* response) {
  ActViolations violations;
  const int page_size = ReadPageSize(request->page_size(), violations);
  if (!request->case_reference().empty() && !IsSoundText(request->case_reference(), kCaseReferenceSizeMax)) {
    violations.push_back({"case_reference", "must be at most 256 bytes of UTF-8 without control characters"});
  }
  if (!violations.empty()) {
    return ActInvalid(std::move(violations));
  }
  const std::string listing = HoldsListing(*request);
  const auto released = request->show_released() ? db::WithReleased::kYes : db::WithReleased::kNo;
  std::vector<db::StoredHold> holds;
  std::optional<PageToken> position;
  const absl::Status status = Read([&](db::Transaction& transaction) {
    position = FirstOf(request->page_token(), listing, db::ReadTreeSize(transaction));
    if (position) {
      holds = db::ListHolds(transaction, position->next_leaf_index, position->tree_size, released,
                            request->case_reference(), page_size + 1);
    }
    return absl::OkStatus();
  });
  if (!status.ok()) {
    return GovernanceFailed(status, "ListLegalHolds");
  }
  if (!position) {
    return PageTokenOfAnother();
  }
  response->set_next_page_token(
      CutPage(holds, page_size, *position, listing, [](const db::StoredHold& hold) { return hold.leaf_index; }));
  for (const db::StoredHold& hold : holds) {
    *response->add_holds() = ToProto(hold);
  }
  return grpc::Status::OK;
}

absl::Status GovernanceService::Read(const std::function<absl::Status(db::Transaction&)>& body) {
  RETURN_IF_ERROR(RefreshGovernance(*pool_, *board_));
  return ReadStore(*pool_, body);
}

absl::StatusOr<std::optional<db::StoredPolicy>> GovernanceService::ReadPolicy(const RetentionPolicy& policy) {
  std::optional<db::StoredPolicy> stored;
  RETURN_IF_ERROR(Read([&](db::Transaction& transaction) {
    stored = db::FindPolicy(transaction, policy);
    return absl::OkStatus();
  }));
  return stored;
}

absl::StatusOr<std::optional<db::StoredHold>> GovernanceService::ReadHold(const std::string& hold_id) {
  std::optional<db::StoredHold> stored;
  RETURN_IF_ERROR(Read([&](db::Transaction& transaction) {
    stored = db::FindHold(transaction, hold_id);
    return absl::OkStatus();
  }));
  return stored;
}

}  // namespace affidavit::ledger
