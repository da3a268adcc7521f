#include "tests/integration/restore/mirrored_log.h"

#include <chrono>
#include <thread>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/incarnation.h"
#include "db/mirror_store.h"
#include "db/publishing.h"
#include "services/mirror/mirror.h"

namespace affidavit::cli {
namespace {

using testing::Role;
using testing::TestDatabase;

constexpr char kSameEntries[] =
    "SELECT md5(string_agg(concat_ws('|', leaf_index, receive_time, retain_until, event_time, delivery_time, "
    "payload_size, payload_sha256, leaf_hash, kind, source, event_id, event_type, schema_version, channel, direction, "
    "message_id, correlation_id, adapter_id, retention_class, provenance, leaf), ',' ORDER BY leaf_index)) "
    "FROM affidavit.entries WHERE leaf_index < ";
constexpr char kSamePayloads[] =
    "SELECT count(*) || md5(string_agg(concat_ws('|', leaf_index, p.receive_time, raw, payload, payload_error), ',' "
    "ORDER BY leaf_index)) FROM affidavit.entries e JOIN affidavit.payloads p USING (payload_id) WHERE leaf_index < ";
constexpr char kSameReceipts[] =
    "SELECT count(*) || md5(string_agg(concat_ws('|', leaf_index, outcome = 'left_out', store, object_key, version_id, "
    "checksum, retain_until, legal_hold, store_time), ',' ORDER BY leaf_index)) FROM affidavit.mirror_receipts WHERE "
    "leaf_index < ";
constexpr char kSameTiles[] =
    "SELECT md5(string_agg(concat_ws('|', level, tile_index, hashes, root), ',' ORDER BY level, tile_index)) FROM "
    "affidavit.tiles WHERE level = 0 AND (tile_index + 1) * 256 <= ";
constexpr char kSameCheckpoints[] =
    "SELECT string_agg(concat_ws('|', origin, tree_size, root_hash, signed_note), ',' ORDER BY origin, tree_size) FROM "
    "affidavit.checkpoints WHERE tree_size <= ";

}  // namespace

void MirroredLog::MirrorInto(objectstore::ObjectStore* store) {
  const db::ConnectionOptions options{.url = database_.url(Role::kWorker)};
  const auto mirror = mirror::Mirror::Start({.poll_interval = std::chrono::milliseconds(5),
                                             .log_interval = std::chrono::milliseconds(5),
                                             .kept_checkpoint_interval = std::chrono::milliseconds(0)},
                                            options, store);
  const auto connection = *db::Connection::Open(options);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  bool is_done = false;
  while (!is_done && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const absl::Status status = connection->Transact([&](db::Transaction& transaction) {
      const db::MirrorProgress progress = db::ReadMirrorProgress(transaction);
      const auto origin = db::ReadCurrentOrigin(transaction);
      const auto newest = origin ? db::ReadNewestCheckpoint(transaction, origin->origin) : std::nullopt;
      is_done = progress.LagEntries() == 0 && newest &&
                db::ReadMirrorLogState(transaction, origin->number).checkpoint_size == newest->tree_size;
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
  }
  ASSERT_TRUE(is_done) << "not mirrored in time";
}

void MirroredLog::FillAndMirror() {
  for (int i = 0; i < 2; ++i) {
    Append(150);
    Publish();
    Mirror();
  }
}

absl::StatusOr<RestoreResult> MirroredLog::Restore(objectstore::ObjectStore* store, const TestDatabase& into,
                                                   const std::optional<std::string>& guard_note, bool thaw) const {
  RestoreOptions options;
  options.policy.log_keys = {*ParseVerifierKey(keys_.vkey)};
  options.guard_note = guard_note;
  options.retention_years = 7;
  options.thread_count = 2;
  options.thaw = thaw;
  const db::ConnectionOptions database{.url = into.url(Role::kOwner)};
  return Restorer(store, &database, options, [](const char*, int64_t, int64_t) {}).Run();
}

void MirroredLog::ExpectSame(int64_t size) const {
  for (const char* query : {kSameEntries, kSamePayloads, kSameReceipts, kSameTiles, kSameCheckpoints}) {
    const std::string whole = query + std::to_string(size);
    EXPECT_EQ(database_.Exec(whole), restored_.Exec(whole)) << query;
  }
}

std::string MirroredLog::SignBeyond(uint64_t tree_size, const std::string& origin) const {
  const auto signer = *Ed25519Signer::FromSecret(keys_.secret);
  const Signer* const one = signer.get();
  return FormatNote(*SignNote(FormatCheckpoint({origin, tree_size, Sha256("a tree"), {}}), std::span(&one, 1)));
}

bool MirroredLog::WouldAppend(const TestDatabase& database, const std::optional<std::string>& guard_note) const {
  const auto connection = *db::Connection::Open({.url = database.url(Role::kLedger)});
  bool would = true;
  const absl::Status status = connection->Transact([&](db::Transaction& transaction) -> absl::Status {
    std::vector<std::string> notes;
    const auto origin = db::ReadCurrentOrigin(transaction);
    if (const auto newest = origin ? db::ReadNewestCheckpoint(transaction, origin->origin) : std::nullopt) {
      notes.push_back(newest->signed_note);
    }
    if (guard_note) {
      notes.push_back(*guard_note);
    }
    for (const std::string& note : notes) {
      const auto standing = db::ReadStanding(transaction, *ParseCheckpoint(ParseNote(note)->text));
      if (!standing.ok()) {
        return standing.status();
      }
      would = would && standing->standing != db::Standing::kRolledBack;
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return would;
}

std::string MirroredLog::KeyOf(int64_t leaf_index) const {
  return database_.Exec("SELECT object_key FROM affidavit.mirror_receipts WHERE leaf_index = " +
                        std::to_string(leaf_index));
}

void MirroredLog::Cover(const std::string& key, const std::string& bytes) {
  ASSERT_TRUE(memory_.Put({.key = key, .body = bytes, .sha256 = Sha256(bytes)}).ok());
}

}  // namespace affidavit::cli
