#include "db/wait_for_schema.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "db/migrator.h"

namespace affidavit::db {
namespace {

constexpr std::chrono::milliseconds kWaitBackoffMin{100};
constexpr std::chrono::milliseconds kWaitBackoffMax{2'000};

absl::Status CheckSchemaOnce(const ConnectionOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connection::Open(options));
  return CheckSchemaVersion(*connection).status();
}

}  // namespace

absl::Status WaitForSchema(const ConnectionOptions& options, std::chrono::milliseconds wait_max,
                           const std::function<bool(std::chrono::milliseconds)>& interrupted,
                           const std::function<void(const absl::Status&)>& on_failure) {
  const auto deadline = std::chrono::steady_clock::now() + wait_max;
  std::minstd_rand random{std::random_device{}()};
  std::chrono::milliseconds backoff = kWaitBackoffMin;
  while (true) {
    absl::Status status = CheckSchemaOnce(options);
    if (status.code() != absl::StatusCode::kUnavailable) {
      return status;
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return absl::UnavailableError(
          absl::StrCat("the database was not in reach for ", wait_max.count() / 1'000, " s: ", status.message()));
    }
    on_failure(status);
    std::uniform_int_distribution<int64_t> jitter(backoff.count() / 2, backoff.count());
    if (interrupted(std::chrono::milliseconds(jitter(random)))) {
      return absl::CancelledError("stopped while waiting for the database");
    }
    backoff = std::min(backoff * 2, kWaitBackoffMax);
  }
}

}  // namespace affidavit::db
