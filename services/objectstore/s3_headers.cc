#include "services/objectstore/s3_headers.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "core/base/encoding.h"
#include "core/base/text.h"
#include "services/objectstore/s3_xml.h"

namespace affidavit::objectstore {
namespace {

constexpr std::string_view kMetadataPrefix = "x-amz-meta-";
constexpr size_t kMetadataBytesMax = 2 << 10;

using HeaderMap = std::map<std::string, std::string>;

std::string HeaderIn(const HeaderMap& headers, const std::string& name) {
  const auto at = headers.find(name);
  return at == headers.end() ? "" : at->second;
}

// Absent, too, for the checksum of a multipart upload: "…-3" is no digest of the body.
std::optional<Digest> ChecksumIn(const HeaderMap& headers) {
  const std::optional<std::string> bytes = Base64Decode(HeaderIn(headers, "x-amz-checksum-sha256"));
  Digest digest;
  if (!bytes.has_value() || bytes->size() != digest.size()) {
    return std::nullopt;
  }
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

bool IsArchived(const HeaderMap& headers, const std::string& storage_class) {
  const bool is_cold = storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE" ||
                       !HeaderIn(headers, "x-amz-archive-status").empty();
  const bool is_thawed = HeaderIn(headers, "x-amz-restore").find("ongoing-request=\"false\"") != std::string::npos;
  return is_cold && !is_thawed;
}

bool IsMetadataName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
           c == '_';
  });
}

bool IsMetadataValue(std::string_view value) {
  return !value.empty() && value.front() != ' ' && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return absl::ascii_isprint(static_cast<unsigned char>(c)); });
}

}  // namespace

std::optional<TimePoint> ParseHttpDate(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") {
    return std::nullopt;
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end()) {
    return std::nullopt;
  }
  const std::string number = std::to_string(month - kMonths.begin() + 1);
  return ParseRfc3339(Concat({text.substr(12, 4), "-", number.size() == 1 ? "0" : "", number, "-", text.substr(5, 2),
                              "T", text.substr(17, 8), "Z"}));
}

ObjectInfo InfoOfHeaders(const HeaderMap& headers) {
  ObjectInfo info;
  info.version_id = HeaderIn(headers, "x-amz-version-id");
  if (!absl::SimpleAtoi(HeaderIn(headers, "content-length"), &info.size)) {
    info.size = 0;
  }
  info.store_time = ParseHttpDate(HeaderIn(headers, "last-modified")).value_or(TimePoint{});
  info.sha256 = ChecksumIn(headers);
  info.lock_mode = HeaderIn(headers, "x-amz-object-lock-mode");
  info.retain_until = ParseRfc3339(HeaderIn(headers, "x-amz-object-lock-retain-until-date"));
  info.legal_hold = HeaderIn(headers, "x-amz-object-lock-legal-hold") == "ON";
  for (const auto& [name, value] : headers) {
    if (name.starts_with(kMetadataPrefix)) {
      std::string our_name = name.substr(kMetadataPrefix.size());
      std::replace(our_name.begin(), our_name.end(), '-', '_');
      info.metadata[our_name] = value;
    }
  }
  const std::string storage_class = HeaderIn(headers, "x-amz-storage-class");
  info.storage_class = storage_class.empty() ? "STANDARD" : storage_class;
  info.is_archived = IsArchived(headers, storage_class);
  return info;
}

absl::Status CheckMetadata(const Metadata& metadata) {
  size_t bytes = 0;
  for (const auto& [name, value] : metadata) {
    if (!IsMetadataName(name) || !IsMetadataValue(value)) {
      return absl::InvalidArgumentError("metadata must be printable ASCII under names of a-z, 0-9 and '_'");
    }
    bytes += name.size() + value.size();
  }
  return bytes <= kMetadataBytesMax ? absl::OkStatus() : absl::InvalidArgumentError("more than 2 KiB of metadata");
}

NameValues HeadersOfPut(const PutRequest& request) {
  NameValues headers{{"Content-Type", request.content_type}};
  for (const auto& [name, value] : request.metadata) {
    headers.emplace_back(Concat({kMetadataPrefix, name}), value);
  }
  if (request.retain_until.has_value()) {
    headers.emplace_back("x-amz-object-lock-mode", "COMPLIANCE");
    headers.emplace_back("x-amz-object-lock-retain-until-date", WholeSecond(*request.retain_until));
  }
  if (request.legal_hold) {
    headers.emplace_back("x-amz-object-lock-legal-hold", "ON");
  }
  if (request.only_if_absent) {
    headers.emplace_back("If-None-Match", "*");
  }
  return headers;
}

}  // namespace affidavit::objectstore
