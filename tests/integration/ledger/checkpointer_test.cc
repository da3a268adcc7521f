#include "services/ledger/publish/checkpointer.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "tests/integration/ledger/publish_fixture.h"

namespace affidavit::ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class CheckpointerTest : public PublishFixture {
 protected:
  Checkpointer Make(const std::string& guard = "guard") {
    return Checkpointer({.guard_file = GuardPath(guard)}, signers_.get(), &pool_, &gate_);
  }

  std::string GateMessage() const { return std::string(gate_.Check().message()); }

  void ExpectRolledBack(Checkpointer& checkpointer) {
    const size_t checkpoint_count = Checkpoints().size();
    EXPECT_TRUE(checkpointer.RunOnce().ok());
    EXPECT_EQ(gate_.Check().code(), absl::StatusCode::kFailedPrecondition) << gate_.Check();
    EXPECT_EQ(Checkpoints().size(), checkpoint_count) << "nothing is signed";
  }

  const std::unique_ptr<LogSigners> signers_ = LoadKeys({"key"});
};

TEST_F(CheckpointerTest, TheGateIsClosedUntilTheFirstLook) {
  Checkpointer checkpointer = Make();
  EXPECT_EQ(gate_.Check().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  EXPECT_TRUE(gate_.Check().ok());
}

TEST_F(CheckpointerTest, SignsWhatIsNewAndNothingElse) {
  Checkpointer checkpointer = Make();
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  EXPECT_THAT(Checkpoints(), SizeIs(0)) << "an empty log";
  Append(3);
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  ASSERT_THAT(Checkpoints(), SizeIs(1));
  EXPECT_EQ(Checkpoints()[0].tree_size, 3);
  for (const int count : {1, 255, 300, 7}) {
    Append(count);
    EXPECT_TRUE(checkpointer.RunOnce().ok());
  }
  ASSERT_THAT(Checkpoints(), SizeIs(5));
  EXPECT_EQ(Checkpoints().back().tree_size, 566);
  EXPECT_EQ(gate_.tree_size_min(), 566);
  EXPECT_EQ(GuardNote(), Checkpoints().back().signed_note);
  ExpectSound(*signers_);
}

TEST_F(CheckpointerTest, ARestartGoesOnAndABehindGuardCatchesUp) {
  Append(2);
  EXPECT_TRUE(Make().RunOnce().ok());
  const std::string behind = *GuardNote();
  Append(2);
  EXPECT_TRUE(Make().RunOnce().ok());
  ASSERT_TRUE(GuardFile(GuardPath()).Write(behind).ok());  // as a crash between the commit and the guard leaves it
  EXPECT_TRUE(Make().RunOnce().ok());
  EXPECT_TRUE(gate_.Check().ok());
  EXPECT_EQ(GuardNote(), Checkpoints().back().signed_note);
  EXPECT_THAT(Checkpoints(), SizeIs(2));
}

TEST_F(CheckpointerTest, AMissingGuardIsMadeAnewFromAVerifiedCheckpoint) {
  Append(2);
  EXPECT_TRUE(Make().RunOnce().ok());
  std::filesystem::remove(GuardPath());
  EXPECT_TRUE(Make().RunOnce().ok());
  EXPECT_TRUE(gate_.Check().ok());
  EXPECT_EQ(GuardNote(), Checkpoints().back().signed_note);
}

TEST_F(CheckpointerTest, TwoOnOneDatabaseSignOneLog) {
  AppendGate other_gate;
  Checkpointer one = Make("one");
  Checkpointer other({.guard_file = GuardPath("other")}, signers_.get(), &pool_, &other_gate);
  std::thread thread([&other] {
    for (int i = 0; i < 40; ++i) {
      EXPECT_TRUE(other.RunOnce().ok());
    }
  });
  for (int i = 0; i < 40; ++i) {
    Append(1 + i % 7);
    EXPECT_TRUE(one.RunOnce().ok());
  }
  thread.join();
  EXPECT_TRUE(one.RunOnce().ok());
  EXPECT_TRUE(other.RunOnce().ok());
  EXPECT_TRUE(gate_.Check().ok());
  EXPECT_TRUE(other_gate.Check().ok());
  EXPECT_EQ(Checkpoints().back().tree_size, TreeSize());
  EXPECT_EQ(GuardNote("one"), GuardNote("other"));
  ExpectSound(*signers_, "one");
}

TEST_F(CheckpointerTest, AnOlderDumpIsRefusedAndStaysRefusedWhenItGrows) {
  Checkpointer checkpointer = Make();
  Append(6);
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  Append(300);
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  RestoreTo(6);
  ExpectRolledBack(checkpointer);
  EXPECT_THAT(GateMessage(), HasSubstr("has 6 entries, and a checkpoint of 306 was signed"));
  Append(310);
  ExpectRolledBack(checkpointer);
  EXPECT_THAT(GateMessage(), HasSubstr("are not those that a checkpoint was signed over"));
  Checkpointer restarted = Make();
  ExpectRolledBack(restarted);
}

TEST_F(CheckpointerTest, ADeletedNewestEntryIsNoticedWithAndWithoutAGuard) {
  Append(10);
  Checkpointer checkpointer = Make();
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  Tamper("entries", "DELETE FROM affidavit.entries WHERE leaf_index = 9");
  ExpectRolledBack(checkpointer);
  Checkpointer without_guard = Make("none");
  ExpectRolledBack(without_guard);
}

TEST_F(CheckpointerTest, AGuardWithoutCheckpointsInTheDatabaseIsARollback) {
  Append(5);
  Checkpointer checkpointer = Make();
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  RestoreTo(0);
  ExpectRolledBack(checkpointer);
  EXPECT_THAT(GateMessage(), HasSubstr("knows nothing of the log example.com/log"));
}

TEST_F(CheckpointerTest, ACheckpointThatTheDatabaseLostComesBackWhenEveryEntryIsThere) {
  Append(5);
  Checkpointer checkpointer = Make();
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  Append(5);
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  const std::string newest = *GuardNote();
  Tamper("checkpoints", "DELETE FROM affidavit.checkpoints WHERE tree_size = 10");
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  EXPECT_TRUE(gate_.Check().ok());
  ASSERT_THAT(Checkpoints(), SizeIs(2));
  EXPECT_EQ(Checkpoints()[1].signed_note, newest);
}

TEST_F(CheckpointerTest, ACheckpointOfAnotherKeyClosesTheGateAndIsNoRollback) {
  Append(2);
  EXPECT_TRUE(Make().RunOnce().ok());
  WriteKey("stranger");
  const auto stranger = LoadKeys({"stranger"});
  Checkpointer checkpointer({.guard_file = GuardPath("other")}, stranger.get(), &pool_, &gate_);
  EXPECT_EQ(checkpointer.RunOnce().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(gate_.Check().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(GateMessage(), HasSubstr("newest checkpoint is not signed by a key of signing.key_files"));
  Checkpointer with_guard({.guard_file = GuardPath()}, stranger.get(), &pool_, &gate_);
  EXPECT_EQ(with_guard.RunOnce().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(GateMessage(), HasSubstr("guard is not signed by a key of signing.key_files"));
}

TEST_F(CheckpointerTest, ADatabaseOfAnotherLogIsRefused) {
  Append(2);
  EXPECT_TRUE(Make().RunOnce().ok());
  WriteKey("other", "example.com/other");
  auto signers = LogSigners::Load("example.com/other", {folder_ + "/other"});
  Checkpointer checkpointer({.guard_file = GuardPath("none")}, signers->get(), &pool_, &gate_);
  const absl::Status status = checkpointer.RunOnce();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("signing.origin is example.com/other, and the database holds the log example.com/log"));
}

TEST_F(CheckpointerTest, KeysRotateSideBySide) {
  WriteKey("new");
  Append(2);
  EXPECT_TRUE(Make().RunOnce().ok());
  for (const std::vector<std::string>& keys : std::vector<std::vector<std::string>>{{"new", "key"}, {"new"}}) {
    const auto signers = LoadKeys(keys);
    Append(2);
    Checkpointer checkpointer({.guard_file = GuardPath()}, signers.get(), &pool_, &gate_);
    EXPECT_TRUE(checkpointer.RunOnce().ok());
    EXPECT_TRUE(gate_.Check().ok());
  }
  ASSERT_THAT(Checkpoints(), SizeIs(3));
  EXPECT_TRUE(signers_->Verify(Checkpoints()[1].signed_note).ok());
  EXPECT_TRUE(LoadKeys({"new"})->Verify(Checkpoints()[1].signed_note).ok());
  EXPECT_FALSE(signers_->Verify(Checkpoints()[2].signed_note).ok());
}

TEST_F(CheckpointerTest, ARequiredWitnessThatIsSilentClosesTheGate) {
  Append(2);
  Checkpointer checkpointer(
      {.guard_file = GuardPath(), .require_witness = true, .witness_deadline = std::chrono::seconds(0)}, signers_.get(),
      &pool_, &gate_);
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  EXPECT_EQ(gate_.Check().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(GateMessage(), HasSubstr("no witness has cosigned"));
  const auto cosigned = pool_.Transact([](db::Transaction& transaction) {
    db::InsertCosignature(transaction, kOrigin, 2, {.witness = "w", .line = "l", .cosign_time = TimePoint()});
    return absl::OkStatus();
  });
  ASSERT_TRUE(cosigned.ok()) << cosigned;
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  EXPECT_TRUE(gate_.Check().ok()) << gate_.Check();
}

TEST_F(CheckpointerTest, ARewrittenTileIsNeitherSignedOverNorARollback) {
  Append(300);
  Checkpointer checkpointer = Make();
  EXPECT_TRUE(checkpointer.RunOnce().ok());
  Append(1);
  Tamper("tiles", "DELETE FROM affidavit.tiles");
  EXPECT_FALSE(checkpointer.RunOnce().ok());
  EXPECT_EQ(gate_.Check().code(), absl::StatusCode::kInternal) << gate_.Check();
  EXPECT_THAT(Checkpoints(), SizeIs(1));
}

}  // namespace
}  // namespace affidavit::ledger
