// affidavit-worker: follows the log, copies it where nobody can delete it, and tells the SIEM.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "CLI/CLI.hpp"
#include "config/config.h"
#include "ops/lifecycle.h"
#include "ops/log.h"
#include "ops/metrics.h"
#include "services/worker/worker_server.h"

namespace {

constexpr int kExitClean = 0;
constexpr int kExitFatal = 1;
constexpr int kExitUsage = 2;

int Work(const affidavit::config::Config& config) {
  using affidavit::ops::Signal;
  const auto interrupted = [](std::chrono::milliseconds wait) {
    return affidavit::ops::WaitForSignal(wait) == Signal::kStop;
  };
  const auto server = affidavit::worker::WorkerServer::Start(config, interrupted);
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
  if (!(*server)->Stop()) {
    affidavit::ops::LogError("stopped with requests under way, which the next start repeats",
                             {{"drain_seconds", config.worker.drain_seconds}});
    std::_Exit(kExitFatal);
  }
  affidavit::ops::LogInfo("stopped");
  return kExitClean;
}

}  // namespace

int main(int argc, char** argv) {
  affidavit::ops::BlockSignals();
  CLI::App app{"The worker: mirrors the log into an object store and ships receipts to a SIEM."};
  std::string config_file;
  app.add_option("--config", config_file, "Configuration file (TOML)")->envname("AFFIDAVIT_CONFIG")->required();
  app.set_version_flag("--version", "affidavit-worker " AFFIDAVIT_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitClean : kExitUsage;
  }
  const auto config = affidavit::config::LoadConfig(config_file, affidavit::config::LoadSecrets::kNo);
  if (const absl::Status usable = config.ok() ? affidavit::config::CheckWorker(*config) : config.status();
      !usable.ok()) {
    std::fprintf(stderr, "%s\n", std::string(usable.message()).c_str());
    return kExitUsage;
  }
  affidavit::ops::InitLog("worker",
                          affidavit::ops::ParseLogLevel(config->log.level).value_or(affidavit::ops::LogLevel::kInfo));
  affidavit::ops::InitMetrics("worker");
  return Work(*config);
}
