// affidavit-adapter: takes signed webhooks and hands them to the ledger. Exit 0 clean stop, 1 refused or fatal, 2 usage
// or configuration.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "config/config.h"
#include "ops/lifecycle.h"
#include "ops/log.h"
#include "ops/metrics.h"
#include "webhook-adapter/adapter.h"

namespace affidavit::adapter {
namespace {

constexpr int kExitFatal = 1;
constexpr int kExitUsage = 2;
constexpr const char* kUsage = "usage: affidavit-adapter --config FILE (or AFFIDAVIT_CONFIG) | --version\n";

// Empty: none was given.
std::string ConfigPath(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--config") {
    return argv[2];
  }
  const char* variable = std::getenv("AFFIDAVIT_CONFIG");  // NOLINT(concurrency-mt-unsafe): no other thread yet
  return argc == 1 && variable != nullptr ? variable : "";
}

int Serve(const config::Config& config) {
  auto adapter = Adapter::Start(config);
  if (!adapter.ok()) {
    ops::LogError("cannot start", {{"error", std::string(adapter.status().message())}});
    return absl::IsInvalidArgument(adapter.status()) ? kExitUsage : kExitFatal;
  }
  int exit_code = 0;
  while (true) {
    const ops::Signal signal = ops::WaitForSignal(std::chrono::milliseconds(200));
    if (signal == ops::Signal::kReload) {
      (*adapter)->Reload();
    }
    if (const absl::Status health = (*adapter)->Health(); !health.ok()) {
      ops::LogError("stopping", {{"error", std::string(health.message())}});
      exit_code = kExitFatal;
      break;
    }
    if (signal == ops::Signal::kStop) {
      break;
    }
  }
  (*adapter)->Stop();
  return exit_code;
}

int Main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::puts("affidavit-adapter " AFFIDAVIT_VERSION);
    return 0;
  }
  const std::string path = ConfigPath(argc, argv);
  if (path.empty()) {
    std::fputs(kUsage, stderr);
    return kExitUsage;
  }
  ops::BlockSignals();
  // gRPC completes a reconnect only while somebody polls; between our short calls nobody does but its backup poller,
  // every 5 s unless told otherwise. That would be a 5 s outage after each restart of a ledger.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread yet
  ::setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "100", /*overwrite=*/0);
  auto config = config::LoadConfig(path, config::LoadSecrets::kYes);
  const absl::Status status = config.ok() ? config::CheckAdapter(*config) : config.status();
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return kExitUsage;
  }
  ops::InitLog("adapter", ops::ParseLogLevel(config->log.level).value_or(ops::LogLevel::kInfo));
  ops::InitMetrics("adapter");
  return Serve(*config);
}

}  // namespace
}  // namespace affidavit::adapter

int main(int argc, char** argv) {
  return affidavit::adapter::Main(argc, argv);
}
