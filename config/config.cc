#include "config/config.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "config/anchors.h"
#include "config/facts.h"
#include "config/faults.h"
#include "config/file.h"
#include "config/reader.h"
#include "config/sections.h"
#include "config/siem.h"
#include "config/sources.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "toml++/toml.h"

extern "C" char** environ;  // POSIX leaves its declaration to the program

namespace affidavit::config {
namespace {

void ReadDatabaseUrl(LoadSecrets load, Faults& faults, DatabaseConfig& database) {
  if (!database.url.empty() && !database.url_file.empty()) {
    faults.At(0, "'database.url' and 'database.url_file' exclude each other");
    return;
  }
  if (database.url_file.empty() || load == LoadSecrets::kYes) {
    return;
  }
  const absl::StatusOr<std::string> url = ReadSecretFile(database.url_file);
  if (url.ok()) {
    database.url = *url;
    absl::StripAsciiWhitespace(&database.url);
  } else {
    faults.At(0, Concat({"'database.url_file': ", std::string(url.status().message())}));
  }
}

void ReadSections(const toml::table& root, Reader& reader, Config& config) {
  const std::vector<Section> sections = SectionsOf(config);
  reader.Read(root, "", {},
              {"log", "database", "ledger", "retention", "signing", "timestampers", "witnesses", "adapter",
               "object_store", "worker", "mirror", "facts", "timeouts", "siem", "sources"});
  for (const Section& section : sections) {
    if (const toml::table* table = reader.Table(root, section.name); table != nullptr) {
      reader.Read(*table, section.name, section.fields);
    }
  }
  // Either way to name the database overrides the other one too.
  if (reader.environment()(VariableOf("database", "url")).has_value()) {
    config.database.url_file.clear();
  }
  if (reader.environment()(VariableOf("database", "url_file")).has_value()) {
    config.database.url.clear();
  }
  for (const Section& section : sections) {
    reader.Override(section.name, section.fields);
  }
}

absl::StatusOr<Config> Parse(std::string_view toml, const std::string& path, LoadSecrets secrets,
                             const Environment& environment, const std::vector<std::string>& unknown_variables) {
  Faults faults(path);
  for (const std::string& variable : unknown_variables) {
    faults.In(variable, "overrides no key");
  }
  toml::table root;
  try {
    root = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    faults.At(LineOf(error.source()), error.description());
    return faults.ToStatus();
  }
  Config config;
  Reader reader(faults, std::filesystem::path(path).parent_path(), environment);
  ReadSections(root, reader, config);
  ReadDatabaseUrl(secrets, faults, config.database);
  if (config.signing.guard_file.empty() && !config.signing.key_files.empty()) {
    config.signing.guard_file = Concat({config.signing.key_files.front(), ".checkpoint"});
  }
  CheckChannels(root, config.timeouts, reader);
  if (secrets == LoadSecrets::kNo) {  // the adapter, which loads secrets, hashes no recipient
    ReadSubjectKey(config.facts);
  }
  config.timestampers = ReadTimestampers(root, reader);
  config.witnesses = ReadWitnesses(root, reader);
  config.siem = ReadSiem(root, reader);
  config.sources = ReadSources(root, secrets, reader);
  if (absl::Status status = faults.ToStatus(); !status.ok()) {
    return status;
  }
  return config;
}

std::vector<std::string> NamesOfEnvironment() {
  std::vector<std::string> names;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

}  // namespace

absl::StatusOr<Config> ParseConfig(std::string_view toml, const std::string& path, LoadSecrets secrets,
                                   const Environment& environment) {
  return Parse(toml, path, secrets, environment, {});
}

absl::StatusOr<Config> LoadConfig(const std::string& path, LoadSecrets secrets) {
  constexpr size_t kSizeMax = 1 << 20;
  ASSIGN_OR_RETURN(const std::string toml, ReadFile(path, kSizeMax));
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing calls setenv
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return Parse(toml, path, secrets, environment, UnknownVariables(NamesOfEnvironment()));
}

}  // namespace affidavit::config
