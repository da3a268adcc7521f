// Walks TOML tables and the environment along rows of fields. Not thread-safe.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/faults.h"
#include "config/field.h"
#include "toml++/toml.h"

namespace affidavit::config {

// The line of a key or value in its file.
inline int LineOf(const toml::source_region& source) {
  return static_cast<int>(source.begin.line);
}

class Reader {
 public:
  // `faults` and `environment` must outlive the reader.
  Reader(Faults& faults, std::filesystem::path folder, const Environment& environment)
      : faults_(faults), folder_(std::move(folder)), environment_(environment) {}

  // Sets every field that `table` holds; keys that are neither fields nor `nested` are faults. `prefix` names the table
  // ("ledger").
  void Read(const toml::table& table, std::string_view prefix, const std::vector<Field>& fields,
            std::initializer_list<std::string_view> nested = {});

  // Sets every field of a section that the environment overrides.
  void Override(std::string_view section, const std::vector<Field>& fields);

  // The table, or each table of the array of tables, at `name`; nothing when absent, and a fault when something else is
  // there.
  const toml::table* Table(const toml::table& parent, std::string_view name);
  std::vector<const toml::table*> Tables(const toml::table& parent, std::string_view name);

  // Makes a file's name count from the configuration's folder; empty and absolute ones stay as they are.
  void ResolveFile(std::string& file) const;

  Faults& faults() { return faults_; }
  const Environment& environment() const { return environment_; }

 private:
  // Makes the files' names that were just set count from the configuration's folder.
  void Resolve(const Field& field) const;

  Faults& faults_;
  const std::filesystem::path folder_;
  const Environment& environment_;
};

}  // namespace affidavit::config
