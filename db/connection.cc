#include "db/connection.h"

#include <chrono>
#include <exception>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "db/socket_watch.h"
#include "db/sql_status.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// The one place where libpqxx's exceptions end. REQUIRES: called in a catch block.
absl::Status StatusOfCurrentException() {
  try {
    throw;
  } catch (const pqxx::in_doubt_error&) {
    return absl::DataLossError("connection lost while committing: outcome unknown");
  } catch (const pqxx::statement_completion_unknown&) {
    return absl::DataLossError("connection lost while committing: outcome unknown");
  } catch (const pqxx::insufficient_privilege& error) {
    return StatusFromSqlState("42501", error.what());  // libpqxx 6 leaves this one's SQLSTATE out
  } catch (const pqxx::sql_error& error) {
    // libpqxx 6 makes the FATAL of a connection that ends an sql_error without SQLSTATE, too: a lost connection either
    // way.
    return StatusFromSqlState(error.sqlstate(), error.what());
  } catch (const pqxx::transaction_rollback& error) {
    return StatusFromSqlState("40001", error.what());
  } catch (const pqxx::broken_connection& error) {
    return StatusFromSqlState("", error.what());
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("libpqxx: ", error.what()));
  }
}

}  // namespace

struct Connection::Session {
  Session(const std::string& conninfo, int transaction_timeout_ms)
      : connection(conninfo), quiet(connection), transaction_timeout(transaction_timeout_ms) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    // A silent reconnect inside a transaction's life would hide a lost one, and skip CheckDurability.
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }

  pqxx::connection connection;
  pqxx::quiet_errorhandler quiet;  // notices would go to stderr, past the log
  const std::chrono::milliseconds transaction_timeout;
};

Connection::Connection(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
  ASSIGN_OR_RETURN(const std::string conninfo, ConnInfo(options));
  std::unique_ptr<Connection> connection;
  try {
    connection.reset(new Connection(std::make_unique<Session>(conninfo, options.transaction_timeout_ms)));
  } catch (const std::exception&) {
    return StatusOfCurrentException();
  }
  if (!options.demand_durability) {
    return connection;
  }
  RETURN_IF_ERROR(connection->Transact([](Transaction& transaction) {
    const pqxx::row settings = transaction.exec1(kDurabilityQuery);
    return CheckDurability(settings[0].c_str(), settings[1].c_str(), settings[2].c_str());
  }));
  return connection;
}

absl::Status Connection::Transact(const std::function<absl::Status(Transaction&)>& body) {
  std::optional<SocketWatch> watch;
  if (session_->transaction_timeout.count() > 0 && IsOpen()) {
    watch.emplace(session_->connection.sock(), session_->transaction_timeout);
  }
  try {
    Transaction transaction(session_->connection);
    RETURN_IF_ERROR(body(transaction));
    transaction.commit();
    return absl::OkStatus();
  } catch (const std::exception&) {
    return StatusOfCurrentException();
  }
}

bool Connection::IsOpen() const {
  return session_->connection.is_open();
}

}  // namespace affidavit::db
