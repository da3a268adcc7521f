// However the log is cut into steps, and however often it is folded, the projections are the same.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/unit/db/facts_fixture.h"

namespace affidavit::testing {
namespace {

using std::chrono::seconds;

constexpr const char* kTables[] = {"message_facts",   "messages",      "fact_counts",
                                   "entry_subjects",  "entry_blocks",  "schemas",
                                   "schema_versions", "schema_shapes", "adapter_retirements"};

// What one entry adds; a step is made of them as the projector makes it.
struct LogEntry {
  db::BlockedEntry entry;
  std::optional<db::MessageFactRow> fact;
  std::string version, shape_id;
  std::optional<db::SchemaRow> schema;
  std::optional<db::AdapterRetirement> retirement;
};

class FactsStepsTest : public FactsTest {
 protected:
  int Random(int until) { return static_cast<int>(random_() % static_cast<uint32_t>(until)); }

  LogEntry Governance(int64_t leaf_index) {
    LogEntry made{.entry = {leaf_index, "affidavit", "governance", "", "", kNoon + seconds(leaf_index)}};
    if (Random(2) == 0) {
      made.schema = db::SchemaRow{
          leaf_index, absl::StrCat("id", Random(5)), "genesys", "message:send", absl::StrCat(Random(3)), "alice", "{}",
          kNoon};
    } else {
      made.retirement =
          db::AdapterRetirement{absl::StrCat("adapter-", Random(4)), "bob", leaf_index, kNoon + seconds(leaf_index)};
    }
    return made;
  }

  LogEntry Anything(int64_t leaf_index, int message_count) {
    if (Random(20) == 0) {
      return Governance(leaf_index);
    }
    constexpr std::pair<const char*, MessageStatus> kTypes[] = {
        {"message:send", MessageStatus::kPending},   {"message:delivery", MessageStatus::kDelivered},
        {"message:read", MessageStatus::kRead},      {"message:status", MessageStatus::kFailed},
        {"message:status", MessageStatus::kUnknown}, {"message:status:timeout", MessageStatus::kTimedOut}};
    constexpr const char* kKinds[] = {"envelope", "envelope", "envelope", "conflict", "status"};
    constexpr const char* kChannels[] = {"SMS", "EMAIL", ""};
    const auto& [type, status] = kTypes[Random(6)];
    db::MessageFactRow row = FactAt(leaf_index, type, status);
    row.kind = kKinds[Random(5)];
    row.channel = kChannels[Random(3)];
    row.message_id = Random(30) == 0 ? "" : absl::StrCat("m", Random(message_count));
    row.source = Random(4) == 0 ? "other" : "genesys";
    row.fact.receive_time += seconds(Random(100) - 50);
    if (Random(3) != 0) {
      row.fact.event_time = kNoon + seconds(Random(9000) - 2000);
    }
    row.verdict = Random(3) == 0 ? "drifted" : "valid";
    row.subject_hash = Sha256(absl::StrCat(Random(50)));
    LogEntry made{.entry = {leaf_index, row.source, row.kind, row.event_type, row.channel, row.fact.receive_time}};
    made.version = absl::StrCat(Random(3));
    made.shape_id = absl::StrCat("shape-", Random(6));
    made.fact = std::move(row);
    return made;
  }

  void MakeLog(int entry_count, int message_count) {
    for (int i = 0; i < entry_count; ++i) {
      log_.push_back(Anything(i, message_count));
    }
  }

  static void See(const LogEntry& made, std::set<std::string>& known,
                  std::map<std::string, db::VersionSighting>& versions,
                  std::map<std::string, db::ShapeSighting>& shapes) {
    const db::MessageFactRow& fact = *made.fact;
    const TimePoint time = fact.fact.receive_time;
    const std::string key = absl::StrCat(fact.source, " ", fact.event_type, " ", made.version);
    db::VersionSighting& version = versions
                                       .try_emplace(key, db::VersionSighting{fact.source, fact.event_type, made.version,
                                                                             fact.fact.leaf_index, time, time})
                                       .first->second;
    db::ShapeSighting& shape =
        shapes
            .try_emplace(
                key + made.shape_id,
                db::ShapeSighting{
                    fact.source, fact.event_type, made.version, made.shape_id, {}, fact.fact.leaf_index, time, time})
            .first->second;
    version.first_receive_time = std::min(version.first_receive_time, time);
    version.last_receive_time = std::max(version.last_receive_time, time);
    shape.first_receive_time = std::min(shape.first_receive_time, time);
    shape.last_receive_time = std::max(shape.last_receive_time, time);
    ++version.entry_count;
    ++shape.entry_count;
    ++(fact.verdict == "valid" ? version.valid_count : version.drifted_count);
    if (known.insert(key + made.shape_id).second) {
      shape.fields = {" object", "/id string"};
      ++version.new_shape_count;
    }
  }

  void FoldAll(int64_t step_size) {
    std::set<std::string> known;
    const auto size = static_cast<int64_t>(log_.size());
    for (int64_t begin = 0; begin < size; begin += step_size) {
      db::FactsStep step{.begin = begin, .end = std::min(size, begin + step_size)};
      std::map<std::string, db::VersionSighting> versions;
      std::map<std::string, db::ShapeSighting> shapes;
      for (int64_t i = step.begin; i < step.end; ++i) {
        const LogEntry& made = log_[static_cast<size_t>(i)];
        step.entries.push_back(made.entry);
        if (made.fact) {
          step.facts.push_back(*made.fact);
          See(made, known, versions, shapes);
        }
        if (made.schema) {
          step.schemas.push_back(*made.schema);
        }
        if (made.retirement) {
          step.retirements.push_back(*made.retirement);
        }
      }
      for (auto& [key, version] : versions) {
        step.versions.push_back(version);
      }
      for (auto& [key, shape] : shapes) {
        step.shapes.push_back(shape);
      }
      Fold(step);
    }
  }

  void Reset() const {
    Do([](db::Transaction& transaction) { db::ResetFacts(transaction); });
  }

  std::map<std::string, std::string> Tables() const {
    std::map<std::string, std::string> tables;
    for (const char* table : kTables) {
      tables[table] = database_.Exec(absl::StrCat(
          "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\"), '') FROM affidavit_state.",
          table, " t"));
    }
    return tables;
  }

  std::mt19937 random_{20261124};
  std::vector<LogEntry> log_;
};

TEST_F(FactsStepsTest, EveryCutOfTheLogGivesTheSameTables) {
  MakeLog(1'100, 30);
  FoldAll(1'000);
  const std::map<std::string, std::string> expected = Tables();
  for (const auto& [table, rows] : expected) {
    EXPECT_NE(rows, "") << table;
  }
  for (const int64_t step_size : {1, 7, 1'000, 1'100}) {
    Reset();
    for (const auto& [table, rows] : Tables()) {
      EXPECT_EQ(rows, "") << table;
    }
    Do([](db::Transaction& transaction) { EXPECT_EQ(db::LockFactsCursor(transaction), 0); });
    FoldAll(step_size);
    EXPECT_EQ(Tables(), expected) << "in steps of " << step_size;
  }
}

TEST_F(FactsStepsTest, TheNumbersAreThoseOfTheTables) {
  MakeLog(1'000, 40);
  FoldAll(13);
  EXPECT_EQ(database_.Exec("SELECT sum(fact_count) FROM affidavit_state.fact_counts WHERE name LIKE 'messages/%'"),
            database_.Exec("SELECT count(*) FROM affidavit_state.messages"));
  EXPECT_EQ(
      database_.Exec("SELECT count(*) FROM affidavit_state.fact_counts c WHERE name LIKE 'messages/%' AND fact_count "
                     "<> (SELECT count(*) FROM affidavit_state.messages WHERE 'messages/' || status = c.name)"),
      "0");
  EXPECT_EQ(database_.Exec("SELECT fact_count FROM affidavit_state.fact_counts WHERE name = 'drifted'"),
            database_.Exec("SELECT count(*) FROM affidavit_state.message_facts WHERE verdict = 'drifted' AND kind = "
                           "'envelope'"));
  EXPECT_EQ(database_.Exec("SELECT sum(entry_count) FROM affidavit_state.entry_blocks"), "1000");
}

// A thousand entries are folded in well under 100 ms on a laptop; the limit here is for what is ten times slower.
TEST_F(FactsStepsTest, AStepIsQuickOnGrownTables) {
  MakeLog(24'000, 8'000);
  FoldAll(4'000);
  std::vector<double> took_ms;
  for (int i = 0; i < 8; ++i) {
    const auto begin = static_cast<int64_t>(log_.size());
    db::FactsStep step{.begin = begin, .end = begin + 1'000};
    for (int64_t leaf_index = step.begin; leaf_index < step.end; ++leaf_index) {
      LogEntry made = Anything(leaf_index, 8'000);
      step.entries.push_back(made.entry);
      if (made.fact) {
        step.facts.push_back(*made.fact);
      }
      log_.push_back(std::move(made));
    }
    const auto start = std::chrono::steady_clock::now();
    Fold(step);
    took_ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(took_ms.begin(), took_ms.end());
  std::cout << "a step of 1,000 entries: median " << took_ms[4] << " ms, longest " << took_ms.back() << " ms\n";
  EXPECT_LT(took_ms[4], 1'000);
}

}  // namespace
}  // namespace affidavit::testing
