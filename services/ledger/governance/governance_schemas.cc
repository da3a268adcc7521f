// RegisterSchemaVersion and ListSchemaVersions. What is current is asked of the log itself, for the registry that is
// listed is a projection, which may be behind or not be kept at all.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/envelope/leaf.h"
#include "core/schema/registration.h"
#include "db/schema_store.h"
#include "ops/log.h"
#include "services/ledger/governance/governance_service.h"
#include "services/ledger/governance/governance_wire.h"
#include "services/ledger/governance/schema_wire.h"
#include "services/ledger/wire/read_store.h"
#include "services/ledger/wire/status.h"
#include "services/schema/compiled_schema.h"

namespace affidavit::ledger {
namespace {

using SchemaViolations = std::vector<WireError::Violation>;

constexpr size_t kSchemaNameSizeMax = 512;
constexpr int kRegisterAttemptsMax = 20;  // each lost to somebody who registered another schema at the same moment
constexpr int kFullVersionsMax = 50;      // a page's registered schemas alone may be 256 KiB each
constexpr int64_t kSchemaPageBytesMax = 3 << 20;

struct Registration {
  int number = 0;  // 1 for the first of its three names
  int64_t leaf_index = 0;
  std::string schema_id;
};

grpc::Status SchemaRequestInvalid(SchemaViolations violations) {
  return ToGrpcStatus(InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, std::move(violations)));
}

grpc::Status SchemaCallFailed(const absl::Status& status, const char* rpc) {
  ops::LogWarning("governance failed", {{"rpc", rpc}, {"code", absl::StatusCodeToString(status.code())}});
  return ToGrpcStatus(StoreError(status));
}

SchemaViolations FindViolations(const SchemaRegistration& registration) {
  SchemaViolations violations;
  for (ActFault& fault : FindRegistrationFaults(registration)) {
    violations.push_back({std::move(fault.field), std::move(fault.description)});
  }
  if (violations.empty()) {
    if (const auto compiled = schema::CompiledSchema::Compile(registration.schema); !compiled.ok()) {
      violations.push_back({"schema", std::string(compiled.status().message())});
    }
  }
  return violations;
}

absl::StatusOr<Registration> RegistrationFrom(const db::StoredEntry& entry, const std::string& prefix) {
  ASSIGN_OR_RETURN(const LeafFields fields, DecodeLeaf(entry.leaf));
  Registration found{.leaf_index = entry.leaf_index};
  const absl::StatusOr<SchemaRegistration> registration = DecodeRegistration(entry.payload.value_or(""));
  if (!registration.ok() || !absl::SimpleAtoi(fields.event_id.substr(prefix.size()), &found.number)) {
    return absl::DataLossError(absl::StrCat("entry ", entry.leaf_index, " is no registration"));
  }
  found.schema_id = SchemaIdOf(registration->schema);
  return found;
}

// The newest registration whose key begins with `prefix`.
absl::StatusOr<std::optional<Registration>> FindRegistration(db::ConnectionPool& pool, const std::string& prefix,
                                                             size_t names_prefix_size) {
  std::optional<Registration> found;
  RETURN_IF_ERROR(ReadStore(pool, [&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<db::StoredEntry> entry, db::FindNewestAct(transaction, prefix));
    if (entry) {
      ASSIGN_OR_RETURN(found, RegistrationFrom(*entry, prefix.substr(0, names_prefix_size)));
    }
    return absl::OkStatus();
  }));
  return found;
}

SchemaViolations FindViolations(const v1::ListSchemaVersionsRequest& request) {
  SchemaViolations violations;
  if (!request.source().empty() && !IsSoundText(request.source(), kSchemaNameSizeMax)) {
    violations.push_back({"source", "must be at most 512 bytes of UTF-8 without control characters"});
  }
  if (!request.event_type().empty() && !IsSoundText(request.event_type(), kSchemaNameSizeMax)) {
    violations.push_back({"event_type", "must be at most 512 bytes of UTF-8 without control characters"});
  }
  if (!v1::SchemaVersionView_IsValid(request.view())) {
    violations.push_back({"view", "must be a view of schema versions"});
  }
  return violations;
}

std::string SchemasListing(const v1::ListSchemaVersionsRequest& request) {
  return absl::StrCat(request.view() == v1::SCHEMA_VERSION_VIEW_FULL ? "full" : "basic", "\n", request.source(), "\n",
                      request.event_type());
}

}  // namespace

grpc::Status GovernanceService::RegisterSchemaVersion(grpc::ServerContext* /*context*/,
                                                      const v1::RegisterSchemaVersionRequest* request,
                                                      v1::RegisterSchemaVersionResponse* response) {
  const SchemaRegistration registration = FromProto(*request);
  if (SchemaViolations violations = FindViolations(registration); !violations.empty()) {
    return SchemaRequestInvalid(std::move(violations));
  }
  const std::string schema_id = SchemaIdOf(registration.schema);
  const std::string prefix = RegistrationKeyPrefix(registration);
  absl::StatusOr<std::optional<Registration>> found = FindRegistration(*pool_, prefix, prefix.size());
  for (int attempt = 0; found.ok() && attempt < kRegisterAttemptsMax; ++attempt) {
    if (*found && (*found)->schema_id == schema_id) {
      response->set_schema_id(schema_id);
      response->set_leaf_index((*found)->leaf_index);
      return grpc::Status::OK;
    }
    const GovernanceRecord record = EncodeRegistration(registration, *found ? (*found)->number + 1 : 1);
    const absl::Status appended = options_.append(record);
    if (!appended.ok()) {
      return ToGrpcStatus(ActNotAppended(appended));
    }
    // By its own key, not as the newest: another may have taken its place already, and it was registered all the same.
    // Where the key is another's, who came first, that one is to be taken the place of.
    found = FindRegistration(*pool_, record.idempotency_key, prefix.size());
  }
  return SchemaCallFailed(found.ok() ? absl::UnavailableError("lost to other registrations") : found.status(),
                          "RegisterSchemaVersion");
}

grpc::Status GovernanceService::ListSchemaVersions(grpc::ServerContext* /*context*/,
                                                   const v1::ListSchemaVersionsRequest* request,
                                                   v1::ListSchemaVersionsResponse* response) {
  SchemaViolations violations = FindViolations(*request);
  int page_size = ReadPageSize(request->page_size(), violations);
  if (!violations.empty()) {
    return SchemaRequestInvalid(std::move(violations));
  }
  const std::string listing = SchemasListing(*request);
  std::optional<db::SchemaPosition> after;
  if (!request->page_token().empty()) {
    after = DecodeSchemaToken(request->page_token(), listing);
    if (!after) {
      return ToGrpcStatus(
          InvalidRequest(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
                         {{"page_token", "must be the next_page_token of a page of the same listing"}}));
    }
  }
  const bool is_full = request->view() == v1::SCHEMA_VERSION_VIEW_FULL;
  page_size = is_full ? std::min(page_size, kFullVersionsMax) : page_size;
  db::SchemaPage page;
  const absl::Status status = ReadStore(*pool_, [&](db::Transaction& transaction) {
    page = db::ListSchemas(transaction, {.source = request->source(), .event_type = request->event_type()}, after,
                           page_size, is_full ? db::WithShapes::kYes : db::WithShapes::kNo, kSchemaPageBytesMax);
    return absl::OkStatus();
  });
  if (!status.ok()) {
    return SchemaCallFailed(status, "ListSchemaVersions");
  }
  for (const db::StoredSchemaVersion& version : page.versions) {
    *response->add_versions() = ToProto(version);
  }
  if (page.next) {
    response->set_next_page_token(EncodeSchemaToken(*page.next, listing));
  }
  return grpc::Status::OK;
}

}  // namespace affidavit::ledger
