#include "db/pipeline.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/status_macros.h"
#include "db/sql_status.h"

namespace affidavit::db {
namespace {

constexpr int kBinary = 1;

std::string_view ErrorField(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

// "ERROR" leaves the connection in order; "FATAL" and "PANIC" end it, and no severity at all is libpq's own: connection
// lost.
bool EndsConnection(const PGresult* result) {
  return ErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED) != "ERROR";
}

}  // namespace

Pipeline::Pipeline(PGconn* connection) : connection_(connection, PQfinish) {
  PQsetNoticeReceiver(
      connection,
      [](void* notices, const PGresult* notice) {
        if (ErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING") {
          static_cast<Notices*>(notices)->warned = true;
        }
      },
      &notices_);
}

absl::StatusOr<std::unique_ptr<Pipeline>> Pipeline::Connect(const std::string& conninfo, Milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_ptr<Pipeline> pipeline(new Pipeline(PQconnectStart(conninfo.c_str())));
  RETURN_IF_ERROR(pipeline->FinishConnecting(deadline));
  if (PQsetnonblocking(pipeline->connection_.get(), 1) != 0 || PQenterPipelineMode(pipeline->connection_.get()) != 1) {
    return pipeline->LostStatus();
  }
  return pipeline;
}

absl::Status Pipeline::FinishConnecting(Deadline deadline) {
  if (PQstatus(connection_.get()) == CONNECTION_BAD) {
    return LostStatus();
  }
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    RETURN_IF_ERROR(Poll(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline).status());
    state = PQconnectPoll(connection_.get());
    if (state == PGRES_POLLING_FAILED) {
      return LostStatus();
    }
  }
  return absl::OkStatus();
}

void Pipeline::Queued(int ok) {
  ++queued_count_;
  send_failed_ = send_failed_ || ok != 1;
}

void Pipeline::Prepare(const char* name, const char* sql) {
  Queued(PQsendPrepare(connection_.get(), name, sql, 0, nullptr));
}

void Pipeline::Run(const char* sql) {
  Queued(PQsendQueryParams(connection_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, kBinary));
}

void Pipeline::RunPrepared(const char* name, std::span<const std::string_view> parameters) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const std::string_view parameter : parameters) {
    values.push_back(parameter.data());
    lengths.push_back(static_cast<int>(parameter.size()));
  }
  const std::vector<int> formats(parameters.size(), kBinary);
  Queued(PQsendQueryPrepared(connection_.get(), name, static_cast<int>(parameters.size()), values.data(),
                             lengths.data(), formats.data(), kBinary));
}

void Pipeline::AskForAnswersSoFar() {
  send_failed_ = PQsendFlushRequest(connection_.get()) != 1 || send_failed_;
}

RoundTrip Pipeline::Finish(Milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  notices_.warned = false;
  RoundTrip round_trip;
  absl::Status waited = absl::OkStatus();
  if (PQpipelineSync(connection_.get()) != 1 || send_failed_) {
    waited = LostStatus();
  }
  if (waited.ok()) {
    waited = Flush(deadline);
  }
  if (waited.ok()) {
    waited = ReadAnswers(deadline, round_trip);
  }
  if (!waited.ok()) {
    round_trip.lost = true;
    round_trip.timed_out = std::chrono::steady_clock::now() >= deadline;
    round_trip.status = std::move(waited);
  } else if (round_trip.status.ok() && round_trip.answers.size() != queued_count_) {
    round_trip.lost = true;
    round_trip.status = absl::InternalError("Postgres answered another number of statements than were sent");
  }
  queued_count_ = 0;
  round_trip.warned = notices_.warned;
  return round_trip;
}

absl::Status Pipeline::Flush(Deadline deadline) {
  while (true) {
    const int left = PQflush(connection_.get());
    if (left == 0) {
      return absl::OkStatus();
    }
    if (left < 0) {
      // What the server said before it closed the connection is worth more than "could not send".
      PQconsumeInput(connection_.get());
      return LostStatus();
    }
    ASSIGN_OR_RETURN(const bool readable, Poll(POLLIN | POLLOUT, deadline));
    // The server may be unable to read on before we have read its answers.
    if (readable && PQconsumeInput(connection_.get()) != 1) {
      return LostStatus();
    }
  }
}

absl::Status Pipeline::ReadAnswers(Deadline deadline, RoundTrip& round_trip) {
  while (true) {
    RETURN_IF_ERROR(WaitForInput(deadline));
    ResultPtr result(PQgetResult(connection_.get()), PQclear);
    if (result == nullptr) {
      if (PQstatus(connection_.get()) == CONNECTION_BAD) {
        return LostStatus();
      }
      continue;  // the end of one statement's results
    }
    switch (PQresultStatus(result.get())) {
      case PGRES_PIPELINE_SYNC:
        return absl::OkStatus();
      case PGRES_PIPELINE_ABORTED:
        break;
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        round_trip.answers.push_back({std::move(result), std::chrono::steady_clock::now()});
        break;
      default: {
        absl::Status error = StatusFromSqlState(ErrorField(result.get(), PG_DIAG_SQLSTATE),
                                                ErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY));
        if (EndsConnection(result.get())) {
          return ErrorField(result.get(), PG_DIAG_SQLSTATE).empty() ? LostStatus() : error;
        }
        if (round_trip.status.ok()) {
          round_trip.status = std::move(error);
        }
      }
    }
  }
}

absl::Status Pipeline::WaitForInput(Deadline deadline) {
  while (PQisBusy(connection_.get()) == 1) {
    RETURN_IF_ERROR(Poll(POLLIN, deadline).status());
    if (PQconsumeInput(connection_.get()) != 1) {
      return absl::OkStatus();  // PQgetResult has the server's last words, if there were any
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Pipeline::Poll(int16_t events, Deadline deadline) const {
  while (true) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return StatusFromSqlState("", "no answer within the deadline");
    }
    pollfd socket = {PQsocket(connection_.get()), events, 0};
    const int ready = ::poll(&socket, 1, static_cast<int>(std::min<int64_t>(left.count(), 60'000)));
    if (ready > 0) {
      return (socket.revents & ~POLLOUT) != 0;
    }
    if (ready < 0 && errno != EINTR) {
      return StatusFromSqlState("", std::generic_category().message(errno));
    }
  }
}

absl::Status Pipeline::LostStatus() const {
  return StatusFromSqlState("", PQerrorMessage(connection_.get()));
}

}  // namespace affidavit::db
