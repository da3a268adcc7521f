#include "services/objectstore/s3_xml.h"

#include <pugixml.hpp>

#include <optional>

#include "core/base/text.h"
#include "services/objectstore/sigv4.h"

namespace affidavit::objectstore {
namespace {

constexpr std::string_view kNamespace = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

int HexValue(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// As encoding-type=url writes names: %XX, and '+' for a space.
std::optional<std::string> UrlDecode(std::string_view text) {
  std::string raw;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      raw += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    raw += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return raw;
}

std::string ChildText(const pugi::xml_node& node, const char* name) {
  return node.child_value(name);
}

// The root element, when it is called `name`.
absl::StatusOr<pugi::xml_node> LoadRoot(pugi::xml_document& document, const std::string& xml, const char* name) {
  const pugi::xml_parse_result result = document.load_buffer(xml.data(), xml.size());
  const pugi::xml_node root = document.document_element();
  if (!result || std::string_view(root.name()) != name) {
    return absl::InternalError(Concat({"the answer is no ", name}));
  }
  return root;
}

std::optional<ObjectInfo> VersionOf(const pugi::xml_node& node) {
  const std::optional<std::string> key = UrlDecode(ChildText(node, "Key"));
  const std::optional<TimePoint> time = ParseRfc3339(ChildText(node, "LastModified"));
  if (!key.has_value() || !time.has_value()) {
    return std::nullopt;
  }
  ObjectInfo info;
  info.key = *key;
  info.version_id = ChildText(node, "VersionId");
  info.size = node.child("Size").text().as_llong();
  info.is_latest = ChildText(node, "IsLatest") == "true";
  info.is_delete_marker = std::string_view(node.name()) == "DeleteMarker";
  info.store_time = *time;
  const std::string storage_class = ChildText(node, "StorageClass");
  info.storage_class = storage_class.empty() ? "STANDARD" : storage_class;
  return info;
}

}  // namespace

std::string ErrorCodeIn(const std::string& xml) {
  pugi::xml_document document;
  const absl::StatusOr<pugi::xml_node> root = LoadRoot(document, xml, "Error");
  return root.ok() ? ChildText(*root, "Code") : "";
}

absl::StatusOr<VersionPage> ParseVersions(const std::string& xml) {
  pugi::xml_document document;
  const absl::StatusOr<pugi::xml_node> root = LoadRoot(document, xml, "ListVersionsResult");
  if (!root.ok()) {
    return root.status();
  }
  VersionPage page;
  for (const pugi::xml_node& node : root->children()) {
    const std::string_view name = node.name();
    if (name != "Version" && name != "DeleteMarker") {
      continue;
    }
    std::optional<ObjectInfo> version = VersionOf(node);
    if (!version.has_value()) {
      return absl::InternalError("a version without a sound key or time");
    }
    page.versions.push_back(*std::move(version));
  }
  if (ChildText(*root, "IsTruncated") == "true") {
    const std::optional<std::string> key = UrlDecode(ChildText(*root, "NextKeyMarker"));
    if (!key.has_value() || key->empty()) {
      return absl::InternalError("a list of versions that goes on nowhere");
    }
    page.next_token = PageToken(*key, ChildText(*root, "NextVersionIdMarker"));
  }
  return page;
}

absl::StatusOr<LockConfiguration> ParseLockConfiguration(const std::string& xml) {
  pugi::xml_document document;
  const absl::StatusOr<pugi::xml_node> root = LoadRoot(document, xml, "ObjectLockConfiguration");
  if (!root.ok()) {
    return root.status();
  }
  LockConfiguration configuration;
  configuration.is_enabled = ChildText(*root, "ObjectLockEnabled") == "Enabled";
  const pugi::xml_node retention = root->child("Rule").child("DefaultRetention");
  const std::string days = ChildText(retention, "Days"), years = ChildText(retention, "Years");
  // Servers that always write both write 0 for the one that is not meant.
  if (!days.empty() && days != "0") {
    configuration.default_retention = Concat({ChildText(retention, "Mode"), " ", days, " days"});
  } else if (!years.empty() && years != "0") {
    configuration.default_retention = Concat({ChildText(retention, "Mode"), " ", years, " years"});
  }
  return configuration;
}

absl::StatusOr<bool> ParseIsVersioned(const std::string& xml) {
  pugi::xml_document document;
  const absl::StatusOr<pugi::xml_node> root = LoadRoot(document, xml, "VersioningConfiguration");
  if (!root.ok()) {
    return root.status();
  }
  return ChildText(*root, "Status") == "Enabled";
}

std::string WholeSecond(TimePoint time) {
  return FormatRfc3339(std::chrono::ceil<std::chrono::seconds>(time)).substr(0, 19) + "Z";
}

std::string RetentionXml(std::string_view mode, TimePoint retain_until) {
  return Concat({"<Retention", kNamespace, "><Mode>", mode, "</Mode><RetainUntilDate>", WholeSecond(retain_until),
                 "</RetainUntilDate></Retention>"});
}

std::string LegalHoldXml(bool on) {
  return Concat({"<LegalHold", kNamespace, "><Status>", on ? "ON" : "OFF", "</Status></LegalHold>"});
}

std::string RestoreXml(int days) {
  return Concat({"<RestoreRequest", kNamespace, "><Days>", std::to_string(days),
                 "</Days><GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters></RestoreRequest>"});
}

std::string BucketConfigurationXml(std::string_view region) {
  return Concat({"<CreateBucketConfiguration", kNamespace, "><LocationConstraint>", region,
                 "</LocationConstraint></CreateBucketConfiguration>"});
}

std::string PageToken(std::string_view key_marker, std::string_view version_marker) {
  return Concat({UriEncode(key_marker, Slashes::kEncode), "&", UriEncode(version_marker, Slashes::kEncode)});
}

absl::StatusOr<PageMarkers> ParsePageToken(std::string_view token) {
  const size_t ampersand = token.find('&');
  if (ampersand != std::string_view::npos) {
    const std::optional<std::string> key = UrlDecode(token.substr(0, ampersand));
    const std::optional<std::string> version = UrlDecode(token.substr(ampersand + 1));
    if (key.has_value() && version.has_value() && !key->empty()) {
      return PageMarkers{.key = *key, .version = *version};
    }
  }
  return absl::InvalidArgumentError("not a token of a page of versions");
}

}  // namespace affidavit::objectstore
