// What a forger, a rolled back database or a used folder may hide from `affidavit fsck` and `affidavit export-log`.
#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/fsck/place.h"
#include "cli/recovery.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/key.h"
#include "core/checkpoint/signer.h"
#include "db/connection.h"
#include "db/log_store.h"
#include "db/postgres_append_store.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Role;

constexpr char kOrigin[] = "example.com/log";

class FsckReviewTest : public ::testing::Test {
 protected:
  void Append(int count) {
    testing::EntryBatch batch(NextPayloadId());
    for (int i = 0; i < count; ++i) {
      batch.Add({.event_id = "event-" + std::to_string(appended_count_++)});
    }
    ASSERT_TRUE(testing::Append(*store_, batch).ok());
  }

  void AppendWithError(const std::string& payload, const std::string& error) {
    testing::EntryBatch batch(NextPayloadId());
    batch.Add({.event_id = "event-" + std::to_string(appended_count_++), .payload = payload, .payload_error = error});
    ASSERT_TRUE(testing::Append(*store_, batch).ok());
  }

  std::string Sign(const Checkpoint& checkpoint) const {
    const Signer* const signer = signer_.get();
    return FormatNote(*SignNote(FormatCheckpoint(checkpoint), std::span(&signer, 1)));
  }

  // Of the log as it is; stored, and returned.
  std::string Publish() {
    std::string note;
    const absl::Status status = connection_->Transact([&](db::Transaction& transaction) {
      const auto size = std::stoull(database_.Exec("SELECT count(*) FROM affidavit.entries"));
      const Digest root = *db::ReadRoot(transaction, size);
      note = Sign({kOrigin, size, root, {}});
      db::OpenOrigin(transaction, kOrigin, "");
      db::InsertCheckpoint(transaction, {kOrigin, static_cast<int64_t>(size), root, note, {}});
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return note;
  }

  void Tamper(const std::string& table, const std::string& statement) const {
    database_.Exec("ALTER TABLE affidavit." + table + " DISABLE TRIGGER append_only; " + statement +
                   "; ALTER TABLE affidavit." + table + " ENABLE ALWAYS TRIGGER append_only");
  }

  // An older dump of a log that has no full tile yet.
  void RestoreTo(int64_t tree_size) {
    const std::string size = std::to_string(tree_size);
    Tamper("checkpoints", "DELETE FROM affidavit.checkpoints WHERE tree_size > " + size);
    Tamper("entries", "DELETE FROM affidavit.entries WHERE leaf_index >= " + size);
    Tamper("payloads",
           "DELETE FROM affidavit.payloads WHERE payload_id NOT IN (SELECT payload_id FROM affidavit.entries)");
  }

  RunResult RunVerb(std::vector<std::string> arguments, Role role = Role::kLedger) const {
    return RunCli(arguments, {{"AFFIDAVIT_DATABASE_URL", database_.url(role)}});
  }
  RunResult Fsck(std::vector<std::string> more = {}, Role role = Role::kLedger) const {
    more.insert(more.begin(), {"fsck", "--key", keys_.vkey});
    return RunVerb(more, role);
  }
  RunResult Export() const { return RunVerb({"export-log", "--out", folder_.Path("log")}); }

  testing::TestDatabase database_;
  TemporaryFolder folder_;
  const KeyPairText keys_ = *GenerateEd25519Key(kOrigin);
  const std::unique_ptr<Ed25519Signer> signer_ = *Ed25519Signer::FromSecret(keys_.secret);
  const db::ConnectionOptions options_{.url = database_.url(Role::kLedger)};
  const std::unique_ptr<db::Connection> connection_ = *db::Connection::Open(options_);
  const std::unique_ptr<db::AppendStore> store_ = db::MakePostgresAppendStore(options_);

 private:
  int64_t NextPayloadId() const { return store_->ReservePayloadIds()->first; }

  int appended_count_ = 0;
};

TEST_F(FsckReviewTest, PartialPassesCompareKeptCheckpointsBelowThem) {
  Append(3);
  const std::string good = folder_.Write("good", Publish());
  Append(3);
  const std::string forged = folder_.Write("forged", Sign({kOrigin, 3, Digest{}, {}}));
  for (const std::vector<std::string>& part :
       {std::vector<std::string>{"--since", "5"}, {"--since", "3"}, {"--sample", "2"}}) {
    std::vector<std::string> arguments = part;
    arguments.insert(arguments.end(), {"--checkpoint", good});
    const RunResult sound = Fsck(arguments);
    EXPECT_EQ(sound.code, ExitCode::kGood) << sound.out << sound.err;
    arguments.back() = forged;
    const RunResult unsound = Fsck(arguments);
    EXPECT_EQ(unsound.code, ExitCode::kFinding) << part.front();
    EXPECT_THAT(unsound.out, HasSubstr("forged: the log's first 3 entries are not those that it was signed over"));
  }
}

TEST_F(FsckReviewTest, ALossIsExcusedByTheLogAndNotByARow) {
  Append(3);
  Publish();
  Append(3);
  const std::string note = Publish();
  const std::string kept = folder_.Write("kept", note);
  RestoreTo(3);
  database_.Exec(
      "INSERT INTO affidavit.origins (origin, number, previous_checkpoint) VALUES ('example.com/log/2', 2, '" + note +
      "')");
  const RunResult forged = Fsck({"--checkpoint", kept});
  EXPECT_EQ(forged.code, ExitCode::kFinding) << forged.err;
  EXPECT_THAT(forged.out, HasSubstr("incarnation 2 is not announced in the log"));
  EXPECT_THAT(forged.out, HasSubstr("kept covers 6 entries; the log has 3"));

  Tamper("origins", "DELETE FROM affidavit.origins WHERE number = 2");
  const LogIdentity identity{.policy = {"", {*ParseVerifierKey(keys_.vkey)}, {}, 0}, .guard_note = note};
  const absl::StatusOr<std::optional<LostLog>> loss = FindLoss(options_, identity);
  ASSERT_TRUE(loss.ok() && *loss) << loss.status();
  ASSERT_TRUE(OpenNewIncarnation(options_, **loss, 10).ok());
  const RunResult recovered = Fsck({"--checkpoint", kept});
  EXPECT_EQ(recovered.code, ExitCode::kGood) << recovered.out << recovered.err;
  // The record speaks of what was lost, not of what the database still had.
  const std::string below = folder_.Write("below", Sign({kOrigin, 2, Digest{}, {}}));
  EXPECT_EQ(Fsck({"--checkpoint", below}).code, ExitCode::kFinding);
}

TEST_F(FsckReviewTest, RulesThatTheSchemaLostAreNamed) {
  Append(1);
  EXPECT_EQ(Fsck().code, ExitCode::kGood);
  database_.Exec(
      "DROP INDEX affidavit.entries_body_identity; "
      "CREATE INDEX entries_body_identity ON affidavit.entries (payload_sha256, source); "
      "ALTER TABLE affidavit.entries DROP CONSTRAINT entries_leaf_hash_check; "
      "ALTER TABLE affidavit.payloads DROP CONSTRAINT payloads_check; "
      "ALTER TABLE affidavit.payloads ADD CONSTRAINT payloads_check CHECK (true); "
      "ALTER TABLE affidavit.tiles DROP CONSTRAINT tiles_pkey");
  const RunResult result = Fsck();
  EXPECT_EQ(result.code, ExitCode::kFinding) << result.err;
  EXPECT_THAT(result.out, HasSubstr("table entries lacks the unique index entries_body_identity"));
  EXPECT_THAT(result.out, HasSubstr("table entries lacks the check entries_leaf_hash_check"));
  EXPECT_THAT(result.out, HasSubstr("table payloads lacks the check payloads_check"));
  EXPECT_THAT(result.out, HasSubstr("table tiles lacks the primary key tiles_pkey"));
  EXPECT_THAT(result.out, HasSubstr("tables 4"));
}

TEST_F(FsckReviewTest, AFolderThatHoldsMoreThanTheLogIsLeftAlone) {
  Append(3);
  Publish();
  Append(3);
  const std::string note = Publish();
  ASSERT_EQ(Export().code, ExitCode::kGood);
  ASSERT_EQ(Export().code, ExitCode::kGood);
  RestoreTo(3);
  const RunResult rolled_back = Export();
  EXPECT_EQ(rolled_back.code, ExitCode::kFinding);
  EXPECT_THAT(rolled_back.err, HasSubstr("covers 6 entries; the log has signed 3"));
  EXPECT_THAT(rolled_back.err, HasSubstr("what to do"));
  Append(4);
  Publish();
  const RunResult rewritten = Export();
  EXPECT_EQ(rewritten.code, ExitCode::kFinding);
  EXPECT_THAT(rewritten.err, HasSubstr("the log's first 6 entries are others"));
  EXPECT_EQ(folder_.Read("log/checkpoint"), note);
}

TEST_F(FsckReviewTest, APayloadThatJsonbCanHoldIsNotSaidToBeOtherwise) {
  AppendWithError("{", "22P02");
  AppendWithError("\"\\u0000\"", "22P05");
  AppendWithError("\xff", "22021");
  EXPECT_EQ(Fsck().code, ExitCode::kGood);
  AppendWithError("{}", "22P02");
  const RunResult result = Fsck();
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("entry 3: its payload_error is wrong: jsonb can hold its raw bytes"));
  EXPECT_THAT(result.out, HasSubstr("1 finding"));
}

TEST_F(FsckReviewTest, AKeptFileThatWasTamperedWithIsAFinding) {
  Append(2);
  std::string note = Publish();
  note[note.size() - 10] = note[note.size() - 10] == 'A' ? 'B' : 'A';
  const RunResult result = Fsck({"--checkpoint", folder_.Write("kept", note)});
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("outside checkpoints 1"));
  EXPECT_EQ(Fsck({"--checkpoint", folder_.Path("none")}).code, ExitCode::kUsage);
}

TEST_F(FsckReviewTest, OneBreakHasOneSentence) {
  for (int i = 0; i < 3; ++i) {
    Append(2);
    Publish();
  }
  Tamper("entries", "UPDATE affidavit.entries SET leaf = leaf || '\\x00' WHERE leaf_index = 2");
  const RunResult result = Fsck();
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("checkpoint example.com/log 4: the entries below 4"));
  EXPECT_THAT(result.out, Not(HasSubstr("checkpoint example.com/log 6")));
  EXPECT_THAT(result.out, HasSubstr("checkpoints 2"));
}

TEST_F(FsckReviewTest, InfiniteTimesAreReadLikeOthers) {
  Append(2);
  Tamper("payloads", "UPDATE affidavit.payloads SET receive_time = 'infinity'");
  const RunResult result = Fsck();
  EXPECT_EQ(result.code, ExitCode::kFinding) << result.err;
  EXPECT_THAT(result.out, HasSubstr("payloads 2"));
}

TEST_F(FsckReviewTest, WhyAPassIsNotRecordedIsSaid) {
  Append(1);
  const RunResult result = Fsck({}, Role::kReader);
  EXPECT_EQ(result.code, ExitCode::kGood);
  EXPECT_THAT(result.err, HasSubstr("permission denied"));
}

TEST_F(FsckReviewTest, PartialPassesAreNotMixed) {
  EXPECT_EQ(Fsck({"--sample", "1", "--since", "0"}).code, ExitCode::kUsage);
  EXPECT_EQ(Fsck({"--sample", "1", "--resume", folder_.Path("place")}).code, ExitCode::kUsage);
  EXPECT_EQ(Fsck({"--since", "0", "--resume", folder_.Path("place")}).code, ExitCode::kUsage);
}

TEST_F(FsckReviewTest, AResumedPassCountsFromItsFirstRun) {
  Append(3);
  Publish();
  Append(2);
  Publish();
  std::string root;
  ASSERT_TRUE(connection_
                  ->Transact([&](db::Transaction& transaction) {
                    root = std::string(AsBytes(*db::ReadRoot(transaction, 3)));
                    return absl::OkStatus();
                  })
                  .ok());
  const Place place{3, root, 0, 1, TimePoint(std::chrono::seconds(1'000'000'000))};
  ASSERT_TRUE(WritePlace(folder_.Path("place"), place).ok());
  const RunResult result = Fsck({"--resume", folder_.Path("place")});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("2 checkpoints"));
  EXPECT_EQ(database_.Exec("SELECT extract(epoch FROM start_time)::bigint FROM affidavit_state.fsck_passes"),
            "1000000000");
}

}  // namespace
}  // namespace affidavit::cli
