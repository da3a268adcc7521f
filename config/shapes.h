// What a text of the configuration must look like. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace affidavit::config {

enum class Shape {
  kText,          // anything without control characters
  kFile,          // a file's name; relative ones count from the configuration's folder
  kLogLevel,      // debug | info | warning | error
  kName,          // A-Z a-z 0-9 . _ -, beginning with a letter or digit, at most 64
  kListen,        // host:port
  kListenOrUnix,  // host:port or unix:/path
  kTarget,        // an address as gRPC names it
  kUrl,           // http:// or https://, a host, and what follows
  kLogName,       // a key's name (C2SP signed-note): no spaces, no '+'
  kRoute,         // /path of an HTTP request, unescaped characters only
  kHeader,        // an HTTP header's name in lower case
  kPointer,       // a JSON pointer, or empty: the source has none
  kVariable,      // an environment variable's name
  kFingerprint,   // 16 lower-case hex digits
  kStoreKind,     // none | directory | s3
  kBucket,        // A-Z a-z 0-9 . _ -, or empty
  kKeyPrefix,     // of an object store's keys: empty, or ending in '/' and not beginning with it
  kSinkKind,      // relp | syslog-tls | json-lines
  kSinkFormat,    // rfc5424 | ocsf
  kSyslogHost,    // HOSTNAME of RFC 5424: printable ASCII without spaces, at most 255, or empty
  kSyslogApp,     // APP-NAME of RFC 5424: the same, 1 to 48
  kEnterprise,    // an IANA private enterprise number, with sub-identifiers: digits with dots between
};

// What `text` must be and is not ("must be host:port"); empty when it is. Never holds `text` itself: it may be a
// secret. Only kFile, kText, kUrl, kLogName, kRoute, kHeader, kPointer, kVariable, kFingerprint, kBucket, kKeyPrefix
// and kSyslogHost may be empty.
std::string_view FaultOfShape(Shape shape, std::string_view text);

// Whether an address of shape kListen, kListenOrUnix or kTarget stays on this machine: unix:, localhost, 127.0.0.0/8 or
// [::1].
bool IsLocal(std::string_view address);
// The same of the host of an address of shape kUrl.
bool IsLocalUrl(std::string_view url);

}  // namespace affidavit::config
