#include "db/session_lock.h"

#include <pqxx/pqxx>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

using std::chrono::steady_clock;

// Whoever vanishes without a word (its machine is gone) has let go after some seconds.
constexpr char kNoticeLoss[] =
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; "
    "SET tcp_user_timeout = 6000";

constexpr char kTryLock[] = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";

// Asked of Postgres rather than remembered: a pooler between us may have changed the session under our feet.
constexpr char kIsHeld[] = R"(
  SELECT EXISTS (SELECT FROM pg_locks, hashtextextended($1, 0) AS key
                 WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted AND objsubid = 1
                   AND classid::bigint = (key >> 32) & 4294967295 AND objid::bigint = key & 4294967295
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))";

}  // namespace

SessionLock::SessionLock(ConnectionOptions options, std::string name)
    : options_(std::move(options)), name_(std::move(name)) {}

SessionLock::~SessionLock() = default;

absl::StatusOr<bool> SessionLock::Acquire() {
  const std::lock_guard lock(mutex_);
  if (connection_ == nullptr || !connection_->IsOpen()) {
    Drop();
    ASSIGN_OR_RETURN(connection_, Connection::Open(options_));
  }
  bool is_held = false;
  const absl::Status status = connection_->Transact([&](Transaction& transaction) {
    if (is_held_) {
      is_held = AskWhileLocked(transaction).ok();
    }
    if (!is_held) {
      transaction.exec(kNoticeLoss);
      is_held = transaction.exec_params1(kTryLock, name_)[0].as<bool>();
    }
    return absl::OkStatus();
  });
  if (!status.ok()) {
    Drop();
    return status;
  }
  is_held_ = is_held;
  asked_time_ = steady_clock::now();
  return is_held;
}

absl::Status SessionLock::AskWhileLocked(Transaction& transaction) const {
  return transaction.exec_params1(kIsHeld, name_)[0].as<bool>()
             ? absl::OkStatus()
             : absl::UnavailableError(Concat({"the lock ", name_, " is lost"}));
}

absl::Status SessionLock::Check(std::chrono::milliseconds age_max) {
  {
    const std::lock_guard lock(mutex_);
    if (is_held_ && steady_clock::now() - asked_time_ <= age_max) {
      return absl::OkStatus();
    }
  }
  return Transact([](Transaction&) { return absl::OkStatus(); });
}

absl::Status SessionLock::Transact(const std::function<absl::Status(Transaction&)>& body) {
  const std::lock_guard lock(mutex_);
  if (!is_held_) {
    return absl::UnavailableError(Concat({"the lock ", name_, " is not held"}));
  }
  bool was_held = false;
  absl::Status status = connection_->Transact([&](Transaction& transaction) {
    RETURN_IF_ERROR(AskWhileLocked(transaction));
    was_held = true;
    return body(transaction);
  });
  if (was_held && connection_->IsOpen() && !absl::IsDataLoss(status)) {
    asked_time_ = steady_clock::now();
  } else {
    Drop();
  }
  return status;
}

void SessionLock::Release() {
  const std::lock_guard lock(mutex_);
  Drop();
}

void SessionLock::Drop() {
  connection_.reset();
  is_held_ = false;
}

}  // namespace affidavit::db
