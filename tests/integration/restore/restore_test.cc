// `affidavit restore`: what comes back from a bucket, from a bad one, and after an interruption anywhere.
#include "boost/json/parse.hpp"
#include "cli/recovery.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/checkpoint.h"
#include "core/merkle/entry_bundle.h"
#include "core/merkle/proof.h"
#include "core/merkle/tile.h"
#include "db/entry_reader.h"
#include "db/log_store.h"
#include "services/objectstore/directory_store.h"
#include "tests/integration/restore/mirrored_log.h"

namespace affidavit::cli {
namespace {

using ::testing::HasSubstr;
using testing::Role;

class RestoreTest : public MirroredLog {
 protected:
  void SetUp() override { FillAndMirror(); }

  int64_t RestoredSize() const { return std::stoll(restored_.Exec("SELECT count(*) FROM affidavit.entries")); }
  RunResult FsckRestored() const {
    return RunCli({"fsck", "--key", keys_.vkey}, {{"AFFIDAVIT_DATABASE_URL", restored_.url(Role::kLedger)}});
  }
  // That entry 10 is in the tree of 150 leaves, which a checkpoint of old was signed over.
  static std::vector<Digest> ProofIn(const testing::TestDatabase& database) {
    const auto connection = *db::Connection::Open({.url = database.url(Role::kLedger)});
    std::vector<Digest> proof;
    const absl::Status status = connection->Transact([&](db::Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(proof, db::ReadProof(transaction, *PlanInclusion(10, 150), 150));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return proof;
  }
  void ExpectFinding(const absl::StatusOr<RestoreResult>& result, const std::string& sentence, int64_t count = 1) {
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->findings.count(), count);
    ASSERT_FALSE(result->findings.sentences().empty());
    EXPECT_THAT(result->findings.sentences(), ::testing::Contains(HasSubstr(sentence)));
  }
};

TEST_F(RestoreTest, EverythingComesBackAndTheLogGoesOnUnderANewOrigin) {
  const absl::StatusOr<RestoreResult> result = Restore();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->findings.count(), 0) << result->findings.sentences().front();
  EXPECT_EQ(result->entry_count, 300);
  EXPECT_EQ(result->payload_count, 270);
  EXPECT_EQ(result->left_out_count, 30);
  EXPECT_EQ(result->opened_origin, "example.com/log/2");
  ExpectSame(300);
  EXPECT_EQ(RestoredSize(), 301);
  const auto record = boost::json::parse(
      restored_.Exec("SELECT convert_from(raw, 'UTF8') FROM affidavit.entries JOIN affidavit.payloads USING "
                     "(payload_id) WHERE leaf_index = 300"));
  EXPECT_EQ(record.at("new_origin"), "example.com/log/2");
  EXPECT_EQ(record.at("first_lost_leaf_index"), 300);
  EXPECT_FALSE(record.as_object().contains("last_lost_leaf_index")) << "nobody knows it";
  EXPECT_EQ(ProofIn(restored_), ProofIn(database_)) << "what was proven of entry 10 is proven still";
  EXPECT_TRUE(WouldAppend(restored_, std::nullopt));
  // Whoever still knows of more is not passed over.
  EXPECT_FALSE(WouldAppend(restored_, SignBeyond(350)));
  const RunResult fsck = FsckRestored();
  EXPECT_EQ(fsck.code, ExitCode::kGood) << fsck.out << fsck.err;
  EXPECT_THAT(fsck.out, HasSubstr("30 payloads of excluded entries were never copied"));

  const absl::StatusOr<RestoreResult> again = Restore();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->entry_count + again->payload_count, 0) << "there is nothing left to do";
  EXPECT_EQ(RestoredSize(), 301);
}

TEST_F(RestoreTest, AGuardThatKnowsOfMoreStaysInCharge) {
  const std::string guard = SignBeyond(350);
  const absl::StatusOr<RestoreResult> result = Restore(guard);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->guard_ahead.has_value());
  EXPECT_EQ(result->opened_origin, "");
  EXPECT_EQ(RestoredSize(), 300);
  EXPECT_FALSE(WouldAppend(restored_, guard));
  EXPECT_FALSE(WouldAppend(restored_, std::nullopt)) << "even should the guard file be gone tomorrow";
  const db::ConnectionOptions ledger{.url = restored_.url(Role::kLedger)};
  const LogIdentity identity{.policy = {.log_keys = {*ParseVerifierKey(keys_.vkey)}}, .guard_note = guard};
  const absl::StatusOr<std::optional<LostLog>> loss = FindLoss(ledger, identity);
  ASSERT_TRUE(loss.ok() && loss->has_value()) << loss.status();
  EXPECT_EQ((*loss)->first_lost(), 300);
  EXPECT_EQ(*OpenNewIncarnation(ledger, **loss, 7), 300);
  EXPECT_TRUE(WouldAppend(restored_, guard));
  EXPECT_EQ(FsckRestored().code, ExitCode::kGood) << FsckRestored().out;
}

TEST_F(RestoreTest, AGuardThatKnowsOfNoMoreDoesNotKeepTheOldOrigin) {
  // What was acknowledged after the last checkpoint has an index that the old origin must not give out again.
  const std::string guard = memory_.Get("log/checkpoint", "")->body;
  const absl::StatusOr<RestoreResult> result = Restore(guard);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->opened_origin, "example.com/log/2");
  EXPECT_TRUE(WouldAppend(restored_, guard));
  EXPECT_THAT(Restore(SignBeyond(250)).status().message(), HasSubstr("not those that the guard file's"));
}

TEST_F(RestoreTest, ALogThatWasRestoredBeforeIsRestoredAgain) {
  const db::ConnectionOptions ledger{.url = database_.url(Role::kLedger)};
  const LogIdentity identity{.policy = {.log_keys = {*ParseVerifierKey(keys_.vkey)}}, .guard_note = SignBeyond(400)};
  ASSERT_EQ(*OpenNewIncarnation(ledger, **FindLoss(ledger, identity), 7), 300);
  Append(50);
  Publish("example.com/log/2");
  Mirror();
  const absl::StatusOr<RestoreResult> result = Restore();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->findings.count(), 0) << result->findings.sentences().front();
  EXPECT_EQ(result->target.origin, "example.com/log/2");
  EXPECT_EQ(result->opened_origin, "example.com/log/3");
  ExpectSame(351);
  const char* const origins =
      "SELECT string_agg(origin || previous_checkpoint, ',' ORDER BY number) FROM "
      "affidavit.origins WHERE number = 2";
  EXPECT_EQ(restored_.Exec(origins), database_.Exec(origins));
}

TEST_F(RestoreTest, AnInterruptionAnywhereIsFollowedByARunThatGoesOn) {
  int interruption_count = 0;
  absl::StatusOr<RestoreResult> result = absl::UnknownError("not run");
  for (int64_t gets = 1; !result.ok(); gets += 31) {
    bucket_.gets_left = gets;
    result = Restore();
    bucket_.gets_left = -1;
    if (!result.ok()) {
      ASSERT_EQ(result.status().code(), absl::StatusCode::kUnavailable) << result.status();
      ++interruption_count;
      EXPECT_TRUE(RestoredSize() == 0 || !WouldAppend(restored_, std::nullopt)) << RestoredSize();
    }
  }
  EXPECT_GT(interruption_count, 5);
  EXPECT_EQ(result->opened_origin, "example.com/log/2");
  ExpectSame(300);
  EXPECT_EQ(FsckRestored().code, ExitCode::kGood) << FsckRestored().out;
}

TEST_F(RestoreTest, ARefusalOfTheDatabaseAnywhereIsTakenUpAgain) {
  restored_.Exec(
      "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '53100'; "
      "END $$");
  const std::pair<const char*, const char*> steps[] = {
      {"checkpoints", "NEW.tree_size = 300"},      {"checkpoints", "NEW.tree_size = 150"},
      {"mirror_receipts", "NEW.leaf_index = 256"}, {"entries", "NEW.leaf_index = 260"},
      {"payloads", "NEW.raw = '{\"n\": 270}'"},    {"origins", "NEW.number = 2"}};
  for (const auto& [table, condition] : steps) {
    restored_.Exec(std::string("CREATE TRIGGER no BEFORE INSERT ON affidavit.") + table + " FOR EACH ROW WHEN (" +
                   condition + ") EXECUTE FUNCTION no()");
    EXPECT_FALSE(Restore().ok()) << table << " " << condition;
    EXPECT_TRUE(RestoredSize() == 0 || !WouldAppend(restored_, std::nullopt)) << table << " " << condition;
    restored_.Exec(std::string("DROP TRIGGER no ON affidavit.") + table);
  }
  EXPECT_EQ(RestoredSize(), 256);
  const absl::StatusOr<RestoreResult> result = Restore();
  ASSERT_TRUE(result.ok()) << result.status();
  ExpectSame(300);
}

TEST_F(RestoreTest, AFlippedByteAndAMissingObjectAreNamedAndTheRestComesBack) {
  bucket_.flipped = {KeyOf(10)};
  bucket_.hidden = {KeyOf(11)};
  const absl::StatusOr<RestoreResult> result = Restore();
  ExpectFinding(result, "entry 10: " + KeyOf(10) + " does not hold the bytes", 2);
  ExpectFinding(result, "entry 11: " + KeyOf(11) + " is not in the bucket", 2);
  EXPECT_EQ(result->payload_count, 268);
  EXPECT_EQ(RestoredSize(), 301);
  const RunResult fsck = FsckRestored();
  EXPECT_THAT(fsck.out, HasSubstr("entry 10: its payload is missing"));
  // A better copy turns up.
  bucket_.flipped.clear();
  bucket_.hidden.clear();
  EXPECT_EQ(Restore()->payload_count, 2);
  ExpectSame(300);
}

TEST_F(RestoreTest, WhatWasPutOnTopIsLookedThrough) {
  Cover(KeyOf(10), "{\"n\": 11}");
  Cover("log/tile/entries/000", "junk");
  Cover("log/checkpoint", memory_.Get("log/checkpoints/150", "")->body);  // an older one, put back
  const absl::StatusOr<RestoreResult> result = Restore();
  ExpectFinding(result, "something else lies on top", 2);
  EXPECT_EQ(result->target.tree_size, 300);
  ExpectSame(300);
}

TEST_F(RestoreTest, ABundleAndItsTileThatWereCoveredTogetherAreLookedThrough) {
  std::vector<std::string> leaves(256, "{\"a\":\"forgery\"}");
  Cover("log/tile/entries/000", *EncodeEntryBundle(leaves));
  Cover("log/tile/0/000", EncodeTile(std::vector<Digest>(256, LeafHash(leaves.front()))));
  ExpectFinding(Restore(), "log/tile/entries/000: something else lies on top");
  ExpectSame(300);
}

TEST_F(RestoreTest, NothingIsWrittenForADamagedLogOrIntoAnotherDatabase) {
  bucket_.flipped = {"log/tile/entries/000"};
  EXPECT_EQ(Restore().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Restore().status().message(), HasSubstr("log/tile/entries/000"));
  bucket_.flipped.clear();
  bucket_.hidden = {"log/tile/entries/001.p/44"};
  EXPECT_THAT(Restore().status().message(), HasSubstr("log/tile/entries/001.p/44"));
  EXPECT_EQ(restored_.Exec("SELECT (SELECT count(*) FROM affidavit.entries) + (SELECT count(*) FROM "
                           "affidavit.checkpoints) + (SELECT count(*) FROM affidavit.origins)"),
            "0");
  bucket_.hidden.clear();
  restored_.Exec(
      "INSERT INTO affidavit.entries (leaf_index, payload_id, receive_time, retain_until, payload_size, "
      "payload_sha256, "
      "leaf_hash, kind, source, event_id, retention_class, provenance, leaf) VALUES (0, 1, now(), now(), 0, "
      "decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), 'envelope', 's', 'e', 'default', 'webhook', "
      "'x')");
  EXPECT_THAT(Restore().status().message(), HasSubstr("restore into an empty database"));
  EXPECT_EQ(RestoredSize(), 1);
}

TEST_F(RestoreTest, AFlippedOrForeignCheckpointCountsForNothing) {
  bucket_.flipped = {"log/checkpoint", "log/checkpoints/300"};
  const absl::StatusOr<RestoreResult> older = Restore();
  ASSERT_TRUE(older.ok()) << older.status();
  EXPECT_EQ(older->target.tree_size, 150) << "all that is left of it";
  EXPECT_GE(older->findings.count(), 2);

  const KeyPairText other = *GenerateEd25519Key(kFsckOrigin);
  RestoreOptions options;
  options.policy.log_keys = {*ParseVerifierKey(other.vkey)};
  const testing::TestDatabase empty;
  const db::ConnectionOptions database{.url = empty.url(Role::kOwner)};
  const auto foreign = Restorer(&bucket_, &database, options, [](const char*, int64_t, int64_t) {}).Run();
  EXPECT_EQ(foreign.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(foreign.status().message(), HasSubstr("has no checkpoint of example.com/log"));
}

TEST_F(RestoreTest, ArchivedObjectsAreListedThawedOnDemandAndFilledInLater) {
  bucket_.archived = {KeyOf(20), KeyOf(21)};
  absl::StatusOr<RestoreResult> result = Restore(std::nullopt, /*thaw=*/true);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->archived_count, 2);
  EXPECT_EQ(result->thawing_count, 2);
  EXPECT_THAT(bucket_.thawed, ::testing::UnorderedElementsAre(KeyOf(20), KeyOf(21)));
  EXPECT_EQ(Restore()->archived_count, 2) << "not thawed yet";
  EXPECT_EQ(bucket_.thawed.size(), 2U) << "and not asked for";
  bucket_.archived.clear();
  result = Restore();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->payload_count, 2);
  ExpectSame(300);
}

TEST_F(MirroredLog, TheVerbRestoresFromADirectory) {
  Append(20);
  Publish();
  const std::string folder = folder_.Path("store");
  MirrorInto(objectstore::OpenDirectoryStore(folder)->get());
  const std::string config =
      folder_.Write("affidavit.toml", "[object_store]\nkind = \"directory\"\ndirectory = \"" + folder + "\"\n");
  const std::map<std::string, std::string> environment = {{"AFFIDAVIT_DATABASE_URL", restored_.url(Role::kOwner)}};
  const std::vector<std::string> arguments = {"restore", "--config", config, "--key", keys_.vkey};
  const RunResult result = RunCli(arguments, environment);
  EXPECT_EQ(result.code, ExitCode::kGood) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("20 entries restored now"));
  EXPECT_THAT(result.out, HasSubstr("The log goes on as example.com/log/2, whose first entry is 20"));
  std::vector<std::string> as_json = arguments;
  as_json.insert(as_json.end(), {"--output", "json"});
  const auto json = boost::json::parse(RunCli(as_json, environment).out);
  EXPECT_EQ(json.at("tree_size"), 20);
  EXPECT_EQ(json.at("restored_entries"), 0);

  const RunResult fsck = RunCli({"fsck", "--store", "--config", config, "--key", keys_.vkey},
                                {{"AFFIDAVIT_DATABASE_URL", restored_.url(Role::kReader)}});
  EXPECT_EQ(fsck.code, ExitCode::kGood) << fsck.out << fsck.err;
  EXPECT_THAT(fsck.out, HasSubstr("Read 18 objects of directory:"));
}

}  // namespace
}  // namespace affidavit::cli
