// [[sources]]: the table of keys of a source, and what becomes of them. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/field.h"
#include "config/reader.h"
#include "toml++/toml.h"

namespace affidavit::config {

// A source as it is written, before its profile and secrets are made of it.
struct SourceKeys {
  std::string name, route, profile = "default", scheme = "hmac-sha256-hex", signature_header;
};

// [sources.pointers], beginning as the profile's own.
struct PointerKeys {
  std::vector<std::string> id;
  std::string type, version, time, message_id, direction, channel, delivery_time, correlation_id;
};

// [sources.map], laid over the profile's.
struct MapKeys {
  ValueMap type, direction, channel;
};

// One of [[sources.secrets]].
struct SecretKeys {
  std::string id, file, env, fingerprint;
  std::optional<TimePoint> not_before, not_after;
  bool retired = false;
};

// The rows point into their argument.
std::vector<Field> SourceFields(SourceKeys& keys);
std::vector<Field> PointerFields(PointerKeys& keys);
std::vector<Field> ScopeFields(Profile& profile);
std::vector<Field> MapFields(MapKeys& keys);
std::vector<Field> SecretFields(SecretKeys& keys);

// Every [[sources]] of the file; what is wrong goes to the reader's faults.
std::vector<SourceConfig> ReadSources(const toml::table& root, LoadSecrets load, Reader& reader);

}  // namespace affidavit::config
