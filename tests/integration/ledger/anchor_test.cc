// The log's anchors on Postgres: a real time-stamping authority and a conforming witness outside, and what becomes of a
// log whose outsiders misbehave.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/note.h"
#include "core/evidence/timestamp.h"
#include "ops/metrics.h"
#include "services/ledger/publish/anchorer.h"
#include "tests/integration/ledger/publish_fixture.h"
#include "tests/support/test_witness.h"
#include "tests/support/timestamp_authority.h"

namespace affidavit::ledger {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HttpRequest;
using testing::HttpResponse;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::SmallHttpServer;
using testing::TestWitness;
using testing::TimestampAuthority;

constexpr std::chrono::seconds kWaitMax{20};

AnchorerOptions Impatient() {
  return {.pace = {.pause = milliseconds(20), .backoff_min = milliseconds(20), .backoff_max = milliseconds(100)},
          .timestamp_interval = milliseconds(0),
          .http = {.timeout = milliseconds(1'000)}};
}

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = steady_clock::now() + kWaitMax;
  while (!condition()) {
    if (steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
  return true;
}

class AnchorTest : public PublishFixture {
 protected:
  AnchorTest() : signers_(LoadKeys({"key"})) {}

  void Sign() { ASSERT_TRUE(checkpointer_.RunOnce().ok()); }
  void AppendAndSign(int count) {
    Append(count);
    Sign();
  }

  std::unique_ptr<Anchorer> StartAnchorer() {
    auto anchorer = Anchorer::Start(
        Impatient(), {{.name = "tsa", .url = timestamp_server_.url(), .ca_file = authority_.ca_file()}},
        {{.url = witness_server_.url(), .vkey = witness_.vkey()}}, {.url = database_.url(testing::Role::kLedger)});
    EXPECT_TRUE(anchorer.ok()) << anchorer.status();
    return *std::move(anchorer);
  }

  std::vector<db::StoredCosignature> Cosignatures(int64_t tree_size) {
    std::vector<db::StoredCosignature> stored;
    EXPECT_TRUE(pool_
                    .Transact([&](db::Transaction& transaction) {
                      stored = db::ReadCosignatures(transaction, kOrigin, tree_size);
                      return absl::OkStatus();
                    })
                    .ok());
    return stored;
  }
  std::vector<db::StoredTimestamp> Timestamps(int64_t tree_size) {
    std::vector<db::StoredTimestamp> stored;
    EXPECT_TRUE(pool_
                    .Transact([&](db::Transaction& transaction) {
                      stored = db::ReadTimestamps(transaction, kOrigin, tree_size);
                      return absl::OkStatus();
                    })
                    .ok());
    return stored;
  }

  static double Requests(const std::string& target, const std::string& result) {
    return ops::CounterOf("affidavit_ledger_anchor_requests_total",
                          "Checkpoints brought to witnesses and timestampers.",
                          {{"target", target}, {"result", result}})
        .Value();
  }

  const std::unique_ptr<LogSigners> signers_;
  Checkpointer checkpointer_{{.guard_file = GuardPath()}, signers_.get(), &pool_, &gate_};

  TestWitness witness_{"witness.example.org", {signers_->VerifierKeys().at(0)}};
  SmallHttpServer witness_server_{[this](const HttpRequest& request) { return witness_.Answer(request); }};
  const TimestampAuthority authority_;
  const TimestampAuthority impostor_;
  std::atomic<const TimestampAuthority*> answering_ = &authority_;
  SmallHttpServer timestamp_server_{[this](const HttpRequest& request) -> HttpResponse {
    return {
        .status = 200, .content_type = "application/timestamp-reply", .body = answering_.load()->Answer(request.body)};
  }};
};

TEST_F(AnchorTest, BothAnchorsAppearAndVerify) {
  const std::unique_ptr<Anchorer> anchorer = StartAnchorer();
  for (const int64_t tree_size : {3, 300, 301}) {
    AppendAndSign(static_cast<int>(tree_size - TreeSize()));
    ASSERT_TRUE(Eventually([&] { return Cosignatures(tree_size).size() == 1 && Timestamps(tree_size).size() == 1; }));
    const std::string note = Checkpoints().back().signed_note;
    const auto verified = VerifyCheckpoint(note + Cosignatures(tree_size)[0].line,
                                           {.origin = kOrigin,
                                            .log_keys = {ParseVerifierKey(signers_->VerifierKeys().at(0)).value()},
                                            .witness_keys = {ParseVerifierKey(witness_.vkey()).value()},
                                            .witness_count_min = 1});
    EXPECT_TRUE(verified.ok()) << verified.status();
    const db::StoredTimestamp timestamp = Timestamps(tree_size)[0];
    const auto time = VerifyTimestamp(timestamp.token, Sha256(ParseNote(note)->text), authority_.ca_pem());
    ASSERT_TRUE(time.ok()) << time.status();
    EXPECT_EQ(*time, timestamp.generation_time);
  }
  EXPECT_EQ(witness_.SizeOf(kOrigin), 301u);
}

TEST_F(AnchorTest, WitnessThatHasSeenAnOlderSizeGetsAProof) {
  AppendAndSign(5);
  {
    const std::unique_ptr<Anchorer> anchorer = StartAnchorer();
    ASSERT_TRUE(Eventually([&] { return Cosignatures(5).size() == 1; }));
  }
  AppendAndSign(700);  // while nobody anchors
  // A new process knows nothing of the witness's state.
  const std::unique_ptr<Anchorer> anchorer = StartAnchorer();
  ASSERT_TRUE(Eventually([&] { return Cosignatures(705).size() == 1; }));
}

TEST_F(AnchorTest, RefusalsAreCountedRetriedAndHoldNothingUp) {
  witness_.SetMode(TestWitness::Mode::kRefuse);
  const double before = Requests("witness/witness.example.org", "unavailable");
  const double alerts = ops::AlertCounter(ops::kAlertAnchorFailing).Value();
  const std::unique_ptr<Anchorer> anchorer = StartAnchorer();
  AppendAndSign(2);
  EXPECT_TRUE(Eventually([&] { return Timestamps(2).size() == 1; })) << "one target does not wait for another";
  EXPECT_TRUE(Eventually([&] { return Requests("witness/witness.example.org", "unavailable") >= before + 4; }));
  EXPECT_TRUE(Eventually([&] { return ops::AlertCounter(ops::kAlertAnchorFailing).Value() > alerts; }));
  AppendAndSign(2);
  EXPECT_TRUE(gate_.Check().ok());
  witness_.SetMode(TestWitness::Mode::kConform);
  EXPECT_TRUE(Eventually([&] { return Cosignatures(4).size() == 1; }));
  EXPECT_THAT(Cosignatures(2), IsEmpty()) << "what was newest then is covered by what is newest now";
}

TEST_F(AnchorTest, WrongAnswersAreNotStored) {
  const double before = Requests("witness/witness.example.org", "invalid");
  const double before_timestamper = Requests("timestamper/tsa", "invalid");
  witness_.SetMode(TestWitness::Mode::kWrongSignature);
  answering_ = &impostor_;
  const std::unique_ptr<Anchorer> anchorer = StartAnchorer();
  AppendAndSign(2);
  EXPECT_TRUE(Eventually([&] { return Requests("witness/witness.example.org", "invalid") >= before + 2; }));
  EXPECT_TRUE(Eventually([&] { return Requests("timestamper/tsa", "invalid") >= before_timestamper + 2; }));
  EXPECT_THAT(Cosignatures(2), IsEmpty());
  EXPECT_THAT(Timestamps(2), IsEmpty());
  witness_.SetMode(TestWitness::Mode::kConform);
  answering_ = &authority_;
  EXPECT_TRUE(Eventually([&] { return Cosignatures(2).size() == 1 && Timestamps(2).size() == 1; }));
}

TEST_F(AnchorTest, WitnessRefusesALogThatWasRolledBack) {
  AppendAndSign(6);
  {
    const std::unique_ptr<Anchorer> anchorer = StartAnchorer();
    ASSERT_TRUE(Eventually([&] { return Cosignatures(6).size() == 1; }));
  }
  // The guard is lost with the disk: only the witness remembers.
  RestoreTo(0);
  std::filesystem::remove(GuardPath());
  Checkpointer amnesiac({.guard_file = GuardPath("new-guard")}, signers_.get(), &pool_, &gate_);
  Append(4);
  ASSERT_TRUE(amnesiac.RunOnce().ok());
  const double before = Requests("witness/witness.example.org", "refused");
  const std::unique_ptr<Anchorer> anchorer = StartAnchorer();
  EXPECT_TRUE(Eventually([&] { return Requests("witness/witness.example.org", "refused") >= before + 2; }));
  EXPECT_THAT(Cosignatures(4), IsEmpty());
}

TEST_F(AnchorTest, OneOfTwoAnchorsAndTheOtherTakesOver) {
  std::unique_ptr<Anchorer> first = StartAnchorer();
  AppendAndSign(1);
  ASSERT_TRUE(Eventually([&] { return Cosignatures(1).size() == 1 && Timestamps(1).size() == 1; }));
  const std::unique_ptr<Anchorer> second = StartAnchorer();
  for (int64_t tree_size = 2; tree_size <= 5; ++tree_size) {
    AppendAndSign(1);
    ASSERT_TRUE(Eventually([&] { return Cosignatures(tree_size).size() == 1 && Timestamps(tree_size).size() == 1; }));
  }
  EXPECT_EQ(timestamp_server_.request_count(), 5) << "nobody asked twice";
  first.reset();
  AppendAndSign(1);
  EXPECT_TRUE(Eventually([&] { return Cosignatures(6).size() == 1 && Timestamps(6).size() == 1; }));
}

TEST_F(AnchorTest, SessionThatDiesGivesTheLockUp) {
  AnchorLock first({.url = database_.url(testing::Role::kLedger)});
  AnchorLock second({.url = database_.url(testing::Role::kLedger)});
  EXPECT_TRUE(first.Hold().value());
  EXPECT_TRUE(first.Hold().value());
  EXPECT_FALSE(second.Hold().value());
  database_.Exec(
      "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
      "WHERE locktype = 'advisory' AND datname = current_database()");
  EXPECT_TRUE(Eventually([&] { return second.Hold().value_or(false); }));
  EXPECT_FALSE(first.Hold().value_or(false));
}

TEST_F(AnchorTest, StopsWhileAWitnessIsSlow) {
  witness_.SetMode(TestWitness::Mode::kSlow);
  AppendAndSign(1);
  std::unique_ptr<Anchorer> anchorer = StartAnchorer();
  ASSERT_TRUE(Eventually([&] { return witness_server_.request_count() > 0; }));
  const auto start = steady_clock::now();
  anchorer.reset();
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(AnchorTest, ConfigurationThatIsNone) {
  const db::ConnectionOptions database{.url = database_.url(testing::Role::kLedger)};
  EXPECT_EQ(Anchorer::Start({}, {}, {}, database).value(), nullptr);
  std::ofstream(folder_ + "/empty.pem") << "no certificate\n";
  for (const std::string file : {"/empty.pem", "/missing.pem"}) {
    const auto started =
        Anchorer::Start({}, {{.name = "tsa", .url = "http://127.0.0.1:1", .ca_file = folder_ + file}}, {}, database);
    EXPECT_EQ(started.status().code(), absl::StatusCode::kInvalidArgument);
  }
  const std::string log_vkey = signers_->VerifierKeys().at(0);
  for (const std::string& vkey : {std::string("nonsense"), log_vkey}) {
    const auto started = Anchorer::Start({}, {}, {{.url = "http://127.0.0.1:1", .vkey = vkey}}, database);
    EXPECT_EQ(started.status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace affidavit::ledger
