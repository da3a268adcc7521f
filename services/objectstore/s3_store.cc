#include "services/objectstore/s3_store.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "services/objectstore/s3_client.h"
#include "services/objectstore/s3_headers.h"
#include "services/objectstore/s3_xml.h"

namespace affidavit::objectstore {
namespace {

constexpr size_t kKeyBytesMax = 1024;
constexpr size_t kObjectBytesMax = 1 << 30;
constexpr int kPageVersionsMax = 1000;

NameValues VersionQuery(std::string_view version_id) {
  NameValues query;
  if (!version_id.empty()) {
    query.emplace_back("versionId", version_id);
  }
  return query;
}

absl::Status CheckLockTime(TimePoint retain_until, TimePoint now) {
  if (!IsRepresentable(retain_until) || retain_until <= now) {
    return absl::InvalidArgumentError("the time to retain until lies in the past, or beyond year 9999");
  }
  return absl::OkStatus();
}

std::optional<std::string> ProcessEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing calls setenv
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

absl::StatusOr<std::unique_ptr<S3Store>> OpenS3Store(const config::ObjectStoreConfig& config, const S3Hooks& hooks) {
  ASSIGN_OR_RETURN(S3Address address, AddressOf(config));
  const config::Environment environment = hooks.environment ? hooks.environment : &ProcessEnvironment;
  auto client = std::make_unique<S3Client>(S3ClientOptions{.address = std::move(address),
                                                           .region = config.region,
                                                           .timeout = std::chrono::seconds(config.timeout_seconds),
                                                           .backoff_first = hooks.backoff_first,
                                                           .backoff_max = hooks.backoff_max},
                                           HttpTransportOptions{.ca_file = config.ca_file},
                                           MakeCredentialsProvider(config, environment, *hooks.clock), *hooks.clock);
  return std::make_unique<S3Store>(std::move(client), config, *hooks.clock);
}

S3Store::S3Store(std::unique_ptr<S3Client> client, const config::ObjectStoreConfig& config, const Clock& clock)
    : client_(std::move(client)),
      clock_(clock),
      prefix_(config.prefix),
      name_(Concat({"s3://", config.bucket, "/", config.prefix})) {}

S3Store::~S3Store() = default;

absl::StatusOr<std::string> S3Store::FullKey(std::string_view key) const {
  std::string full = Concat({prefix_, key});
  if (key.empty() || full.size() > kKeyBytesMax || !IsUtf8(full) || full.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("a key must be 1 to 1,024 bytes of UTF-8 without NUL, the prefix included");
  }
  return full;
}

absl::StatusOr<PutResult> S3Store::Put(const PutRequest& request) {
  ASSIGN_OR_RETURN(std::string key, FullKey(request.key));
  RETURN_IF_ERROR(CheckMetadata(request.metadata));
  if (request.retain_until.has_value()) {
    RETURN_IF_ERROR(CheckLockTime(*request.retain_until, clock_.WallNow()));
  }
  ASSIGN_OR_RETURN(const S3Answer answer,
                   client_->Send({.operation = "PutObject",
                                  .method = "PUT",
                                  .key = std::move(key),
                                  .headers = HeadersOfPut(request),
                                  .body = request.body,
                                  .body_sha256 = request.sha256,
                                  .sends_checksum = true,
                                  .is_repeatable = false,  // a second one is a second version
                                  .asks_for_lock = request.retain_until.has_value() || request.legal_hold}));
  return PutResult{.version_id = answer.Header("x-amz-version-id"),
                   .store_time = ParseHttpDate(answer.Header("date")).value_or(clock_.WallNow())};
}

absl::StatusOr<ObjectInfo> S3Store::Head(std::string_view key, std::string_view version_id) {
  ASSIGN_OR_RETURN(std::string full_key, FullKey(key));
  ASSIGN_OR_RETURN(const S3Answer answer, client_->Send({.operation = "HeadObject",
                                                         .method = "HEAD",
                                                         .key = std::move(full_key),
                                                         .query = VersionQuery(version_id),
                                                         .headers = {{"x-amz-checksum-mode", "ENABLED"}}}));
  ObjectInfo info = InfoOfHeaders(answer.headers);
  info.key = key;
  return info;
}

absl::StatusOr<Object> S3Store::Get(std::string_view key, std::string_view version_id) {
  ASSIGN_OR_RETURN(std::string full_key, FullKey(key));
  ASSIGN_OR_RETURN(S3Answer answer, client_->Send({.operation = "GetObject",
                                                   .method = "GET",
                                                   .key = std::move(full_key),
                                                   .query = VersionQuery(version_id),
                                                   .headers = {{"x-amz-checksum-mode", "ENABLED"}},
                                                   .answer_bytes_max = kObjectBytesMax}));
  Object object{.info = InfoOfHeaders(answer.headers), .body = std::move(answer.body)};
  object.info.key = key;
  object.info.size = static_cast<int64_t>(object.body.size());
  if (object.info.sha256.has_value() && Sha256(object.body) != *object.info.sha256) {
    return absl::DataLossError("GetObject: what came back is not what its checksum says");
  }
  return object;
}

absl::Status S3Store::ExtendRetention(std::string_view key, std::string_view version_id, TimePoint retain_until) {
  return PutRetention(key, version_id, "COMPLIANCE", retain_until, /*bypass_governance=*/false);
}

absl::Status S3Store::PutRetention(std::string_view key, std::string_view version_id, std::string_view mode,
                                   TimePoint retain_until, bool bypass_governance) {
  ASSIGN_OR_RETURN(std::string full_key, FullKey(key));
  RETURN_IF_ERROR(CheckLockTime(retain_until, clock_.WallNow()));
  NameValues query = VersionQuery(version_id);
  query.emplace_back("retention", "");
  NameValues headers{{"Content-Type", "application/xml"}};
  if (bypass_governance) {
    headers.emplace_back("x-amz-bypass-governance-retention", "true");
  }
  const std::string document = RetentionXml(mode, retain_until);
  return client_
      ->Send({.operation = "PutObjectRetention",
              .method = "PUT",
              .key = std::move(full_key),
              .query = std::move(query),
              .headers = std::move(headers),
              .body = document,
              .sends_checksum = true,
              .asks_for_lock = true})
      .status();
}

absl::Status S3Store::SetLegalHold(std::string_view key, std::string_view version_id, bool on) {
  ASSIGN_OR_RETURN(std::string full_key, FullKey(key));
  NameValues query = VersionQuery(version_id);
  query.emplace_back("legal-hold", "");
  const std::string document = LegalHoldXml(on);
  return client_
      ->Send({.operation = "PutObjectLegalHold",
              .method = "PUT",
              .key = std::move(full_key),
              .query = std::move(query),
              .headers = {{"Content-Type", "application/xml"}},
              .body = document,
              .sends_checksum = true,
              .asks_for_lock = true})
      .status();
}

absl::Status S3Store::Delete(std::string_view key, std::string_view version_id) {
  ASSIGN_OR_RETURN(std::string full_key, FullKey(key));
  return client_
      ->Send({.operation = "DeleteObject",
              .method = "DELETE",
              .key = std::move(full_key),
              .query = VersionQuery(version_id)})
      .status();
}

absl::Status S3Store::DeleteBypassingGovernance(std::string_view key, std::string_view version_id) {
  ASSIGN_OR_RETURN(std::string full_key, FullKey(key));
  return client_
      ->Send({.operation = "DeleteObject",
              .method = "DELETE",
              .key = std::move(full_key),
              .query = VersionQuery(version_id),
              .headers = {{"x-amz-bypass-governance-retention", "true"}}})
      .status();
}

absl::StatusOr<VersionPage> S3Store::ListVersions(std::string_view prefix, std::string_view token, int limit) {
  NameValues query{{"versions", ""},
                   {"encoding-type", "url"},
                   {"max-keys", std::to_string(std::clamp(limit, 1, kPageVersionsMax))},
                   {"prefix", Concat({prefix_, prefix})}};
  if (!token.empty()) {
    ASSIGN_OR_RETURN(PageMarkers markers, ParsePageToken(token));
    query.emplace_back("key-marker", std::move(markers.key));
    query.emplace_back("version-id-marker", std::move(markers.version));
  }
  ASSIGN_OR_RETURN(const S3Answer answer,
                   client_->Send({.operation = "ListObjectVersions", .method = "GET", .query = std::move(query)}));
  ASSIGN_OR_RETURN(VersionPage page, ParseVersions(answer.body));
  for (ObjectInfo& version : page.versions) {
    if (!version.key.starts_with(prefix_)) {
      return absl::InternalError("ListObjectVersions: a key outside the prefix");
    }
    version.key.erase(0, prefix_.size());
  }
  return page;
}

absl::StatusOr<StoreProperties> S3Store::Describe() {
  StoreProperties properties;
  ASSIGN_OR_RETURN(const S3Answer versioning,
                   client_->Send({.operation = "GetBucketVersioning", .method = "GET", .query = {{"versioning", ""}}}));
  ASSIGN_OR_RETURN(properties.versioning, ParseIsVersioned(versioning.body));
  properties.store_time = ParseHttpDate(versioning.Header("date"));

  const absl::StatusOr<S3Answer> lock =
      client_->Send({.operation = "GetObjectLockConfiguration", .method = "GET", .query = {{"object-lock", ""}}});
  if (lock.ok()) {
    ASSIGN_OR_RETURN(LockConfiguration configuration, ParseLockConfiguration(lock->body));
    properties.object_lock = configuration.is_enabled;
    properties.default_retention = std::move(configuration.default_retention);
  } else if (lock.status().code() != absl::StatusCode::kNotFound) {  // the bucket is there: that much we know
    return lock.status();
  }
  properties.is_worm = properties.object_lock && properties.versioning;
  return properties;
}

absl::Status S3Store::Thaw(std::string_view key, std::string_view version_id, int days) {
  ASSIGN_OR_RETURN(const ObjectInfo info, Head(key, version_id));
  if (!info.is_archived) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::string full_key, FullKey(key));
  NameValues query = VersionQuery(version_id);
  query.emplace_back("restore", "");
  const std::string document = RestoreXml(days);
  const absl::Status status = client_
                                  ->Send({.operation = "RestoreObject",
                                          .method = "POST",
                                          .key = std::move(full_key),
                                          .query = std::move(query),
                                          .headers = {{"Content-Type", "application/xml"}},
                                          .body = document,
                                          .sends_checksum = true})
                                  .status();
  return S3CodeOf(status) == "RestoreAlreadyInProgress" ? absl::OkStatus() : status;
}

absl::Status S3Store::CreateBucket(bool object_lock) {
  NameValues headers;
  if (object_lock) {
    headers.emplace_back("x-amz-bucket-object-lock-enabled", "true");
  }
  std::string document;
  if (client_->region() != "us-east-1") {  // where S3 began, and the one region that must not be named
    document = BucketConfigurationXml(client_->region());
    headers.emplace_back("Content-Type", "application/xml");
  }
  const absl::Status status =
      client_->Send({.operation = "CreateBucket", .method = "PUT", .headers = std::move(headers), .body = document})
          .status();
  return S3CodeOf(status) == "BucketAlreadyOwnedByYou" ? absl::OkStatus() : status;
}

absl::Status S3Store::PutBucketDocument(std::string_view subresource, std::string_view document) {
  const bool is_json = document.starts_with('{');
  return client_
      ->Send({.operation = "PutBucketDocument",
              .method = "PUT",
              .query = {{std::string(subresource), ""}},
              .headers = {{"Content-Type", is_json ? "application/json" : "application/xml"}},
              .body = document,
              .sends_checksum = true})
      .status();
}

}  // namespace affidavit::objectstore
