#include "tests/support/private_cluster.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace affidavit::testing {
namespace {

// Output of a bash command line in which the functions of scripts/lib/postgres.sh are known.
std::string Bash(const std::string& command) {
  const std::string line = "exec 2>&1; bash -ec '. \"" AFFIDAVIT_SOURCE_DIR
                           "/scripts/lib/postgres.sh\"; PG_CLUSTER_INITDB_OPTIONS=--no-sync; " +
                           command + "'";
  FILE* const pipe = ::popen(line.c_str(), "re");
  if (pipe == nullptr) {
    throw std::runtime_error("cannot run bash");
  }
  std::string output;
  std::array<char, 4096> buffer{};
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  if (::pclose(pipe) != 0) {
    throw std::runtime_error(command + ": " + output);
  }
  while (!output.empty() && output.back() == '\n') {
    output.pop_back();
  }
  return output;
}

}  // namespace

PrivateCluster::PrivateCluster(const std::string& settings) : settings_(settings) {
  std::string directory = (std::filesystem::temp_directory_path() / "affidavit-cluster.XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) {
    throw std::runtime_error("no temporary directory for the cluster");
  }
  directory_ = directory;
  Bash("pg_cluster_start " + directory_ + " shared_buffers=32MB " + settings_);
}

PrivateCluster::~PrivateCluster() {
  try {
    Bash("pg_cluster_remove " + directory_);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

std::string PrivateCluster::url(const std::string& role, const std::string& database) const {
  return Bash("pg_cluster_url " + directory_ + " " + role + " " + database);
}

void PrivateCluster::Crash() {
  Bash("kill -9 $(pg_cluster_pid " + directory_ + "); pg_cluster_start " + directory_ + " shared_buffers=32MB " +
       settings_);
}

}  // namespace affidavit::testing
