#include "ops/security_journal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ops/alerts.h"

namespace affidavit::ops {
namespace {

SecurityNote NoteNamed(const std::string& name) {
  return {.time = TimePoint{}, .name = name, .details = "{}"};
}

std::vector<std::string> NamesOf(const std::vector<SecurityNote>& notes) {
  std::vector<std::string> names;
  for (const SecurityNote& note : notes) {
    names.push_back(note.name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(SecurityJournalTest, GivesTheOldestFirst) {
  SecurityJournal journal;
  for (const char* name : {"a", "b", "c"}) {
    journal.Add(NoteNamed(name));
  }
  EXPECT_EQ(NamesOf(journal.Take(2)), (Names{"a", "b"}));
  EXPECT_EQ(NamesOf(journal.Take(2)), (Names{"c"}));
  EXPECT_TRUE(journal.Take(2).empty());
}

TEST(SecurityJournalTest, WritesFieldsAsJson) {
  SecurityJournal journal;
  const std::vector<LogField> fields = {{"source", "gen\"esys"}, {"count", 3}, {"late", true}};
  journal.Note("unauthorized", fields);
  journal.Note("conflict", {});
  const std::vector<SecurityNote> notes = journal.Take(9);
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].details, R"({"source":"gen\"esys","count":3,"late":true})");
  EXPECT_EQ(notes[1].details, "{}");
}

TEST(SecurityJournalTest, WhatWasPutBackIsTheOldestAgain) {
  SecurityJournal journal;
  journal.Add(NoteNamed("a"));
  std::vector<SecurityNote> taken = journal.Take(1);
  journal.Add(NoteNamed("b"));
  journal.PutBack(std::move(taken));
  EXPECT_EQ(NamesOf(journal.Take(9)), (Names{"a", "b"}));
}

TEST(SecurityJournalTest, CountsWhatFindsNoRoom) {
  SecurityJournal journal;
  for (size_t i = 0; i < SecurityJournal::kNotesMax + 7; ++i) {
    journal.Add(NoteNamed("a"));
  }
  std::vector<SecurityNote> taken = journal.Take(5);
  for (int i = 0; i < 6; ++i) {
    journal.Add(NoteNamed("b"));  // room for five
  }
  journal.PutBack(std::move(taken));  // room for none
  EXPECT_EQ(journal.Take(SecurityJournal::kNotesMax).size(), SecurityJournal::kNotesMax);
  const std::vector<SecurityNote> last = journal.Take(9);
  ASSERT_EQ(NamesOf(last), (Names{"security_events_dropped"}));
  EXPECT_EQ(last[0].details, R"({"event_count":13})");
  EXPECT_TRUE(journal.Take(9).empty());
}

TEST(SecurityJournalTest, PassesOnUntilItSucceeds) {
  SecurityJournal journal;
  journal.Add(NoteNamed("a"));
  int calls = 0;
  const auto fail = [&](std::span<const SecurityNote>) { return ++calls, absl::UnavailableError("down"); };
  EXPECT_TRUE(absl::IsUnavailable(journal.PassOn(9, fail)));
  Names passed_on;
  const auto succeed = [&](std::span<const SecurityNote> notes) {
    ++calls;
    passed_on = NamesOf({notes.begin(), notes.end()});
    return absl::OkStatus();
  };
  EXPECT_TRUE(journal.PassOn(9, succeed).ok());
  EXPECT_EQ(passed_on, Names{"a"});
  EXPECT_TRUE(journal.PassOn(9, succeed).ok());
  EXPECT_EQ(calls, 2) << "called with nothing to pass on";
}

TEST(SecurityJournalTest, OneThatIsRefusedHoldsUpNoOther) {
  SecurityJournal journal;
  for (const char* name : {"a", "bad", "c"}) {
    journal.Add(NoteNamed(name));
  }
  Names passed_on;
  const auto refuse_bad = [&](std::span<const SecurityNote> notes) {
    for (const SecurityNote& note : notes) {
      if (note.name == "bad") {
        return absl::InvalidArgumentError("refused");
      }
    }
    for (const SecurityNote& note : notes) {
      passed_on.push_back(note.name);
    }
    return absl::OkStatus();
  };
  EXPECT_TRUE(journal.PassOn(9, refuse_bad).ok());
  EXPECT_EQ(passed_on, (Names{"a", "c"}));
  EXPECT_TRUE(journal.Take(9).empty());
}

TEST(SecurityJournalTest, AlertsAreInIt) {
  SecurityJournal& journal = SecurityJournal::OfProcess();
  journal.Take(SecurityJournal::kNotesMax);
  RaiseAlert(kAlertConflict, {{"leaf_index", 41}});
  const std::vector<SecurityNote> notes = journal.Take(9);
  ASSERT_EQ(NamesOf(notes), (Names{"conflict"}));
  EXPECT_EQ(notes[0].details, R"({"leaf_index":41})");
}

}  // namespace
}  // namespace affidavit::ops
