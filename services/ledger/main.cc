// affidavit-ledger: the gRPC server that takes envelopes into the ledger and reads them back.
#include <cstdio>
#include <string>

#include "CLI/CLI.hpp"
#include "config/config.h"
#include "ops/lifecycle.h"
#include "ops/log.h"
#include "ops/metrics.h"
#include "services/ledger/server.h"

namespace {

constexpr int kExitClean = 0;
constexpr int kExitFatal = 1;
constexpr int kExitUsage = 2;

int Serve(const affidavit::config::Config& config) {
  using affidavit::ops::Signal;
  const auto interrupted = [](std::chrono::milliseconds wait) {
    return affidavit::ops::WaitForSignal(wait) == Signal::kStop;
  };
  const auto server = affidavit::ledger::LedgerServer::Start(config, interrupted);
  if (absl::IsCancelled(server.status())) {
    return kExitClean;
  }
  if (!server.ok()) {
    affidavit::ops::LogError("refused to start", {{"why", std::string(server.status().message())}});
    return kExitFatal;
  }
  while (!interrupted(std::chrono::hours(1))) {
  }
  affidavit::ops::LogInfo("stopping");
  (*server)->Stop();
  affidavit::ops::LogInfo("stopped");
  return kExitClean;
}

}  // namespace

int main(int argc, char** argv) {
  affidavit::ops::BlockSignals();
  CLI::App app{"The ledger: stores authentic envelopes and answers queries, over gRPC."};
  std::string config_file;
  app.add_option("--config", config_file, "Configuration file (TOML)")->envname("AFFIDAVIT_CONFIG")->required();
  app.set_version_flag("--version", "affidavit-ledger " AFFIDAVIT_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitClean : kExitUsage;
  }
  const auto config = affidavit::config::LoadConfig(config_file, affidavit::config::LoadSecrets::kNo);
  if (const absl::Status usable = config.ok() ? affidavit::config::CheckLedger(*config) : config.status();
      !usable.ok()) {
    std::fprintf(stderr, "%s\n", std::string(usable.message()).c_str());
    return kExitUsage;
  }
  affidavit::ops::InitLog("ledger",
                          affidavit::ops::ParseLogLevel(config->log.level).value_or(affidavit::ops::LogLevel::kInfo));
  affidavit::ops::InitMetrics("ledger");
  return Serve(*config);
}
