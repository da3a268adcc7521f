// Parsing with an environment of the test's own.
#pragma once

#include <map>
#include <string>

#include "config/config.h"

namespace affidavit::config {

using Variables = std::map<std::string, std::string>;

inline Environment EnvironmentOf(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto it = variables.find(name);
    return it == variables.end() ? std::nullopt : std::optional<std::string>(it->second);
  };
}

inline absl::StatusOr<Config> Parse(std::string_view toml, const Variables& variables = {},
                                    LoadSecrets secrets = LoadSecrets::kNo,
                                    const std::string& path = "conf/affidavit.toml") {
  return ParseConfig(toml, path, secrets, EnvironmentOf(variables));
}

// The message of a refusal; "" when there is none.
inline std::string FaultsOf(std::string_view toml, const Variables& variables = {},
                            LoadSecrets secrets = LoadSecrets::kNo) {
  return std::string(Parse(toml, variables, secrets).status().message());
}

}  // namespace affidavit::config
