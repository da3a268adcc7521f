#include "tests/integration/mirror/mirror_fixture.h"

#include <set>

#include "core/checkpoint/checkpoint.h"
#include "core/envelope/object_key.h"
#include "db/log_store.h"
#include "db/postgres_append_store.h"

namespace affidavit::mirror {

using testing::Role;

MirroredLog::MirroredLog()
    : store_(db::MakePostgresAppendStore({.url = database_.url(Role::kLedger)})),
      signer_(*Ed25519Signer::FromSecret(GenerateEd25519Key(kMirroredOrigin)->secret)) {}

int64_t MirroredLog::Append(const std::vector<testing::EntrySpec>& specs) {
  testing::EntryBatch batch(store_->ReservePayloadIds()->first);
  for (const testing::EntrySpec& spec : specs) {
    batch.Add(spec);
  }
  const absl::StatusOr<int64_t> first = testing::Append(*store_, batch);
  EXPECT_TRUE(first.ok()) << first.status();
  return first.value_or(-1);
}

int64_t MirroredLog::AppendEnvelopes(int count) {
  std::vector<testing::EntrySpec> specs;
  for (int i = 0; i < count; ++i) {
    const std::string id = "event-" + std::to_string(appended_count_++);
    specs.push_back({.event_id = id, .payload = "{\"id\":\"" + id + "\"}"});
  }
  return Append(specs);
}

std::string MirroredLog::Publish(const std::string& origin) {
  std::string text;
  const absl::Status status = ledger_pool_.Transact([&](db::Transaction& transaction) -> absl::Status {
    const auto size = static_cast<uint64_t>(db::ReadTreeSize(transaction));
    const Digest root = *db::ReadRoot(transaction, size);
    const Signer* const signer = signer_.get();
    text = FormatNote(*SignNote(FormatCheckpoint({origin, size, root, {}}), std::span(&signer, 1)));
    db::OpenOrigin(transaction, origin, origin == kMirroredOrigin ? "" : "lost");
    db::InsertCheckpoint(transaction, {origin, static_cast<int64_t>(size), root, text, {}});
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return text;
}

void MirroredLog::Tamper(const std::string& table, const std::string& statement) const {
  database_.Exec("ALTER TABLE affidavit." + table + " DISABLE TRIGGER append_only; " + statement +
                 "; ALTER TABLE affidavit." + table + " ENABLE ALWAYS TRIGGER append_only");
}

db::MirrorProgress MirroredLog::Progress() {
  db::MirrorProgress progress;
  EXPECT_TRUE(pool_
                  .Transact([&](db::Transaction& transaction) {
                    progress = db::ReadMirrorProgress(transaction);
                    return absl::OkStatus();
                  })
                  .ok());
  return progress;
}

std::vector<db::MirrorReceipt> MirroredLog::Receipts() {
  std::vector<db::MirrorReceipt> receipts;
  EXPECT_TRUE(pool_
                  .Transact([&](db::Transaction& transaction) {
                    receipts = db::ReadMirrorReceipts(transaction, 0, db::ReadTreeSize(transaction));
                    return absl::OkStatus();
                  })
                  .ok());
  return receipts;
}

std::vector<db::MirrorFinding> MirroredLog::Findings() {
  std::vector<db::MirrorFinding> findings;
  EXPECT_TRUE(pool_
                  .Transact([&](db::Transaction& transaction) {
                    findings = db::ListMirrorFindings(transaction, 10'000);
                    return absl::OkStatus();
                  })
                  .ok());
  return findings;
}

std::optional<LeafFields> MirroredLog::Fields(int64_t leaf_index) {
  std::optional<LeafFields> fields;
  EXPECT_TRUE(pool_
                  .Transact([&](db::Transaction& transaction) {
                    fields = *DecodeLeaf((*db::ReadEntry(transaction, leaf_index, db::WithPayload::kNo))->leaf);
                    return absl::OkStatus();
                  })
                  .ok());
  return fields;
}

void MirroredLog::ExpectMirrored(const testing::MemoryObjectStore& store, int64_t begin, int64_t end,
                                 bool extra_versions) {
  const std::vector<db::MirrorReceipt> receipts = Receipts();
  std::set<int64_t> ids, leaf_indexes;
  for (const db::MirrorReceipt& receipt : receipts) {
    ids.insert(receipt.receipt_id);
    leaf_indexes.insert(receipt.leaf_index);
    if (receipt.leaf_index < begin || receipt.leaf_index >= end || receipt.outcome == db::MirrorOutcome::kLeftOut) {
      continue;
    }
    const LeafFields fields = *Fields(receipt.leaf_index);
    EXPECT_EQ(receipt.object_key, EntryObjectKey(fields, receipt.leaf_index));
    EXPECT_EQ(receipt.checksum, fields.payload_sha256);
    const auto versions = store.Versions(receipt.object_key);
    EXPECT_TRUE(versions.size() == 1 || (extra_versions && !versions.empty())) << receipt.object_key;
    bool is_named = false;
    for (const auto& version : versions) {
      is_named = is_named || version.info.version_id == receipt.version_id;
      EXPECT_EQ(Sha256(version.body), fields.payload_sha256) << receipt.object_key;
      EXPECT_GE(version.info.retain_until, fields.retain_until) << receipt.object_key;
      EXPECT_EQ(version.info.lock_mode, "COMPLIANCE");
    }
    EXPECT_TRUE(is_named) << receipt.object_key;
  }
  EXPECT_EQ(ids.size(), receipts.size());
  EXPECT_TRUE(ids.empty() || *ids.rbegin() == static_cast<int64_t>(ids.size()) - 1) << "receipt ids have a gap";
  for (int64_t leaf_index = begin; leaf_index < end; ++leaf_index) {
    EXPECT_TRUE(leaf_indexes.contains(leaf_index)) << leaf_index << " has no receipt";
  }
}

}  // namespace affidavit::mirror
