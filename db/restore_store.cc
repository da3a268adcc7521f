#include "db/restore_store.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "db/append_statements.h"
#include "db/append_tiles.h"
#include "db/entry_rows.h"
#include "db/pipeline.h"
#include "db/sql_status.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kInsertOrigin[] = "restore_origin";

constexpr char kMakeMonth[] = R"(
  SELECT affidavit.make_partition(format('affidavit.%I', $1::text)::regclass, name, month, month + interval '1 month')
  FROM (SELECT date_trunc('month', $2::timestamptz, 'UTC') AS month) AS of_row,
       LATERAL (SELECT $1::text || to_char(month, '"_"YYYY"_"MM') AS name) AS named
  WHERE to_regclass('affidavit.' || name) IS NULL)";

constexpr char kPayloadGaps[] = R"(
  SELECT leaf_index, payload_id, leaf FROM affidavit.entries e
  WHERE leaf_index >= $1 AND leaf_index < $2 AND kind <> 'excluded'
    AND NOT EXISTS (SELECT FROM affidavit.payloads p
                    WHERE p.payload_id = e.payload_id AND p.receive_time = e.receive_time)
  ORDER BY leaf_index)";

pqxx::binarystring BytesParameter(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<RestoreStore>> RestoreStore::Open(const ConnectionOptions& options) {
  ASSIGN_OR_RETURN(const std::string conninfo, ConnInfo(options, kAppendSettings));
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(options));
  ASSIGN_OR_RETURN(std::unique_ptr<Pipeline> pipeline,
                   Pipeline::Connect(conninfo, std::chrono::seconds(options.connect_timeout_s)));
  PrepareAppendStatements(*pipeline);
  pipeline->Prepare(kInsertOrigin,
                    "INSERT INTO affidavit.origins (number, origin, previous_checkpoint) VALUES ($1::bigint, $2, $3)");
  RETURN_IF_ERROR(pipeline->Finish(std::chrono::milliseconds(options.round_trip_timeout_ms)).status);
  return std::unique_ptr<RestoreStore>(new RestoreStore(options, std::move(pipeline), std::move(connection)));
}

RestoreStore::RestoreStore(const ConnectionOptions& options, std::unique_ptr<Pipeline> pipeline,
                           std::unique_ptr<Connection> connection)
    : options_(options), pipeline_(std::move(pipeline)), connection_(std::move(connection)) {}

RestoreStore::~RestoreStore() = default;

absl::StatusOr<int64_t> RestoreStore::NextPayloadId() {
  if (payload_ids_left_ == 0) {
    pipeline_->RunPrepared(statement::kPayloadIds);
    const RoundTrip round_trip = pipeline_->Finish(std::chrono::milliseconds(options_.round_trip_timeout_ms));
    RETURN_IF_ERROR(round_trip.status);
    next_payload_id_ = DecodeInt8(round_trip.answers.front().Value(0, 0));
    payload_ids_left_ = kPayloadIdsAtOnce;
  }
  --payload_ids_left_;
  return next_payload_id_++;
}

// What Postgres refused is rolled back; a lost connection has rolled back by itself, or has committed.
absl::Status RestoreStore::Fail(const absl::Status& status, bool lost) {
  edge_.reset();
  if (lost) {
    return absl::UnavailableError(status.message());
  }
  pipeline_->Run("ROLLBACK");
  const RoundTrip rolled_back = pipeline_->Finish(std::chrono::milliseconds(options_.round_trip_timeout_ms));
  return rolled_back.status.ok() ? status : absl::UnavailableError(rolled_back.status.message());
}

absl::Status RestoreStore::Commit() {
  pipeline_->Run("COMMIT");
  const RoundTrip round_trip = pipeline_->Finish(std::chrono::milliseconds(options_.round_trip_timeout_ms));
  if (!round_trip.status.ok()) {
    return Fail(round_trip.status, round_trip.lost);
  }
  if (std::string_view(PQcmdStatus(round_trip.answers.back().result.get())) != "COMMIT") {
    return absl::InternalError("COMMIT of a failed transaction");
  }
  return absl::OkStatus();
}

absl::Status RestoreStore::LoadEdge(int64_t size) {
  if (edge_ && edge_->size() == static_cast<uint64_t>(size)) {
    return absl::OkStatus();
  }
  if (size == 0) {
    edge_.emplace();
    return absl::OkStatus();
  }
  SendEdgeQueries(static_cast<uint64_t>(size), *pipeline_);
  const RoundTrip round_trip = pipeline_->Finish(std::chrono::milliseconds(options_.round_trip_timeout_ms));
  RETURN_IF_ERROR(round_trip.status);
  ASSIGN_OR_RETURN(edge_, EdgeFromAnswers(static_cast<uint64_t>(size), round_trip.answers));
  return absl::OkStatus();
}

absl::Status RestoreStore::Append(int64_t first, const RestoreBatch& batch) {
  RETURN_IF_ERROR(EnsureMonths(batch.payloads));
  RETURN_IF_ERROR(LoadEdge(first));
  EntryRows rows(batch.entries);
  pipeline_->Run("BEGIN");
  pipeline_->RunPrepared(statement::kLock);
  pipeline_->RunPrepared(statement::kHead);
  const RoundTrip locked = pipeline_->Finish(std::chrono::milliseconds(options_.round_trip_timeout_ms));
  if (!locked.status.ok()) {
    return Fail(locked.status, locked.lost);
  }
  const Answer& head = locked.answers.back();
  const int64_t size = head.RowCount() == 0 ? 0 : DecodeInt8(head.Value(0, 0)) + 1;
  if (size != first) {
    return Fail(absl::AbortedError(absl::StrCat("the log has ", size, " entries instead of ", first,
                                                ": something else appends to this database")),
                /*lost=*/false);
  }
  SendPayloads(batch.payloads, *pipeline_);
  rows.Send(first, *pipeline_);
  FullTiles full;
  for (const NewEntry* entry : batch.entries) {
    edge_->Append(entry->leaf_hash, [&full](const TileId& tile, std::span<const Digest> hashes, const Digest& root) {
      full.Add(tile, hashes, root);
    });
  }
  if (!full.IsEmpty()) {
    full.Send(*pipeline_);
  }
  if (batch.opens) {
    const std::string number = EncodeInt8(batch.opens->number);
    const std::string_view parameters[] = {number, batch.opens->origin, batch.opens->previous_checkpoint};
    pipeline_->RunPrepared(kInsertOrigin, parameters);
  }
  return Commit();
}

absl::Status RestoreStore::AddPayloads(std::span<const NewEntry* const> payloads) {
  RETURN_IF_ERROR(EnsureMonths(payloads));
  pipeline_->Run("BEGIN");
  pipeline_->RunPrepared(statement::kLock);
  SendPayloads(payloads, *pipeline_);
  return Commit();
}

absl::Status RestoreStore::EnsureMonths(std::span<const NewEntry* const> payloads) {
  for (const NewEntry* entry : payloads) {
    const char* const parent = entry->fields.kind == EntryKind::kExcluded ? "excluded_payloads" : "payloads";
    const std::string time = FormatRfc3339(entry->fields.receive_time);
    constexpr size_t kMonthSize = 7;  // "2026-11"
    if (!months_.insert(absl::StrCat(parent, " ", time.substr(0, kMonthSize))).second) {
      continue;
    }
    absl::Status status = connection_->Transact([&](Transaction& transaction) {
      transaction.exec("SELECT pg_advisory_xact_lock(hashtextextended('affidavit.partitions', 0))");
      transaction.exec_params(kMakeMonth, std::string(parent), time);
      return absl::OkStatus();
    });
    // INVALID_ARGUMENT: rows of the month lie in the DEFAULT partition already, and more may.
    if (!status.ok() && !absl::IsInvalidArgument(status)) {
      return status;
    }
  }
  return absl::OkStatus();
}

void RestoreOrigin(Transaction& transaction, const StoredOrigin& origin) {
  transaction.exec_params(
      "INSERT INTO affidavit.origins (origin, number, previous_checkpoint) VALUES ($1, $2, nullif($3, '')) "
      "ON CONFLICT (origin) DO NOTHING",
      origin.origin, origin.number, origin.previous_checkpoint);
}

void RestoreCheckpoint(Transaction& transaction, const StoredCheckpoint& checkpoint) {
  transaction.exec_params(
      "INSERT INTO affidavit.checkpoints (origin, tree_size, root_hash, signed_note, sign_time) "
      "VALUES ($1, $2, $3, $4, $5::timestamptz) ON CONFLICT DO NOTHING",
      checkpoint.origin, checkpoint.tree_size, BytesParameter(AsBytes(checkpoint.root_hash)),
      BytesParameter(checkpoint.signed_note), FormatRfc3339(checkpoint.sign_time));
}

std::vector<PayloadGap> FindPayloadGaps(Transaction& transaction, int64_t begin, int64_t end) {
  std::vector<PayloadGap> gaps;
  for (const pqxx::row& row : transaction.exec_params(kPayloadGaps, begin, end)) {
    gaps.push_back({row[0].as<int64_t>(), row[1].as<int64_t>(), BytesFromField(row[2])});
  }
  return gaps;
}

std::vector<NamedVersion> FindReceiptsOfKeys(Transaction& transaction, std::span<const std::string> object_keys) {
  std::vector<NamedVersion> found;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT object_key, version_id, checksum FROM affidavit.mirror_receipts WHERE object_key = ANY($1::text[])",
           absl::StrCat("{", absl::StrJoin(object_keys, ","), "}"))) {
    NamedVersion& version = found.emplace_back();
    version.object_key = row[0].as<std::string>();
    version.version_id = row[1].as<std::string>();
    const std::string checksum = BytesFromField(row[2]);  // of 32 bytes, by the column's CHECK
    std::copy(checksum.begin(), checksum.end(), version.checksum.begin());
  }
  return found;
}

}  // namespace affidavit::db
