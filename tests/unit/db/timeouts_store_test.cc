#include "db/timeouts_store.h"

#include <chrono>
#include <string>

#include "db/postgres_append_store.h"
#include "db/state.h"
#include "db/transaction.h"
#include "gmock/gmock.h"
#include "tests/support/new_entries.h"
#include "tests/unit/db/facts_fixture.h"

namespace affidavit::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const TimePoint kFarAhead = *ParseRfc3339("2100-01-01T00:00:00Z");

class TimeoutsStoreTest : public FactsTest {
 protected:
  // Appends sends of messages "m<leaf_index>" without folding them.
  void AppendSends(int count, const std::string& channel = "SMS") {
    EntryBatch batch(entry_count_ + 1);
    for (int i = 0; i < count; ++i) {
      const int64_t leaf_index = entry_count_ + i;
      batch.Add({.event_id = absl::StrCat("event-", leaf_index),
                 .message_id = absl::StrCat("m", leaf_index),
                 .correlation_id = leaf_index % 2 == 0 ? "" : absl::StrCat("c", leaf_index),
                 .channel = channel,
                 .event_type = "message:send"});
    }
    const absl::StatusOr<int64_t> stored = Append(*store_, batch);
    ASSERT_TRUE(stored.ok()) << stored.status();
    entry_count_ += count;
  }

  db::MessageFactRow SendOf(int64_t leaf_index, const std::string& channel) const {
    db::MessageFactRow row = SendAt(leaf_index);
    row.message_id = absl::StrCat("m", leaf_index);
    row.channel = channel;
    return row;
  }
  // Entries and facts of sends, one a channel given; a later one is counted from a second later.
  void Send(const std::vector<std::string>& channels) {
    std::vector<db::MessageFactRow> facts;
    for (const std::string& channel : channels) {
      facts.push_back(SendOf(entry_count_, channel));
      AppendSends(1, channel);
    }
    Fold(std::move(facts), entry_count_);
  }

  std::vector<int64_t> Due(db::ChannelMatch match, std::vector<std::string> channels, TimePoint until = kFarAhead,
                           int limit = 100) const {
    std::vector<int64_t> indexes;
    Do([&](db::Transaction& transaction) {
      for (const db::DueSend& send : db::ReadDueSends(transaction, match, channels, until, limit)) {
        indexes.push_back(send.leaf_index);
      }
    });
    return indexes;
  }
  std::vector<int64_t> DueOf(const std::string& channel) const { return Due(db::ChannelMatch::kOnly, {channel}); }

  db::TimeoutHorizon Horizon() const {
    db::TimeoutHorizon horizon;
    Do([&](db::Transaction& transaction) { horizon = db::ReadTimeoutHorizon(transaction); });
    return horizon;
  }
  bool IntegrateTimeIs(int64_t leaf_index, TimePoint time) const {
    return database_.Exec(absl::StrCat("SELECT integrate_time = '", FormatRfc3339(time),
                                       "' FROM affidavit.entries WHERE leaf_index = ", leaf_index)) == "t";
  }

  void SeeAdapter(const std::string& adapter_id, seconds ago, std::optional<TimePoint> spooled = std::nullopt) const {
    database_.Exec(absl::StrCat("INSERT INTO affidavit_state.adapters VALUES ('", adapter_id,
                                "', clock_timestamp() - interval '", ago.count(), " seconds', ",
                                spooled ? absl::StrCat("'", FormatRfc3339(*spooled), "'") : "NULL",
                                ") ON CONFLICT (adapter_id) DO UPDATE SET last_seen_time = excluded.last_seen_time, "
                                "oldest_spooled_receive_time = excluded.oldest_spooled_receive_time"));
  }
  void Retire(const std::string& adapter_id, seconds ago) {
    const TimePoint time = SystemClock().WallNow() - ago;
    Fold({.begin = folded_, .end = folded_ + 1, .retirements = {{adapter_id, "bob", folded_, time}}});
    ++folded_;
  }
  db::AdapterHoldup Holdup(seconds silence = seconds(30)) const {
    db::AdapterHoldup holdup;
    Do([&](db::Transaction& transaction) { holdup = db::ReadAdapterHoldup(transaction, silence); });
    return holdup;
  }

  // Rows that were read of the index, and scans of the whole of messages and entries, by this session so far.
  static std::vector<int64_t> Reads(db::Transaction& transaction) {
    const pqxx::row row = transaction.exec1(
        "SELECT pg_stat_get_xact_tuples_returned('affidavit_state.messages_unanswered'::regclass), "
        "pg_stat_get_xact_numscans('affidavit_state.messages'::regclass), "
        "pg_stat_get_xact_numscans('affidavit.entries'::regclass)");
    return {row[0].as<int64_t>(), row[1].as<int64_t>(), row[2].as<int64_t>()};
  }

  const std::unique_ptr<db::AppendStore> store_ = db::MakePostgresAppendStore({.url = database_.url(Role::kLedger)});
  int64_t entry_count_ = 0;
};

TEST_F(TimeoutsStoreTest, TheHorizonIsNowOnlyWhenAllIsFolded) {
  const db::TimeoutHorizon empty = Horizon();
  EXPECT_EQ(empty.folded_until, empty.database_time);
  AppendSends(3);
  EXPECT_FALSE(Horizon().folded_until.has_value());
  Fold({}, 2);
  const db::TimeoutHorizon behind = Horizon();
  ASSERT_TRUE(behind.folded_until.has_value());
  EXPECT_TRUE(IntegrateTimeIs(1, *behind.folded_until));
  EXPECT_LT(*behind.folded_until, behind.database_time);
  Fold({}, 3);
  const db::TimeoutHorizon all = Horizon();
  EXPECT_EQ(all.folded_until, all.database_time);
  Do([](db::Transaction& transaction) { db::ResetFacts(transaction); });
  EXPECT_FALSE(Horizon().folded_until.has_value());
}

// Whoever holds the log's lock may have stamped entries that nobody sees yet.
TEST_F(TimeoutsStoreTest, TheHorizonWaitsWithAnAppendButNotForIt) {
  AppendSends(1);
  Fold({}, 1);
  const auto ledger = *db::Connection::Open({.url = database_.url(Role::kLedger)});
  const absl::Status status = ledger->Transact([this](db::Transaction& transaction) {
    transaction.exec("SELECT pg_advisory_xact_lock(hashtextextended('affidavit.log', 0))");
    const db::TimeoutHorizon horizon = Horizon();
    EXPECT_TRUE(horizon.folded_until && IntegrateTimeIs(0, *horizon.folded_until));
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  const db::TimeoutHorizon after = Horizon();
  EXPECT_EQ(after.folded_until, after.database_time);
  const TestDatabase elsewhere;  // another log on this cluster
  const auto other = *db::Connection::Open({.url = elsewhere.url(Role::kLedger)});
  ASSERT_TRUE(other
                  ->Transact([this](db::Transaction& transaction) {
                    transaction.exec("SELECT pg_advisory_xact_lock(hashtextextended('affidavit.log', 0))");
                    const db::TimeoutHorizon horizon = Horizon();
                    EXPECT_EQ(horizon.folded_until, horizon.database_time);
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_F(TimeoutsStoreTest, NothingIsFoldedOrResetBehindTheHorizon) {
  const auto other = *db::Connection::Open({.url = database_.url(Role::kWorker), .lock_timeout_ms = 100});
  Do([&](db::Transaction& transaction) {
    db::ReadTimeoutHorizon(transaction);
    for (const auto& act : std::vector<std::function<void(db::Transaction&)>>{
             [](db::Transaction& theirs) { db::ResetFacts(theirs); },
             [](db::Transaction& theirs) { db::WriteFacts(theirs, {.begin = 0, .end = 1}); }}) {
      const absl::Status waits = other->Transact([&act](db::Transaction& theirs) {
        act(theirs);
        return absl::OkStatus();
      });
      EXPECT_THAT(std::string(waits.message()), HasSubstr("55P03"));
    }
  });
  EXPECT_THAT(std::string(TryAs(Role::kReader, [](db::Transaction& t) { db::ReadTimeoutHorizon(t); }).message()),
              HasSubstr("permission denied"));
}

// Or the two would wait for each other: the job reads adapters first, and then asks for what a reset holds.
TEST_F(TimeoutsStoreTest, AResetDoesNotWaitForWhoeverReadsAdapters) {
  Retire("adapter", minutes(1));
  const auto other = *db::Connection::Open({.url = database_.url(Role::kWorker), .lock_timeout_ms = 1'000});
  Do([&](db::Transaction& transaction) {
    db::ReadKnownAdapters(transaction);
    const absl::Status reset = other->Transact([](db::Transaction& theirs) {
      db::ResetFacts(theirs);
      return absl::OkStatus();
    });
    EXPECT_TRUE(reset.ok()) << reset;
  });
  EXPECT_EQ(Count("adapter_retirements"), 0);
}

TEST_F(TimeoutsStoreTest, ADueSendComesWithWhatTheLogSaysOfIt) {
  Send({"SMS", "EMAIL"});
  Do([this](db::Transaction& transaction) {
    const std::vector<std::string> channels = {"SMS", "EMAIL"};
    const std::vector<db::DueSend> sends =
        db::ReadDueSends(transaction, db::ChannelMatch::kOnly, channels, kFarAhead, 10);
    ASSERT_THAT(sends, SizeIs(2));
    EXPECT_EQ(sends[0].source, "genesys");
    EXPECT_EQ(sends[0].message_id, "m0");
    EXPECT_EQ(sends[0].event_id, "event-0");
    EXPECT_EQ(sends[0].channel, "SMS");
    EXPECT_EQ(sends[0].correlation_id, std::nullopt);
    EXPECT_EQ(sends[0].event_time, std::nullopt);
    EXPECT_EQ(sends[0].counted_from_time, kNoon);
    EXPECT_TRUE(IntegrateTimeIs(0, sends[0].integrate_time));
    EXPECT_EQ(sends[1].leaf_index, 1);
    EXPECT_EQ(sends[1].correlation_id, "c1");
    EXPECT_EQ(sends[1].channel, "EMAIL");
  });
}

TEST_F(TimeoutsStoreTest, AnAnswerOrATimeoutEndsIt) {
  Send({"SMS", "SMS", "SMS"});
  EXPECT_THAT(DueOf("SMS"), ElementsAre(0, 1, 2));
  db::MessageFactRow delivery = DeliveryAt(3), timeout = TimeoutAt(4);
  delivery.message_id = "m0";
  timeout.message_id = "m2";
  Fold({delivery}, 4);
  EXPECT_THAT(DueOf("SMS"), ElementsAre(1, 2));
  Fold({timeout}, 5);
  EXPECT_THAT(DueOf("SMS"), ElementsAre(1));
}

TEST_F(TimeoutsStoreTest, AnAnswerWithoutASendIsNotDue) {
  Fold({DeliveryAt(0), TimeoutAt(1), FactAt(2, "message:other", MessageStatus::kUnknown)}, 3);
  EXPECT_THAT(Due(db::ChannelMatch::kAllBut, {}), IsEmpty());
}

TEST_F(TimeoutsStoreTest, ChannelsAreNamedOrLeftOut) {
  Send({"SMS", "EMAIL", "", "SMS", "WHATSAPP", "a'b{\"ü"});
  EXPECT_THAT(Due(db::ChannelMatch::kOnly, {"SMS", "SMS", "EMAIL"}), ElementsAre(0, 1, 3));
  EXPECT_THAT(Due(db::ChannelMatch::kOnly, {""}), ElementsAre(2));
  EXPECT_THAT(Due(db::ChannelMatch::kOnly, {"a'b{\"ü"}), ElementsAre(5));
  EXPECT_THAT(Due(db::ChannelMatch::kOnly, {}), IsEmpty());
  EXPECT_THAT(Due(db::ChannelMatch::kOnly, {"sms", std::string("SMS\0", 4), "\xff"}), IsEmpty());
  EXPECT_THAT(Due(db::ChannelMatch::kAllBut, {}), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(Due(db::ChannelMatch::kAllBut, {"SMS", "", "none"}), ElementsAre(1, 4, 5));
  EXPECT_THAT(Due(db::ChannelMatch::kAllBut, {std::string("SMS\0", 4)}), SizeIs(6));
}

TEST_F(TimeoutsStoreTest, TheOldestComeFirstUpToATimeAndALimit) {
  Send({"SMS", "EMAIL", "SMS", "EMAIL"});
  using enum db::ChannelMatch;
  EXPECT_THAT(Due(kAllBut, {}, kNoon + seconds(1)), ElementsAre(0, 1));
  EXPECT_THAT(Due(kAllBut, {}, kNoon - seconds(1)), IsEmpty());
  EXPECT_THAT(Due(kAllBut, {}, kFarAhead, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(Due(kOnly, {"SMS", "EMAIL"}, kFarAhead, 1), ElementsAre(0));
  EXPECT_THAT(Due(kOnly, {"EMAIL"}, kNoon + seconds(1), 5), ElementsAre(1));
}

// What a look costs: rows of the index that are read, by Postgres' own count.
TEST_F(TimeoutsStoreTest, ALookReadsTheIndexAndNoMoreOfItThanItAsksFor) {
  database_.Exec(R"(
    INSERT INTO affidavit_state.messages
      (source, message_id, channel, status, late_delivery, conflict_count, entry_count, first_leaf_index,
       first_receive_time, send_leaf_index, send_event_id, counted_from_time, is_answered)
    SELECT 'genesys', 'old' || i, CASE WHEN i % 2 = 0 THEN 'POST' ELSE 'SMS' END, 'PENDING', false, 0, 1, 0, now(), 0,
           'event-0', '2026-01-01Z'::timestamptz + i * interval '1 second', i % 2 = 1 AND i > 2000
    FROM generate_series(1, 60000) i)");
  AppendSends(1);
  for (const bool analyzed : {false, true}) {
    if (analyzed) {
      database_.Exec("ANALYZE affidavit_state.messages");
    }
    for (const db::ChannelMatch match : {db::ChannelMatch::kOnly, db::ChannelMatch::kAllBut}) {
      Do([&](db::Transaction& transaction) {
        const std::vector<std::string> channels = {match == db::ChannelMatch::kOnly ? "SMS" : "POST"};
        const std::vector<int64_t> before = Reads(transaction);
        EXPECT_THAT(db::ReadDueSends(transaction, match, channels, kFarAhead, 50), SizeIs(50));
        const std::vector<int64_t> after = Reads(transaction);
        EXPECT_GE(after[0] - before[0], 50);
        EXPECT_LE(after[0] - before[0], 60);
        EXPECT_EQ(after[1], before[1]) << "a scan of the whole table";
        EXPECT_EQ(after[2], before[2]) << "a scan of the whole log";
      });
    }
  }
}

TEST_F(TimeoutsStoreTest, AnAdapterThatIsSilentOrHasSpoolHoldsUp) {
  EXPECT_THAT(Holdup().silent_adapter_ids, IsEmpty());
  SeeAdapter("fresh", seconds(1), kNoon);
  SeeAdapter("b-silent", minutes(5), kNoon - seconds(1));
  SeeAdapter("a-silent", minutes(5));
  const db::AdapterHoldup holdup = Holdup();
  EXPECT_THAT(holdup.silent_adapter_ids, ElementsAre("a-silent", "b-silent"));
  EXPECT_EQ(holdup.oldest_spooled_receive_time, kNoon - seconds(1));
  EXPECT_THAT(Holdup(minutes(10)).silent_adapter_ids, IsEmpty());
  Retire("b-silent", seconds(0));
  EXPECT_THAT(Holdup().silent_adapter_ids, ElementsAre("a-silent"));
  EXPECT_EQ(Holdup().oldest_spooled_receive_time, kNoon) << "what a retired one had will not come";
}

TEST_F(TimeoutsStoreTest, ARetirementCountsUntilTheAdapterIsSeenAgain) {
  SeeAdapter("adapter", minutes(5));
  Retire("adapter", minutes(10));
  EXPECT_THAT(Holdup().silent_adapter_ids, ElementsAre("adapter")) << "seen after it was retired";
  Retire("adapter", minutes(4));
  EXPECT_THAT(Holdup().silent_adapter_ids, IsEmpty());
  SeeAdapter("adapter", minutes(1));
  EXPECT_THAT(Holdup().silent_adapter_ids, ElementsAre("adapter"));
}

TEST_F(TimeoutsStoreTest, KnowsAdaptersAndWhichAreRetired) {
  SeeAdapter("b", minutes(5), kNoon);
  SeeAdapter("a", minutes(5));
  Retire("a", minutes(1));
  Retire("never-seen", minutes(1));
  const absl::Status status = TryAs(Role::kReader, [](db::Transaction& transaction) {
    const std::vector<db::KnownAdapter> adapters = db::ReadKnownAdapters(transaction);
    ASSERT_THAT(adapters, SizeIs(2));
    EXPECT_EQ(adapters[0].adapter_id, "a");
    EXPECT_TRUE(adapters[0].retire_time && *adapters[0].retire_time > adapters[0].last_seen_time);
    EXPECT_EQ(adapters[0].oldest_spooled_receive_time, std::nullopt);
    EXPECT_EQ(adapters[1].retire_time, std::nullopt);
    EXPECT_EQ(adapters[1].oldest_spooled_receive_time, kNoon);
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TimeoutsStoreTest, ProgressSaysHowMuchIsLeftAndSinceWhen) {
  AppendSends(3);
  Fold({}, 1);
  Do([this](db::Transaction& transaction) {
    const db::FactsProgress progress = db::ReadFactsProgress(transaction);
    EXPECT_EQ(progress.tree_size, 3);
    EXPECT_EQ(progress.next_leaf_index, 1);
    EXPECT_EQ(progress.LagEntries(), 2);
    ASSERT_TRUE(progress.waiting_since.has_value());
    EXPECT_TRUE(IntegrateTimeIs(1, *progress.waiting_since));
    EXPECT_GE(progress.database_time, *progress.waiting_since);
  });
  Fold({}, 3);
  Do([](db::Transaction& transaction) {
    EXPECT_FALSE(db::ReadFactsProgress(transaction).waiting_since.has_value());
    EXPECT_EQ(db::ReadFactsProgress(transaction).LagEntries(), 0);
  });
}

}  // namespace
}  // namespace affidavit::testing
