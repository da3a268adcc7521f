#include "services/projector/projector.h"

#include "ops/alerts.h"
#include "tests/integration/projector/projected_log.h"

namespace affidavit::projector {
namespace {

double ChangesRaised() {
  return ops::AlertCounter(ops::kAlertSchemaChanged).Value();
}

testing::EntrySpec Send(const std::string& id, const std::string& payload, const std::string& version = "1") {
  return {.event_id = id,
          .payload = payload,
          .message_id = "m-" + id,
          .event_type = "message:send",
          .schema_version = version};
}

TEST(Projector, FoldsEverySortOfEntryAndAReindexGivesTheSameBytes) {
  ProjectedLog log;
  log.AppendEverySort(1'500);
  FoldingProcess process(log.url());
  EXPECT_EQ(process.FoldAll(), log.Progress().tree_size);
  const std::string dump = log.Dump();

  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.message_facts"), "1530");
  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.message_facts WHERE kind = 'conflict'"), "30");
  EXPECT_EQ(log.Ask("SELECT sum(conflict_count) FROM affidavit_state.messages"), "30");
  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.messages"), "375");
  EXPECT_EQ(log.Ask("SELECT sum(entry_count) FROM affidavit_state.entry_blocks"), "1532");
  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.message_facts WHERE payload_error = '22P05'"), "16");
  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.message_facts WHERE consent = 'given'"), "188");
  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.message_facts WHERE consent = 'absent'"), "187");
  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.schema_versions"), "8");
  EXPECT_EQ(log.Ask("SELECT adapter_id FROM affidavit_state.adapter_retirements"), "adapter-9");
  EXPECT_EQ(log.Ask("SELECT count(DISTINCT subject_hash) FROM affidavit_state.entry_subjects"), "50");

  log.Reset();
  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.message_facts"), "0");
  EXPECT_EQ(process.FoldAll(), log.Progress().tree_size) << "who folded on sees that all was reset";
  EXPECT_EQ(log.Dump(), dump);

  log.Reset();
  FoldingProcess another(log.url());
  process.lock.Release();
  EXPECT_EQ(another.FoldAll(), log.Progress().tree_size);
  EXPECT_EQ(log.Dump(), dump);
}

TEST(Projector, ASchemaThatIsRegisteredHalfWayBindsTheSecondHalf) {
  ProjectedLog log;
  log.AppendEverySort(1'500);
  FoldingProcess process(log.url());
  process.FoldAll();
  const std::string registered = log.Ask("SELECT leaf_index FROM affidavit_state.schemas");
  EXPECT_EQ(
      log.Ask("SELECT count(*) FROM affidavit_state.message_facts WHERE verdict <> 'unregistered' AND leaf_index < " +
              registered),
      "0");
  EXPECT_NE(log.Ask("SELECT count(*) FROM affidavit_state.message_facts WHERE verdict = 'valid'"), "0");
  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.message_facts WHERE verdict = 'drifted' AND drift_pointer <> "
                    "'/n'"),
            "0");
  EXPECT_NE(log.Ask("SELECT count(*) FROM affidavit_state.message_facts WHERE verdict = 'drifted'"), "0");
  EXPECT_EQ(log.Ask("SELECT count(*) FROM affidavit_state.message_facts WHERE verdict <> 'unregistered' AND event_type "
                    "<> 'message:status'"),
            "0");
}

TEST(Projector, WhoeverIsKilledBetweenStepsIsContinued) {
  ProjectedLog log;
  log.AppendEverySort(2'500);
  {
    FoldingProcess first(log.url());
    const auto outcome = first.Step();
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->folded_count, 1'000);
    EXPECT_TRUE(outcome->has_more);
    EXPECT_EQ(outcome->progress.next_leaf_index, 1'000);
    EXPECT_TRUE(outcome->progress.waiting_since.has_value());
  }
  FoldingProcess second(log.url());
  EXPECT_EQ(second.FoldAll(), log.Progress().tree_size - 1'000);
  const std::string in_two = log.Dump();
  log.Reset();
  second.FoldAll();
  EXPECT_EQ(log.Dump(), in_two);
}

TEST(Projector, OnlyWhoHoldsTheLockFolds) {
  ProjectedLog log;
  log.AppendEverySort(1'200);
  FoldingProcess first(log.url()), second(log.url());
  ASSERT_TRUE(first.Step().ok());
  EXPECT_TRUE(absl::IsUnavailable(second.Step().status()));

  // The first one's session is gone: it learns so before it writes, and then finds where the other one is.
  log.Ask(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = "
      "(SELECT oid FROM pg_database WHERE datname = current_database())");
  EXPECT_FALSE(first.projector.Step().ok());
  EXPECT_EQ(second.FoldAll(), log.Progress().tree_size - 1'000);
  second.lock.Release();
  log.AppendEverySort(10);
  EXPECT_EQ(first.FoldAll(), 11) << "ten, and a conflict";
  const std::string dump = log.Dump();
  log.Reset();
  first.FoldAll();
  EXPECT_EQ(log.Dump(), dump);
}

TEST(Projector, DamagedEntriesHoldNothingUp) {
  ProjectedLog log;
  log.Append({Send("a", R"({"n":1})"), Send("b", R"({"n":2})"), Send("c", R"({"n":3})"), Send("d", R"({"n":4})")});
  log.Tamper("payloads",
             "UPDATE affidavit.payloads SET raw = 'x' WHERE payload_id = (SELECT payload_id FROM "
             "affidavit.entries WHERE leaf_index = 1)");
  log.Tamper("entries", "UPDATE affidavit.entries SET leaf = 'x' WHERE leaf_index = 2");
  FoldingProcess process(log.url());
  EXPECT_EQ(process.FoldAll(), 4);
  EXPECT_EQ(log.Ask("SELECT string_agg(leaf_index::text, ' ' ORDER BY leaf_index) FROM affidavit_state.message_facts"),
            "0 1 3");
  EXPECT_EQ(log.Ask("SELECT coalesce(shape_id, 'none') FROM affidavit_state.message_facts WHERE leaf_index = 1"),
            "none");
  EXPECT_EQ(log.Progress().LagEntries(), 0);
}

TEST(Projector, TellsOfNewVersionsAndShapesOnce) {
  ProjectedLog log;
  FoldingProcess process(log.url());
  process.FoldAll();  // it has seen the empty log
  const double before = ChangesRaised();
  log.Append({Send("a", R"({"n":1})"), Send("b", R"({"n":1})")});
  process.FoldAll();
  EXPECT_EQ(ChangesRaised(), before) << "the first version of a type";
  log.Append({Send("c", R"({"n":"x"})"), Send("d", R"({"n":"y"})"), Send("e", R"({"n":1})", "2")});
  process.FoldAll();
  EXPECT_EQ(ChangesRaised(), before + 2);
  log.Append({Send("f", R"({"n":"z"})"), Send("g", R"({"n":2})", "2")});
  process.FoldAll();
  EXPECT_EQ(ChangesRaised(), before + 2);

  log.Reset();
  process.FoldAll();
  EXPECT_EQ(ChangesRaised(), before + 2) << "all of that was known before";
  process.lock.Release();
  FoldingProcess next(log.url());
  log.Append({Send("h", R"({"n":true})")});
  next.FoldAll();
  EXPECT_EQ(ChangesRaised(), before + 3);
}

TEST(Projector, KeepsQuietOfWhatTheLogHeldBeforeAnythingWasFolded) {
  ProjectedLog log;
  log.Append({Send("a", R"({"n":1})"), Send("b", R"({"n":"x"})"), Send("c", R"({"n":1})", "2")});
  const double before = ChangesRaised();
  FoldingProcess process(log.url());
  process.FoldAll();
  EXPECT_EQ(ChangesRaised(), before);
  log.Append({Send("d", R"({"n":1})", "3")});
  process.FoldAll();
  EXPECT_EQ(ChangesRaised(), before + 1);

  FoldingProcess silent(log.url(), Alerting::kNo);
  process.lock.Release();
  log.Append({Send("e", R"({"n":1})", "4")});
  silent.FoldAll();
  EXPECT_EQ(ChangesRaised(), before + 1);
}

TEST(Projector, NothingIsToldOfAStepThatIsNotKept) {
  ProjectedLog log;
  FoldingProcess process(log.url());
  log.Append({Send("a", R"({"n":1})")});
  process.FoldAll();
  const double before = ChangesRaised();
  log.Ask("ALTER TABLE affidavit_state.message_facts ADD CONSTRAINT refused CHECK (leaf_index < 1)");
  log.Append({Send("b", R"({"n":1})", "2")});
  EXPECT_FALSE(process.Step().ok());
  EXPECT_EQ(ChangesRaised(), before);
  EXPECT_EQ(log.Progress().next_leaf_index, 1);
  log.Ask("ALTER TABLE affidavit_state.message_facts DROP CONSTRAINT refused");
  EXPECT_EQ(process.FoldAll(), 1);
  EXPECT_EQ(ChangesRaised(), before + 1);
}

}  // namespace
}  // namespace affidavit::projector
