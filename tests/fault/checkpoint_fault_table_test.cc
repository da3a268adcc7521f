// Every step of publishing a checkpoint x failed before or after it took effect: whatever goes wrong, no checkpoint is
// ever over anything but the log, the guard is never ahead of the database, and once it is over, or after a restart,
// everything is signed.
#include <filesystem>
#include <fstream>

#include "tests/integration/ledger/publish_fixture.h"
#include "tests/support/socket_gate.h"

namespace affidavit::ledger {
namespace {

enum class Fault { kSign, kCommitLost, kCommitUnanswered, kConnectionsCut, kGuard };
enum class After { kSameProcess, kRestart };

// Fails as often as told.
class FaultySigner final : public Signer {
 public:
  FaultySigner(std::unique_ptr<Signer> signer, const int* faults) : signer_(std::move(signer)), faults_(faults) {}
  const VerifierKey& key() const override { return signer_->key(); }
  absl::StatusOr<std::string> Sign(std::string_view text) const override {
    if (*faults_ > 0) {
      return absl::UnavailableError("the key is a network away");
    }
    return signer_->Sign(text);
  }

 private:
  const std::unique_ptr<Signer> signer_;
  const int* const faults_;
};

class CheckpointFaultTableTest : public PublishFixture,
                                 public ::testing::WithParamInterface<std::tuple<Fault, After, int>> {
 protected:
  CheckpointFaultTableTest() {
    std::vector<std::unique_ptr<Signer>> signers;
    signers.push_back(
        std::make_unique<FaultySigner>(*Ed25519Signer::FromSecret(GenerateEd25519Key(kOrigin)->secret), &sign_faults_));
    signers_ = std::make_unique<LogSigners>(kOrigin, std::move(signers));
    Restart();
  }

  void Restart() {
    // Everything that a process has in memory goes.
    checkpointer_.reset();
    checkpointer_ = std::make_unique<Checkpointer>(CheckpointerOptions{.guard_file = GuardPath()}, signers_.get(),
                                                   &gated_pool_, &gate_);
  }

  void Break(Fault fault) {
    switch (fault) {
      case Fault::kSign:
        sign_faults_ = 1;
        return;
      case Fault::kCommitLost:
        return socket_.SetAtCommit(testing::SocketGate::AtCommit::kCutBefore);
      case Fault::kCommitUnanswered:
        return socket_.SetAtCommit(testing::SocketGate::AtCommit::kCutAfter);
      case Fault::kConnectionsCut:
        return socket_.CutAll();
      case Fault::kGuard:
        // No file can replace a folder.
        std::filesystem::rename(GuardPath(), GuardPath() + ".away");
        std::filesystem::create_directories(GuardPath() + "/in the way");
        return;
    }
  }

  void Repair(Fault fault) {
    sign_faults_ = 0;
    socket_.SetAtCommit(testing::SocketGate::AtCommit::kForward);
    if (fault == Fault::kGuard) {
      std::filesystem::remove_all(GuardPath());
      std::filesystem::rename(GuardPath() + ".away", GuardPath());
    }
  }

  int sign_faults_ = 0;
  std::unique_ptr<LogSigners> signers_;
  testing::SocketGate socket_{database_.url(testing::Role::kLedger)};
  db::ConnectionPool gated_pool_{{.url = socket_.url()}, 1};
  std::unique_ptr<Checkpointer> checkpointer_;
};

TEST_P(CheckpointFaultTableTest, NothingIsSignedTwiceOrLostAndItGoesOn) {
  const auto& [fault, after, fault_count] = GetParam();
  Append(3);
  ASSERT_TRUE(checkpointer_->RunOnce().ok());
  for (int i = 0; i < fault_count; ++i) {
    Append(2);
    if (fault != Fault::kGuard || i == 0) {
      Break(fault);
    }
    checkpointer_->RunOnce().IgnoreError();
    EXPECT_NE(gate_.Check().code(), absl::StatusCode::kFailedPrecondition) << gate_.Check();
  }
  if (fault == Fault::kGuard) {
    EXPECT_EQ(Checkpoints().size(), 2U) << "without a guard at most one more is signed";
  }
  Repair(fault);
  ExpectSound(*signers_);
  if (after == After::kRestart) {
    Restart();
  }
  Append(1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(checkpointer_->RunOnce().ok());
  }
  EXPECT_TRUE(gate_.Check().ok()) << gate_.Check();
  EXPECT_EQ(Checkpoints().back().tree_size, TreeSize());
  EXPECT_EQ(GuardNote(), Checkpoints().back().signed_note);
  ExpectSound(*signers_);
}

INSTANTIATE_TEST_SUITE_P(EachFault, CheckpointFaultTableTest,
                         ::testing::Combine(::testing::Values(Fault::kSign, Fault::kCommitLost,
                                                              Fault::kCommitUnanswered, Fault::kConnectionsCut,
                                                              Fault::kGuard),
                                            ::testing::Values(After::kSameProcess, After::kRestart),
                                            ::testing::Values(1, 3)));

}  // namespace
}  // namespace affidavit::ledger
