#include "cli/schema_versions.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

bool HasSameName(const v1::SchemaVersion& a, const v1::SchemaVersion& b) {
  return a.source() == b.source() && a.event_type() == b.event_type() && a.schema_version() == b.schema_version();
}

}  // namespace

absl::StatusOr<std::vector<v1::SchemaVersion>> ListSchemaVersions(LedgerClient& client, const std::string& source,
                                                                  const std::string& event_type,
                                                                  v1::SchemaVersionView view) {
  std::vector<v1::SchemaVersion> versions;
  v1::ListSchemaVersionsRequest request;
  request.set_source(source);
  request.set_event_type(event_type);
  request.set_view(view);
  v1::ListSchemaVersionsResponse page;
  do {
    request.set_page_token(page.next_page_token());
    ASSIGN_OR_RETURN(page, client.ListSchemaVersions(request));
    for (v1::SchemaVersion& version : *page.mutable_versions()) {
      if (!versions.empty() && HasSameName(versions.back(), version)) {
        versions.back().mutable_shapes()->MergeFrom(version.shapes());
      } else {
        versions.push_back(std::move(version));
      }
    }
  } while (!page.next_page_token().empty());
  for (v1::SchemaVersion& version : versions) {
    std::sort(version.mutable_shapes()->begin(), version.mutable_shapes()->end(),
              [](const v1::SchemaShape& a, const v1::SchemaShape& b) {
                return std::tuple(a.first_leaf_index(), a.shape_id()) < std::tuple(b.first_leaf_index(), b.shape_id());
              });
  }
  return versions;
}

const v1::SchemaVersion* FindSchemaVersion(const std::vector<v1::SchemaVersion>& versions, const std::string& source,
                                           const std::string& event_type, const std::string& schema_version) {
  for (const v1::SchemaVersion& version : versions) {
    if (version.source() == source && version.event_type() == event_type &&
        version.schema_version() == schema_version) {
      return &version;
    }
  }
  return nullptr;
}

std::string VersionText(const std::string& schema_version) {
  return schema_version.empty() ? "(none)" : schema_version;
}

}  // namespace affidavit::cli
