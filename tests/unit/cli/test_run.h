// `affidavit` as tests run it: no process, an environment of their own, a temporary folder.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run.h"

namespace affidavit::cli {

struct RunResult {
  ExitCode code;
  std::string out, err;
};

inline RunResult RunCli(const std::vector<std::string>& arguments,
                        const std::map<std::string, std::string>& environment = {}) {
  std::ostringstream out, err;
  const auto lookup = [&environment](const std::string& name) {
    const auto value = environment.find(name);
    return value == environment.end() ? std::nullopt : std::optional<std::string>(value->second);
  };
  const ExitCode code = Run(arguments, out, err, lookup, /*err_is_terminal=*/false);
  return {code, out.str(), err.str()};
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "affidavit-cli-test.XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  std::string Write(const std::string& name, const std::string& content) const {
    std::ofstream(Path(name), std::ios::binary) << content;
    return Path(name);
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace affidavit::cli
