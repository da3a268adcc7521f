#include "tests/integration/ledger/publish_fixture.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/merkle/compact_range.h"
#include "core/merkle/hash.h"
#include "db/entry_reader.h"
#include "db/postgres_append_store.h"
#include "tests/support/new_entries.h"

namespace affidavit::ledger {
namespace {

std::string Tampering(const std::string& table, const std::string& statement) {
  return "ALTER TABLE affidavit." + table + " DISABLE TRIGGER append_only; " + statement + "; ALTER TABLE affidavit." +
         table + " ENABLE ALWAYS TRIGGER append_only; ";
}

}  // namespace

PublishFixture::PublishFixture() {
  std::string name = (std::filesystem::temp_directory_path() / "affidavit-publish-XXXXXX").string();
  folder_ = mkdtemp(name.data());
  WriteKey("key");
}

PublishFixture::~PublishFixture() {
  std::filesystem::remove_all(folder_);
}

std::string PublishFixture::WriteKey(const std::string& name, const std::string& origin) {
  const std::string path = folder_ + "/" + name;
  std::ofstream(path) << GenerateEd25519Key(origin)->secret << "\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

std::unique_ptr<LogSigners> PublishFixture::LoadKeys(const std::vector<std::string>& names) const {
  std::vector<std::string> files;
  for (const std::string& name : names) {
    files.push_back(folder_ + "/" + name);
  }
  auto signers = LogSigners::Load(kOrigin, files);
  EXPECT_TRUE(signers.ok()) << signers.status();
  return *std::move(signers);
}

void PublishFixture::Append(int count) {
  const auto store = db::MakePostgresAppendStore({.url = database_.url(testing::Role::kLedger)});
  testing::EntryBatch batch(store->ReservePayloadIds()->first);
  for (int i = 0; i < count; ++i) {
    batch.Add({.event_id = "event-" + std::to_string(appended_count_++)});
  }
  const auto first = testing::Append(*store, batch);
  ASSERT_TRUE(first.ok()) << first.status();
}

void PublishFixture::Tamper(const std::string& table, const std::string& statement) {
  database_.Exec(Tampering(table, statement));
}

void PublishFixture::RestoreTo(int64_t tree_size) {
  const std::string size = std::to_string(tree_size);
  // One transaction, as a running ledger sees a restore. A level-k tile i is full at (i + 1) * 256^(k + 1) entries.
  database_.Exec(
      Tampering("tiles", "DELETE FROM affidavit.tiles WHERE (tile_index + 1) * 256::numeric ^ (level + 1) > " + size) +
      Tampering("cosignatures", "DELETE FROM affidavit.cosignatures WHERE tree_size > " + size) +
      Tampering("timestamps", "DELETE FROM affidavit.timestamps WHERE tree_size > " + size) +
      Tampering("checkpoints", "DELETE FROM affidavit.checkpoints WHERE tree_size > " + size) +
      Tampering("origins",
                "DELETE FROM affidavit.origins o "
                "WHERE NOT EXISTS (SELECT FROM affidavit.checkpoints c WHERE c.origin = o.origin)") +
      Tampering("entries", "DELETE FROM affidavit.entries WHERE leaf_index >= " + size) +
      "UPDATE affidavit_state.cursors SET next_leaf_index = 0; DELETE FROM affidavit_state.entry_counts");
}

int64_t PublishFixture::TreeSize() {
  return std::stoll(database_.Exec("SELECT count(*) FROM affidavit.entries"));
}

std::vector<db::StoredCheckpoint> PublishFixture::Checkpoints(const std::string& origin) {
  std::vector<db::StoredCheckpoint> checkpoints;
  const absl::Status status = pool_.Transact([&](db::Transaction& transaction) {
    checkpoints = db::ListCheckpoints(transaction, origin, 0, 10'000);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return checkpoints;
}

std::optional<std::string> PublishFixture::GuardNote(const std::string& name) const {
  const auto note = GuardFile(GuardPath(name)).Read();
  EXPECT_TRUE(note.ok()) << note.status();
  return *note;
}

void PublishFixture::ExpectSound(const LogSigners& signers, const std::string& guard) {
  const std::string origin =
      database_.Exec("SELECT coalesce((SELECT origin FROM affidavit.origins ORDER BY number DESC LIMIT 1), '')");
  const std::vector<db::StoredCheckpoint> checkpoints = Checkpoints(origin);
  std::vector<std::string> leaf_hashes;
  const auto rows =
      database_.Run(testing::Role::kSuperuser, "SELECT encode(leaf, 'hex') FROM affidavit.entries ORDER BY leaf_index");
  ASSERT_TRUE(rows.ok()) << rows.status();
  CompactRange tree;
  auto next = checkpoints.begin();
  for (const auto& row : *rows) {
    std::string leaf;
    for (size_t i = 0; i < row[0].size(); i += 2) {
      leaf.push_back(static_cast<char>(std::stoi(row[0].substr(i, 2), nullptr, 16)));
    }
    tree.Append(LeafHash(leaf));
    if (next != checkpoints.end() && static_cast<int64_t>(tree.end()) == next->tree_size) {
      EXPECT_EQ(next->root_hash, *tree.Root()) << next->tree_size;
      const auto checkpoint = signers.Verify(next->signed_note);
      ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
      EXPECT_EQ(checkpoint->root_hash, next->root_hash);
      EXPECT_EQ(static_cast<int64_t>(checkpoint->tree_size), next->tree_size);
      ++next;
    }
  }
  EXPECT_EQ(next, checkpoints.end()) << "a checkpoint over more than the log has";
  if (const std::optional<std::string> note = GuardNote(guard)) {
    EXPECT_TRUE(std::any_of(checkpoints.begin(), checkpoints.end(), [&note](const db::StoredCheckpoint& checkpoint) {
      return checkpoint.signed_note == *note;
    })) << "the guard is ahead of the database";
  }
}

}  // namespace affidavit::ledger
