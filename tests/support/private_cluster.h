// A Postgres cluster for one test, with settings of its own, through scripts/lib/postgres.sh: for what would disturb
// the tests that share one (crashes, fsync off, roles that are missing, a standby that never answers).
#pragma once

#include <string>

namespace affidavit::testing {

class PrivateCluster {
 public:
  // `settings`: "name=value name=value". Throws std::runtime_error when it does not start.
  explicit PrivateCluster(const std::string& settings = "");
  // Ends all its processes and deletes it.
  ~PrivateCluster();
  PrivateCluster(const PrivateCluster&) = delete;
  PrivateCluster& operator=(const PrivateCluster&) = delete;

  std::string url(const std::string& role = "postgres", const std::string& database = "postgres") const;

  // kill -9 of the postmaster, and start again, as after the power cord.
  void Crash();

 private:
  std::string directory_;
  std::string settings_;
};

}  // namespace affidavit::testing
