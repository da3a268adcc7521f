// A libpq connection in pipeline mode whose every wait has a deadline. Statements queue up; Finish sends a Sync and
// reads all answers: one round trip. One thread's world.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace affidavit::db {

using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;

struct Answer {
  ResultPtr result;
  std::chrono::steady_clock::time_point arrived;

  // Of row and column, in binary: results are asked for in binary.
  std::string_view Value(int row, int column) const {
    return {PQgetvalue(result.get(), row, column), static_cast<size_t>(PQgetlength(result.get(), row, column))};
  }
  int RowCount() const { return PQntuples(result.get()); }
};

struct RoundTrip {
  // OK, or the first statement's error; Postgres then skipped all statements after it.
  absl::Status status;
  // The connection is of no use any more: lost, timed out, or ended by the server. What Postgres did with the
  // statements is unknown.
  bool lost = false;
  // ... by waiting in vain until the deadline.
  bool timed_out = false;
  // Postgres warned of something meanwhile.
  bool warned = false;
  // One a statement, in order. REQUIRES for use: status is OK.
  std::vector<Answer> answers;
};

class Pipeline {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // UNAVAILABLE after `timeout`, or at once when the server refuses.
  static absl::StatusOr<std::unique_ptr<Pipeline>> Connect(const std::string& conninfo, Milliseconds timeout);

  // All of these only queue; what goes wrong shows in Finish. Parameters are binary and copied; results are binary.
  void Prepare(const char* name, const char* sql);
  void Run(const char* sql);
  void RunPrepared(const char* name, std::span<const std::string_view> parameters = {});
  // Makes the server send the answers so far without waiting for the Sync, so that `arrived` tells when they were
  // ready.
  void AskForAnswersSoFar();

  RoundTrip Finish(Milliseconds timeout);

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  struct Notices {
    bool warned = false;
  };

  explicit Pipeline(PGconn* connection);

  absl::Status FinishConnecting(Deadline deadline);
  absl::Status Flush(Deadline deadline);
  absl::Status ReadAnswers(Deadline deadline, RoundTrip& round_trip);
  absl::Status WaitForInput(Deadline deadline);
  // Returns whether the socket is ready for reading. UNAVAILABLE when the deadline passes.
  absl::StatusOr<bool> Poll(int16_t events, Deadline deadline) const;
  absl::Status LostStatus() const;
  void Queued(int ok);

  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  Notices notices_;
  size_t queued_count_ = 0;
  bool send_failed_ = false;
};

}  // namespace affidavit::db
