#include "db/postgres_append_store.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "db/append_statements.h"
#include "db/append_tiles.h"
#include "db/lookup.h"
#include "db/pipeline.h"
#include "db/sql_status.h"

namespace affidavit::db {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

class PostgresAppendStore final : public AppendStore {
 public:
  PostgresAppendStore(const ConnectionOptions& options, std::shared_ptr<LogEdge> edge)
      : options_(options), edge_(std::move(edge)) {}

  absl::StatusOr<IdBlock> ReservePayloadIds() override;
  absl::StatusOr<OpenBatch> Begin(std::span<const LookupKey> keys, BeginOptions options) override;
  absl::StatusOr<LockedBatch> Integrate(std::span<const NewEntry* const> entries,
                                        std::span<const LookupKey> keys) override;
  absl::StatusOr<int64_t> Commit(std::span<const NewEntry* const> entries) override;
  void Rollback() override;

 private:
  enum class State { kIdle, kOpen, kLocked };

  absl::Status Connect();
  RoundTrip Finish() { return pipeline_->Finish(std::chrono::milliseconds(options_.round_trip_timeout_ms)); }
  // A round trip from idle, on a connection that may have broken since it was last used: then once more on a fresh one
  // (not when the wait has used up the caller's patience).
  template <typename Send>
  absl::StatusOr<std::vector<Answer>> FirstRoundTrip(const Send& send);
  absl::Status Expect(State state);
  // Leaves the store idle and returns why.
  absl::Status Fail(const RoundTrip& round_trip);
  // The right edge of the locked log: the process's, or, after others have appended, read in one more round trip. On
  // error the store is idle.
  absl::StatusOr<TileEdge> CurrentEdge();
  // Queues the rows of `entries`, and of the tiles that they fill.
  absl::Status SendEntries(std::span<const NewEntry* const> entries);

  const ConnectionOptions options_;
  const std::shared_ptr<LogEdge> edge_;
  std::unique_ptr<Pipeline> pipeline_;  // null: connect when next used
  State state_ = State::kIdle;
  std::optional<SteadyTime> locked_since_;
  int64_t tree_size_ = 0;        // while locked
  int64_t last_payload_id_ = 0;  // while locked, of the last entry; none in an empty log
  EntryRows rows_;               // of the entries that Integrate was given
};

absl::Status PostgresAppendStore::Connect() {
  ASSIGN_OR_RETURN(const std::string conninfo, ConnInfo(options_, kAppendSettings));
  ASSIGN_OR_RETURN(std::unique_ptr<Pipeline> pipeline,
                   Pipeline::Connect(conninfo, std::chrono::seconds(options_.connect_timeout_s)));
  const std::chrono::milliseconds timeout(options_.round_trip_timeout_ms);
  pipeline->Run(kDurabilityQuery);
  const RoundTrip asked = pipeline->Finish(timeout);
  RETURN_IF_ERROR(asked.status);
  const Answer& settings = asked.answers.front();
  RETURN_IF_ERROR(CheckDurability(settings.Value(0, 0), settings.Value(0, 1), settings.Value(0, 2)));
  PrepareAppendStatements(*pipeline);
  RETURN_IF_ERROR(pipeline->Finish(timeout).status);
  edge_->Forget();
  pipeline_ = std::move(pipeline);
  return absl::OkStatus();
}

absl::Status PostgresAppendStore::Expect(State state) {
  if (state_ == state) {
    return absl::OkStatus();
  }
  Rollback();
  return absl::InternalError("AppendStore called out of order");
}

absl::Status PostgresAppendStore::Fail(const RoundTrip& round_trip) {
  if (round_trip.lost) {
    pipeline_.reset();
    state_ = State::kIdle;
  } else {
    // The error aborted the pipeline up to its Sync; the transaction is still open, and failed.
    Rollback();
  }
  // What is neither data nor weather may lie in the session (a prepared statement gone stale): the next one starts
  // afresh.
  if (absl::IsInternal(round_trip.status)) {
    pipeline_.reset();
  }
  return round_trip.status;
}

template <typename Send>
absl::StatusOr<std::vector<Answer>> PostgresAppendStore::FirstRoundTrip(const Send& send) {
  const bool may_be_stale = pipeline_ != nullptr;
  if (!may_be_stale) {
    RETURN_IF_ERROR(Connect());
  }
  send(*pipeline_);
  RoundTrip round_trip = Finish();
  if (round_trip.lost && !round_trip.timed_out && may_be_stale) {
    pipeline_.reset();
    RETURN_IF_ERROR(Connect());
    send(*pipeline_);
    round_trip = Finish();
  }
  if (!round_trip.status.ok()) {
    return Fail(round_trip);
  }
  return std::move(round_trip.answers);
}

absl::StatusOr<AppendStore::IdBlock> PostgresAppendStore::ReservePayloadIds() {
  RETURN_IF_ERROR(Expect(State::kIdle));
  ASSIGN_OR_RETURN(const std::vector<Answer> answers,
                   FirstRoundTrip([](Pipeline& pipeline) { pipeline.RunPrepared(statement::kPayloadIds); }));
  return IdBlock{DecodeInt8(answers.front().Value(0, 0)), kPayloadIdsAtOnce};
}

absl::StatusOr<OpenBatch> PostgresAppendStore::Begin(std::span<const LookupKey> keys, BeginOptions options) {
  RETURN_IF_ERROR(Expect(State::kIdle));
  const Lookup lookup(keys);
  state_ = State::kOpen;
  absl::StatusOr<std::vector<Answer>> answers = FirstRoundTrip([&](Pipeline& pipeline) {
    pipeline.Run("BEGIN");
    if (options.lock_first) {
      pipeline.RunPrepared(statement::kLock);
      pipeline.AskForAnswersSoFar();
    }
    if (options.recommit) {
      pipeline.RunPrepared(statement::kRecommit);
    }
    pipeline.RunPrepared(statement::kTime);
    lookup.Send(pipeline);
  });
  if (!answers.ok()) {
    state_ = State::kIdle;
    return answers.status();
  }
  std::span<const Answer> rest(*answers);
  rest = rest.subspan(1);  // BEGIN
  locked_since_.reset();
  if (options.lock_first) {
    locked_since_ = rest.front().arrived;
    rest = rest.subspan(1);
  }
  if (options.recommit) {
    rest = rest.subspan(1);
  }
  OpenBatch batch;
  batch.database_time = DecodeTime(rest.front().Value(0, 0));
  rest = rest.subspan(1);
  batch.found = lookup.Collect(rest);
  return batch;
}

absl::StatusOr<LockedBatch> PostgresAppendStore::Integrate(std::span<const NewEntry* const> entries,
                                                           std::span<const LookupKey> keys) {
  RETURN_IF_ERROR(Expect(State::kOpen));
  const Lookup lookup(keys);
  rows_ = EntryRows(entries);
  SendPayloads(entries, *pipeline_);
  const bool lock_now = !locked_since_.has_value();
  if (lock_now) {
    pipeline_->RunPrepared(statement::kLock);
    pipeline_->AskForAnswersSoFar();
  }
  lookup.Send(*pipeline_);
  pipeline_->RunPrepared(statement::kHead);
  const RoundTrip round_trip = Finish();
  if (!round_trip.status.ok()) {
    return Fail(round_trip);
  }
  std::span<const Answer> rest(round_trip.answers);
  const Answer& head = rest.back();
  rest = rest.last(1 + lookup.statement_count() + (lock_now ? 1 : 0));  // past the payloads
  if (lock_now) {
    locked_since_ = rest.front().arrived;
    rest = rest.subspan(1);
  }
  LockedBatch batch;
  batch.found = lookup.Collect(rest);
  batch.tree_size = head.RowCount() == 0 ? 0 : DecodeInt8(head.Value(0, 0)) + 1;
  tree_size_ = batch.tree_size;
  last_payload_id_ = head.RowCount() == 0 ? 0 : DecodeInt8(head.Value(0, 1));
  state_ = State::kLocked;
  return batch;
}

absl::StatusOr<TileEdge> PostgresAppendStore::CurrentEdge() {
  if (std::optional<TileEdge> known = edge_->Find(tree_size_, last_payload_id_); known.has_value()) {
    return *std::move(known);
  }
  const auto tree_size = static_cast<uint64_t>(tree_size_);
  SendEdgeQueries(tree_size, *pipeline_);
  const RoundTrip round_trip = Finish();
  if (!round_trip.status.ok()) {
    return Fail(round_trip);
  }
  absl::StatusOr<TileEdge> edge = EdgeFromAnswers(tree_size, round_trip.answers);
  if (!edge.ok()) {
    Rollback();
  }
  return edge;
}

absl::Status PostgresAppendStore::SendEntries(std::span<const NewEntry* const> entries) {
  ASSIGN_OR_RETURN(TileEdge edge, CurrentEdge());
  rows_.Send(tree_size_, *pipeline_);
  FullTiles full;
  for (const NewEntry* entry : entries) {
    edge.Append(entry->leaf_hash, [&full](const TileId& tile, std::span<const Digest> hashes, const Digest& root) {
      full.Add(tile, hashes, root);
    });
  }
  if (!full.IsEmpty()) {
    full.Send(*pipeline_);
  }
  // Before COMMIT: whoever waits for the lock has it as soon as Postgres is done, sooner than our answer.
  edge_->Publish(std::move(edge), entries.back()->payload_id);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> PostgresAppendStore::Commit(std::span<const NewEntry* const> entries) {
  RETURN_IF_ERROR(Expect(State::kLocked));
  if (!rows_.AreOf(entries)) {
    rows_ = EntryRows(entries);
  }
  if (!entries.empty()) {
    RETURN_IF_ERROR(SendEntries(entries));
  }
  pipeline_->Run("COMMIT");
  const RoundTrip round_trip = Finish();
  rows_ = EntryRows();
  if (round_trip.lost) {
    // The COMMIT may be in Postgres' hands, done, or waiting for a standby; it is not cancelled, and the log's lock,
    // which it holds until it ends, makes the next run of this batch wait for it.
    pipeline_.reset();
    state_ = State::kIdle;
    return absl::DataLossError("COMMIT sent, outcome unknown: " + std::string(round_trip.status.message()));
  }
  if (!round_trip.status.ok()) {
    return Fail(round_trip);
  }
  state_ = State::kIdle;
  if (round_trip.warned) {
    // "The transaction has already committed locally, but might not have been replicated to the standby."
    return absl::DataLossError("COMMIT done with a warning: a synchronous wait was cancelled");
  }
  const Answer& commit = round_trip.answers.back();
  if (std::string_view(PQcmdStatus(commit.result.get())) != "COMMIT") {
    return absl::InternalError("COMMIT of a failed transaction");
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(commit.arrived - *locked_since_).count();
}

void PostgresAppendStore::Rollback() {
  if (state_ == State::kIdle) {
    return;
  }
  state_ = State::kIdle;
  rows_ = EntryRows();
  if (pipeline_ == nullptr) {
    return;
  }
  pipeline_->Run("ROLLBACK");
  // Postgres rolls back by itself what loses its connection.
  if (!Finish().status.ok()) {
    pipeline_.reset();
  }
}

}  // namespace

std::unique_ptr<AppendStore> MakePostgresAppendStore(const ConnectionOptions& options, std::shared_ptr<LogEdge> edge) {
  return std::make_unique<PostgresAppendStore>(options, std::move(edge));
}

}  // namespace affidavit::db
