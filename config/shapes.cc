#include "config/shapes.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "core/base/affix.h"
#include "core/base/encoding.h"
#include "core/base/text.h"
#include "core/checkpoint/key.h"
#include "core/envelope/profile.h"

namespace affidavit::config {
namespace {

constexpr size_t kTextSizeMax = 4096;
constexpr size_t kNameSizeMax = 64;
constexpr size_t kRouteSizeMax = 256;
constexpr size_t kSyslogHostSizeMax = 255;
constexpr size_t kSyslogAppSizeMax = 48;
constexpr std::string_view kUnix = "unix:";

bool IsAll(std::string_view text, bool (*is)(char)) {
  return std::all_of(text.begin(), text.end(), is);
}

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
}
bool IsPathCharacter(char c) {
  return IsNameCharacter(c) || c == '/' || c == '~';
}
bool IsHeaderCharacter(char c) {
  return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_';
}
bool IsVariableCharacter(char c) {
  return absl::ascii_isalnum(c) || c == '_';
}
bool IsHostCharacter(char c) {
  return IsNameCharacter(c) || c == ':' || c == '[' || c == ']' || c == '%';
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kNameSizeMax && absl::ascii_isalnum(text.front()) &&
         IsAll(text, IsNameCharacter);
}

// The host of host:port, without the brackets of an IPv6 address; empty when `address` is not of that form.
std::string_view HostOf(std::string_view address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string_view::npos || colon + 1 == address.size() ||
      !IsAll(address.substr(colon + 1), [](char c) { return absl::ascii_isdigit(c); }) ||
      !absl::SimpleAtoi(std::string(address.substr(colon + 1)), &port) || port > 65'535) {
    return {};
  }
  std::string_view host = address.substr(0, colon);
  if (ConsumePrefix(host, "[")) {
    return ConsumeSuffix(host, "]") && IsAll(host, IsHostCharacter) ? host : std::string_view();
  }
  return host.find(':') == std::string_view::npos && IsAll(host, IsHostCharacter) ? host : std::string_view();
}

bool IsUnixPath(std::string_view address) {
  constexpr size_t kPathSizeMax = 107;  // sockaddr_un
  return ConsumePrefix(address, kUnix) && address.starts_with("/") && address.size() <= kPathSizeMax;
}

bool IsRoute(std::string_view text) {
  return text.starts_with("/") && text.size() <= kRouteSizeMax && IsAll(text, IsPathCharacter) &&
         text.find("//") == std::string_view::npos && text.find("/.") == std::string_view::npos;
}

bool IsUrl(std::string_view text) {
  std::string_view rest = text;
  return (ConsumePrefix(rest, "http://") || ConsumePrefix(rest, "https://")) && !rest.empty() && rest.front() != '/' &&
         IsAll(rest, [](char c) { return absl::ascii_isgraph(c); });
}

bool IsKeyPrefix(std::string_view text) {
  return text.empty() || (text.front() != '/' && text.back() == '/');
}

// PRINTUSASCII of RFC 5424
bool IsSyslogName(std::string_view text, size_t size_max) {
  return text.size() <= size_max && IsAll(text, [](char c) { return absl::ascii_isgraph(c); });
}

bool IsEnterprise(std::string_view text) {
  constexpr size_t kSizeMax = 20;  // of the 32 of an SD-ID, the rest is for the name before '@'
  return !text.empty() && text.size() <= kSizeMax &&
         IsAll(text, [](char c) { return absl::ascii_isdigit(c) || c == '.'; }) && text.front() != '.' &&
         text.back() != '.' && text.find("..") == std::string_view::npos;
}

bool IsFingerprint(std::string_view text) {
  return text.size() == 16 && HexDecode(text).has_value();
}

}  // namespace

std::string_view FaultOfShape(Shape shape, std::string_view text) {
  const auto unless = [](bool good, std::string_view fault) { return good ? std::string_view() : fault; };
  if (!text.empty() && !IsSoundText(text, kTextSizeMax)) {
    return "must be at most 4096 bytes without control characters";
  }
  switch (shape) {
    case Shape::kText:
    case Shape::kFile:
      return {};
    case Shape::kLogLevel:
      return unless(text == "debug" || text == "info" || text == "warning" || text == "error",
                    "must be debug, info, warning or error");
    case Shape::kName:
      return unless(IsName(text), "must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit");
    case Shape::kListen:
      return unless(!HostOf(text).empty(), "must be host:port");
    case Shape::kListenOrUnix:
      return unless(!HostOf(text).empty() || IsUnixPath(text), "must be host:port or unix:/path");
    case Shape::kTarget:
      return unless(!text.empty() && text.find(' ') == std::string_view::npos, "must be host:port or unix:/path");
    case Shape::kUrl:
      return unless(text.empty() || IsUrl(text), "must be an address that begins with http:// or https://");
    case Shape::kLogName:
      return unless(text.empty() || IsKeyName(text), "must have no spaces and no '+'");
    case Shape::kRoute:
      return unless(text.empty() || IsRoute(text), "must be a path: /, then A-Z a-z 0-9 . _ - ~ and /, at most 256");
    case Shape::kHeader:
      return unless(IsAll(text, IsHeaderCharacter), "must be a header's name in lower case");
    case Shape::kPointer:
      return unless(text.empty() || ParseJsonPointer(text).ok(), "must be a JSON pointer (/a/b), or empty for none");
    case Shape::kVariable:
      return unless(IsAll(text, IsVariableCharacter), "must be the name of an environment variable");
    case Shape::kFingerprint:
      return unless(text.empty() || IsFingerprint(text), "must be 16 lower-case hex digits");
    case Shape::kStoreKind:
      return unless(text == "none" || text == "directory" || text == "s3", "must be none, directory or s3");
    case Shape::kBucket:
      return unless(text.size() <= kRouteSizeMax && IsAll(text, IsNameCharacter), "must be of A-Z a-z 0-9 . _ -");
    case Shape::kKeyPrefix:
      return unless(IsKeyPrefix(text), "must end with '/' and not begin with one, or be empty");
    case Shape::kSinkKind:
      return unless(text == "relp" || text == "syslog-tls" || text == "json-lines",
                    "must be relp, syslog-tls or json-lines");
    case Shape::kSinkFormat:
      return unless(text == "rfc5424" || text == "ocsf", "must be rfc5424 or ocsf");
    case Shape::kSyslogHost:
      return unless(IsSyslogName(text, kSyslogHostSizeMax), "must be at most 255 of printable ASCII without spaces");
    case Shape::kSyslogApp:
      return unless(!text.empty() && IsSyslogName(text, kSyslogAppSizeMax),
                    "must be 1 to 48 of printable ASCII without spaces");
    case Shape::kEnterprise:
      return unless(IsEnterprise(text), "must be an enterprise number: digits, with dots between sub-identifiers");
  }
  return {};
}

bool IsLocal(std::string_view address) {
  if (address.starts_with(kUnix)) {
    return true;
  }
  const std::string_view host = HostOf(address);
  // Not any name that begins with 127: a resolver would have the last word on it.
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && IsAll(host, [](char c) { return absl::ascii_isdigit(c) || c == '.'; }));
}

bool IsLocalUrl(std::string_view url) {
  if (!ConsumePrefix(url, "http://")) {
    ConsumePrefix(url, "https://");
  }
  const std::string host(url.substr(0, url.find('/')));
  return IsLocal(host) || IsLocal(host + ":80");
}

}  // namespace affidavit::config
