// A sequencer on a log in memory, for the tests of lanes and of the queue before them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "services/ledger/append/sequencer.h"
#include "tests/support/memory_append_store.h"
#include "tests/unit/services/ledger/append/entries.h"

namespace affidavit::ledger {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Step = testing::MemoryLog::Step;
using Persisted = testing::MemoryLog::Persisted;
using SteadyClock = std::chrono::steady_clock;

class SequencerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Sequencer> MakeSequencer(SequencerOptions options) {
    options.lane.backoff_min = milliseconds(1);
    options.lane.backoff_max = milliseconds(5);
    return std::make_unique<Sequencer>(
        options, [this] { return log_.Connect(); }, &observer_);
  }

  static std::vector<AppendAnswer> Append(Sequencer& sequencer, std::vector<PreparedEntry> entries,
                                          SteadyClock::duration time = seconds(20)) {
    return sequencer.Submit(std::move(entries), SteadyClock::now() + time).value()->Wait();
  }

  static std::vector<PreparedEntry> Entries(const std::vector<EntrySpec>& specs) {
    std::vector<PreparedEntry> entries;
    for (const EntrySpec& spec : specs) {
      entries.push_back(MakeEntry(spec));
    }
    return entries;
  }

  static std::vector<AppendOutcome> OutcomesOf(const std::vector<AppendAnswer>& answers) {
    std::vector<AppendOutcome> outcomes;
    for (const AppendAnswer& answer : answers) {
      outcomes.push_back(answer.outcome);
    }
    return outcomes;
  }

  testing::MemoryLog log_;
  RecordingObserver observer_;
};

}  // namespace affidavit::ledger
