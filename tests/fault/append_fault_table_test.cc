// Every step of the append transaction x not done or done x every kind of error: whatever goes wrong once, or a few
// times in a row, nothing that was answered as stored is missing or there twice, leaf indexes stay gapless, and the
// next append works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "core/merkle/tile.h"
#include "services/ledger/append/sequencer.h"
#include "tests/fault/append_backend.h"
#include "tests/fault/faulty_append_store.h"
#include "tests/unit/services/ledger/append/entries.h"

namespace affidavit::ledger {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Fault;
using testing::FaultEffect;
using testing::FaultStep;

std::vector<Fault> Table() {
  std::vector<Fault> table;
  for (const FaultStep step :
       {FaultStep::kReserve, FaultStep::kBegin, FaultStep::kIntegrate, FaultStep::kCommit, FaultStep::kRollback}) {
    for (const FaultEffect effect : {FaultEffect::kNotDone, FaultEffect::kDone}) {
      for (const auto code : {absl::StatusCode::kUnavailable, absl::StatusCode::kDataLoss,
                              absl::StatusCode::kInvalidArgument, absl::StatusCode::kInternal}) {
        if (step == FaultStep::kRollback && code != absl::StatusCode::kUnavailable) {
          continue;  // it has no answer: whatever went wrong, the connection is lost
        }
        table.push_back({step, effect, code, 1});
        if (code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kDataLoss) {
          table.push_back({step, effect, code, 3});
        }
      }
    }
  }
  return table;
}

class AppendFaultTableTest : public ::testing::TestWithParam<Fault> {
 protected:
  // One log for all rows: each has ids of its own, and leaf indexes have to stay gapless over all of them.
  static void SetUpTestSuite() { backend_ = testing::MakeAppendBackend().release(); }
  static void TearDownTestSuite() {
    delete backend_;
    backend_ = nullptr;
  }

  AppendFaultTableTest() {
    static int row = 0;
    prefix_ = "row-" + std::to_string(row++) + "-";
    SequencerOptions options{.lane_count = 1};
    options.lane.backoff_min = milliseconds(1);
    options.lane.backoff_max = milliseconds(5);
    sequencer_ = std::make_unique<Sequencer>(
        options, [this] { return testing::MakeFaultyAppendStore(backend_->Connect(), &plan_); }, &observer_);
    Sequencer faultless(
        options, [] { return backend_->Connect(); }, &observer_);
    Append(faultless, {Entry("known", "[0]")});
    Append(faultless, Filling(answered_.back().answer.leaf_index + 1));
  }

  // As many as a log of `tree_size` entries lacks until the second new one of MixedBatch fills a tile.
  std::vector<PreparedEntry> Filling(int64_t tree_size) const {
    std::vector<PreparedEntry> batch;
    while (batch.empty() || (tree_size + static_cast<int64_t>(batch.size()) + 2) % kTileWidth != 0) {
      batch.push_back(Entry("filling-" + std::to_string(batch.size()), "{}"));
    }
    return batch;
  }

  PreparedEntry Entry(const std::string& id, const std::string& payload) const {
    return MakeEntry({.event_id = prefix_ + id, .payload = payload});
  }

  // Two new ones, the repeat of a stored one, a conflict with it, and the repeat of the first in the same batch.
  std::vector<PreparedEntry> MixedBatch() const {
    std::vector<PreparedEntry> batch;
    for (const auto& [id, payload] : std::vector<std::pair<std::string, std::string>>{
             {"a", "1"}, {"b", "2"}, {"known", "[0]"}, {"known", "[9]"}, {"a", "1"}}) {
      batch.push_back(Entry(id, payload));
    }
    return batch;
  }

  struct Answered {
    testing::AppendBackend::Entry entry;
    AppendAnswer answer;
  };

  std::vector<AppendOutcome> Append(Sequencer& sequencer, std::vector<PreparedEntry> entries) {
    const auto call = sequencer.Submit(std::move(entries), std::chrono::steady_clock::now() + seconds(30)).value();
    const std::vector<AppendAnswer> answers = call->Wait();
    std::vector<AppendOutcome> outcomes;
    for (size_t i = 0; i < answers.size(); ++i) {
      outcomes.push_back(answers[i].outcome);
      const LeafFields& fields = call->entry(i).entry.fields;
      const bool conflict = answers[i].outcome == AppendOutcome::kConflict;
      answered_.push_back(
          {{conflict ? EntryKind::kConflict : fields.kind, fields.event_id, fields.payload_sha256}, answers[i]});
    }
    return outcomes;
  }

  std::vector<AppendOutcome> Append(Sequencer& sequencer, PreparedEntry entry) {
    std::vector<PreparedEntry> entries;
    entries.push_back(std::move(entry));
    return Append(sequencer, std::move(entries));
  }

  // Every answer points at its entry, and no entry is there twice.
  void CheckTheLog() {
    const std::vector<testing::AppendBackend::Entry> entries = backend_->Entries();
    for (const Answered& answered : answered_) {
      if (answered.answer.outcome == AppendOutcome::kRefused) {
        continue;
      }
      ASSERT_GE(answered.answer.leaf_index, 0);
      ASSERT_LT(answered.answer.leaf_index, static_cast<int64_t>(entries.size()));
      EXPECT_EQ(entries[answered.answer.leaf_index], answered.entry) << answered.entry.event_id;
      EXPECT_EQ(std::count(entries.begin(), entries.end(), answered.entry), 1) << answered.entry.event_id;
    }
  }

  static testing::AppendBackend* backend_;
  std::string prefix_;
  testing::FaultPlan plan_;
  RecordingObserver observer_;
  std::vector<Answered> answered_;
  std::unique_ptr<Sequencer> sequencer_;
};

testing::AppendBackend* AppendFaultTableTest::backend_ = nullptr;

constexpr AppendOutcome kAccepted = AppendOutcome::kAccepted;
constexpr AppendOutcome kDuplicate = AppendOutcome::kDuplicate;
constexpr AppendOutcome kConflict = AppendOutcome::kConflict;

TEST_P(AppendFaultTableTest, NothingAnsweredIsMissingOrTwice) {
  const Fault fault = GetParam();
  plan_.Arm(fault);
  if (fault.step == FaultStep::kRollback) {
    // Only a batch without anything new is rolled back when all goes well.
    for (int i = 0; i < fault.times; ++i) {
      EXPECT_THAT(Append(*sequencer_, Entry("known", "[0]")), ::testing::ElementsAre(kDuplicate));
    }
  }
  const auto outcomes = Append(*sequencer_, MixedBatch());
  EXPECT_TRUE(plan_.is_used_up() || fault.times > 1) << "the step was never reached";
  const bool answered_at_once = fault.code == absl::StatusCode::kInternal;
  if (answered_at_once) {
    EXPECT_THAT(outcomes, ::testing::Each(AppendOutcome::kRefused));
  } else {
    EXPECT_THAT(outcomes, ::testing::ElementsAre(kAccepted, kAccepted, kDuplicate, kConflict, kDuplicate))
        << "its own entries are accepted, however often they had to be run";
  }
  // The sender of what was refused, or never heard of, sends again.
  const bool stored = !answered_at_once || (fault.step == FaultStep::kCommit && fault.effect == FaultEffect::kDone);
  const AppendOutcome again = stored ? kDuplicate : kAccepted;
  EXPECT_THAT(Append(*sequencer_, MixedBatch()),
              ::testing::ElementsAre(again, again, kDuplicate, kConflict, kDuplicate));
  EXPECT_THAT(Append(*sequencer_, Entry("next", "3")), ::testing::ElementsAre(kAccepted));
  CheckTheLog();
}

std::string RowName(const ::testing::TestParamInfo<Fault>& info) {
  std::ostringstream name;
  name << info.param;
  std::string text = name.str();
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

INSTANTIATE_TEST_SUITE_P(EveryStep, AppendFaultTableTest, ::testing::ValuesIn(Table()), RowName);

}  // namespace
}  // namespace affidavit::ledger
