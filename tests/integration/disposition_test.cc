// The end of payloads past their retention, on Postgres: what goes, what stays and why, whoever interferes, and
// wherever a run is cut short.
#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/dispose/disposal.h"
#include "core/retention/disposition.h"
#include "db/disposition_store.h"
#include "db/governance_store.h"
#include "db/mirror_store.h"
#include "db/postgres_append_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/memory_object_store.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"

namespace affidavit::cli {
namespace {

using affidavit::testing::Append;
using affidavit::testing::EntryBatch;
using affidavit::testing::EntrySpec;
using affidavit::testing::MemoryObjectStore;
using affidavit::testing::Role;
using affidavit::testing::RunSql;
using affidavit::testing::TestDatabase;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kOld[] = "payloads_2015_03";
constexpr std::chrono::sys_days kOldDay{std::chrono::year{2015} / 3 / 14};  // promised until 2022

LegalHold HoldOnMessage(const std::string& message_id) {
  return {.hold_id = absl::StrCat("H-", message_id),
          .case_reference = "4711",
          .actor = "ada",
          .predicate = {.message_id = message_id}};
}

class DispositionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_.Exec(absl::StrCat("SELECT affidavit.make_partition('affidavit.payloads', '", kOld,
                                "', '2015-03-01 00:00+00', '2015-04-01 00:00+00')"));
    auto connection = db::Connection::Open({.url = database_.url(Role::kDispose)});
    ASSERT_TRUE(connection.ok()) << connection.status();
    connection_ = *std::move(connection);
    options_ = {.cutoff = SystemClock().WallNow(), .actor = "ada", .reason = "", .pause = std::chrono::milliseconds(0)};
    means_ = {.database = connection_.get(),
              .store = &store_,
              .append = [this](const GovernanceRecord& record) { return AppendAct(record); },
              .check = [] { return absl::OkStatus(); },
              .on_progress = [](int64_t) {}};
  }

  int64_t AppendOne(const EntrySpec& spec) {
    EntryBatch batch(++payload_count_);
    batch.Add(spec);
    const absl::StatusOr<int64_t> leaf_index = Append(*append_, batch);
    EXPECT_TRUE(leaf_index.ok()) << leaf_index.status();
    fields_[*leaf_index] = batch[0].fields;
    return leaf_index.value_or(-1);
  }

  int64_t AppendOld(const std::string& id, const std::string& channel = "SMS") {
    return AppendOne({.event_id = id,
                      .payload = absl::StrCat("{\"id\":\"", id, "\"}"),
                      .message_id = id,
                      .channel = channel,
                      .receive_time = kOldDay + std::chrono::minutes(payload_count_)});
  }

  absl::StatusOr<int64_t> AppendAct(const GovernanceRecord& record) {
    const std::string known = database_.Exec(absl::StrCat(
        "SELECT coalesce((SELECT leaf_index FROM affidavit.entries WHERE kind = 'governance' AND event_id = '",
        record.idempotency_key, "'), -1)"));
    if (known != "-1") {
      return std::stoll(known);
    }
    const int64_t leaf_index = AppendOne({.kind = EntryKind::kGovernance,
                                          .source = "affidavit",
                                          .event_id = record.idempotency_key,
                                          .payload = record.payload,
                                          .channel = "",
                                          .event_type = record.event_type});
    Fold();
    return leaf_index;
  }

  // As the ledger's housekeeper does once a second.
  void Fold() {
    auto ledger = db::Connection::Open({.url = database_.url(Role::kLedger)});
    ASSERT_TRUE(ledger.ok());
    ASSERT_TRUE((*ledger)
                    ->Transact([](db::Transaction& transaction) { return db::FoldGovernance(transaction).status(); })
                    .ok());
  }

  // Puts a copy into the store and a receipt into the database.
  void Mirror(int64_t leaf_index, TimePoint retain_until) {
    const std::string key = absl::StrCat("audit/", leaf_index, ".json");
    const std::string body = database_.Exec(absl::StrCat(
        "SELECT convert_from(raw, 'UTF8') FROM affidavit.entries JOIN affidavit.payloads USING (payload_id) "
        "WHERE leaf_index = ",
        leaf_index));
    const auto put = store_.Put({.key = key, .body = body, .sha256 = Sha256(body), .retain_until = retain_until});
    ASSERT_TRUE(put.ok()) << put.status();
    auto worker = db::Connection::Open({.url = database_.url(Role::kWorker)});
    ASSERT_TRUE(worker.ok());
    const db::MirrorReceipt receipt{.leaf_index = leaf_index,
                                    .store = store_.Name(),
                                    .object_key = key,
                                    .version_id = put->version_id,
                                    .checksum = Sha256(body),
                                    .retain_until = retain_until,
                                    .store_time = put->store_time,
                                    .worker_id = "w"};
    ASSERT_TRUE((*worker)
                    ->Transact([&](db::Transaction& transaction) {
                      return db::InsertMirrorReceipts(transaction, {&receipt, 1});
                    })
                    .ok());
  }

  // The event ids whose payload is there, of the old partition.
  std::vector<std::string> Remaining() {
    std::vector<std::string> ids;
    const auto rows =
        database_.Run(Role::kSuperuser,
                      "SELECT event_id FROM affidavit.entries JOIN affidavit.payloads p USING (payload_id) "
                      "WHERE p.receive_time < '2016-01-01' AND sha256(p.raw) = payload_sha256 ORDER BY leaf_index");
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const auto& row : *rows) {
      ids.push_back(row[0]);
    }
    return ids;
  }

  absl::StatusOr<DisposalResult> Dispose() { return DisposeOfPartition(kOld, options_, means_); }

  absl::Status Complete(int64_t intent) {
    return connection_->Transact([&](db::Transaction& transaction) {
      db::CompleteDisposition(transaction, kOld, intent);
      return absl::OkStatus();
    });
  }

  db::PreparedDisposition Prepare() {
    db::PreparedDisposition prepared;
    EXPECT_TRUE(connection_
                    ->Transact([&](db::Transaction& transaction) {
                      prepared = db::PrepareDisposition(transaction, kOld, options_.cutoff);
                      return absl::OkStatus();
                    })
                    .ok());
    return prepared;
  }

  absl::StatusOr<int64_t> Announce(const db::PreparedDisposition& prepared) {
    return AppendAct(EncodeIntent({.partition_name = kOld,
                                   .actor = "ada",
                                   .cutoff_time = options_.cutoff,
                                   .row_count = prepared.row_count,
                                   .kept_count = prepared.kept_count}));
  }

  TestDatabase database_;
  std::unique_ptr<db::AppendStore> append_ = db::MakePostgresAppendStore({.url = database_.url(Role::kLedger)});
  std::unique_ptr<db::Connection> connection_;
  MemoryObjectStore store_;
  std::map<int64_t, LeafFields> fields_;
  int payload_count_ = 0;
  DisposalOptions options_;
  DisposalMeans means_;
};

using Ids = std::vector<std::string>;

TEST_F(DispositionTest, WhatIsOverGoesAndTheRestStaysToTheByte) {
  AppendOld("over-1");
  AppendOld("held");
  AppendOld("long", "EMAIL");
  AppendOld("over-2");
  AppendOne({.event_id = "new"});
  ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage("held"))).ok());
  ASSERT_TRUE(
      AppendAct(EncodeAct(SetRetention{.policy = {.channel = "EMAIL", .regime = "house", .years = 15}, .actor = "ada"}))
          .ok());
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->IsComplete());
  EXPECT_EQ(result->disposed_count, 2);
  EXPECT_EQ(result->kept_count, 2);
  EXPECT_EQ(result->held_count, 1);
  EXPECT_EQ(Remaining(), (Ids{"held", "long"}));
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.entries WHERE kind = 'envelope'"), "5") << "entries stay";
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.payloads WHERE receive_time > '2016-01-01'"), "5")
      << "one new event, two acts, the intent and its end";
  EXPECT_EQ(database_.Exec("SELECT string_agg(event_type, ',' ORDER BY leaf_index) FROM affidavit.entries "
                           "WHERE event_type LIKE 'disposition:%'"),
            "disposition:intent,disposition:complete");
}

TEST_F(DispositionTest, TheSuccessorIsAppendOnlyAndTakesLateRows) {
  AppendOld("over");
  AppendOld("held");
  ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage("held"))).ok());
  ASSERT_TRUE(Dispose().ok());
  for (const char* statement : {"UPDATE affidavit.payloads_2015_03 SET raw = ''",
                                "DELETE FROM affidavit.payloads_2015_03", "TRUNCATE affidavit.payloads_2015_03"}) {
    EXPECT_THAT(database_.Run(Role::kOwner, statement).status().message(), HasSubstr("append-only")) << statement;
  }
  AppendOld("late");
  EXPECT_EQ(Remaining(), (Ids{"held", "late"}));
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.payloads_2015_03"), "2");
}

TEST_F(DispositionTest, APartitionWithNothingToKeepIsGone) {
  AppendOld("over");
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(database_.Exec("SELECT coalesce(to_regclass('affidavit.payloads_2015_03')::text, 'gone')"), "gone");
  EXPECT_EQ(database_.Exec("SELECT coalesce(to_regclass('affidavit.payloads_2015_03_kept')::text, 'gone')"), "gone");
}

TEST_F(DispositionTest, AHoldThatCameMeanwhileIsRegarded) {
  AppendOld("over");
  AppendOld("wanted");
  const db::PreparedDisposition prepared = Prepare();
  EXPECT_EQ(prepared.kept_count, 0);
  const absl::StatusOr<int64_t> intent = Announce(prepared);
  ASSERT_TRUE(intent.ok());
  ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage("wanted"))).ok());
  EXPECT_TRUE(absl::IsUnavailable(Complete(*intent)));
  EXPECT_EQ(Remaining().size(), 2U);
  EXPECT_EQ(Prepare().kept_count, 1);
  const absl::Status complete = Complete(*intent);
  EXPECT_TRUE(complete.ok()) << complete;
  EXPECT_EQ(Remaining(), Ids{"wanted"});
}

TEST_F(DispositionTest, AnActThatIsNotFoldedYetIsWaitedFor) {
  AppendOld("wanted");
  const GovernanceRecord hold = EncodeAct(HoldOnMessage("wanted"));
  AppendOne({.kind = EntryKind::kGovernance,
             .source = "affidavit",
             .event_id = hold.idempotency_key,
             .payload = hold.payload,
             .channel = "",
             .event_type = hold.event_type});
  EXPECT_TRUE(absl::IsUnavailable(Dispose().status()));
  Fold();
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Remaining(), Ids{"wanted"});
}

TEST_F(DispositionTest, APayloadThatCameMeanwhileIsNotLost) {
  AppendOld("over");
  const absl::StatusOr<int64_t> intent = Announce(Prepare());
  ASSERT_TRUE(intent.ok());
  AppendOld("late");
  EXPECT_TRUE(absl::IsUnavailable(Complete(*intent)));
  EXPECT_EQ(Remaining().size(), 2U);
}

TEST_F(DispositionTest, NothingGoesUnannounced) {
  AppendOld("over");
  Prepare();
  EXPECT_FALSE(Complete(0).ok()) << "entry 0 announces nothing";
  EXPECT_FALSE(Complete(12'345).ok());
  EXPECT_EQ(Remaining(), Ids{"over"});
}

TEST_F(DispositionTest, ObjectsGoFirstAndARefusalKeepsThePayloads) {
  const int64_t expired = AppendOld("over-1");
  const int64_t locked = AppendOld("over-2");
  const TimePoint now = SystemClock().WallNow();
  Mirror(expired, now - std::chrono::hours(1));
  Mirror(locked, now + std::chrono::hours(1));
  absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->IsComplete());
  EXPECT_EQ(result->refused_object_count, 1);
  EXPECT_THAT(store_.Versions(absl::StrCat("audit/", expired, ".json")), IsEmpty());
  EXPECT_EQ(store_.Versions(absl::StrCat("audit/", locked, ".json")).size(), 1U);
  EXPECT_EQ(Remaining().size(), 2U) << "the payloads stay while an object does";
}

TEST_F(DispositionTest, ObjectsOfWhatStaysStay) {
  const int64_t held = AppendOld("held");
  const int64_t over = AppendOld("over");
  ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage("held"))).ok());
  const TimePoint past = SystemClock().WallNow() - std::chrono::hours(1);
  Mirror(held, past);
  Mirror(over, past);
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->deleted_object_count, 1);
  EXPECT_EQ(store_.Versions(absl::StrCat("audit/", held, ".json")).size(), 1U);
}

TEST_F(DispositionTest, WhereverItIsCutShortTheNextRunFinishes) {
  constexpr int kStepsMax = 40;
  int step = 0;
  for (; step < kStepsMax; ++step) {
    SCOPED_TRACE(step);
    AppendOld(absl::StrCat("over-", step));
    const int64_t held = AppendOld(absl::StrCat("held-", step));
    ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage(absl::StrCat("held-", step)))).ok());
    int left = step;
    DisposalMeans failing = means_;
    failing.check = [&] { return left-- > 0 ? absl::OkStatus() : absl::AbortedError("cut short"); };
    failing.append = [&](const GovernanceRecord& record) -> absl::StatusOr<int64_t> {
      if (left-- <= 0) {
        return absl::AbortedError("cut short");
      }
      const absl::StatusOr<int64_t> leaf_index = AppendAct(record);
      if (left-- <= 0) {
        return absl::AbortedError("done, and reported failed");
      }
      return leaf_index;
    };
    const bool was_cut = !DisposeOfPartition(kOld, options_, failing).ok();
    ASSERT_TRUE(ConcludeDisposals(options_, means_).ok());
    const absl::StatusOr<DisposalResult> result = Dispose();
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(Remaining().size(), static_cast<size_t>(step) + 1) << "the held ones, and no other";
    EXPECT_TRUE(fields_.contains(held));
    const absl::StatusOr<int> left_over = ConcludeDisposals(options_, means_);
    ASSERT_TRUE(left_over.ok());
    EXPECT_EQ(*left_over, 0);
    if (!was_cut) {
      break;
    }
  }
  EXPECT_GT(step, 3);
  EXPECT_LT(step, kStepsMax) << "no run came to its end";
}

TEST_F(DispositionTest, AppendsGoOnMeanwhile) {
  for (int i = 0; i < 50; ++i) {
    AppendOld(absl::StrCat("over-", i));
  }
  std::atomic<bool> stop = false;
  std::atomic<int> appended = 0;
  std::thread appender([&] {
    const auto store = db::MakePostgresAppendStore({.url = database_.url(Role::kLedger)});
    for (int i = 0; !stop || appended == 0; ++i) {
      EntryBatch batch(1'000'000 + i);
      batch.Add({.event_id = absl::StrCat("meanwhile-", i)});
      const absl::StatusOr<int64_t> leaf_index = Append(*store, batch);
      EXPECT_TRUE(leaf_index.ok()) << leaf_index.status();
      ++appended;
    }
  });
  const absl::StatusOr<DisposalResult> result = Dispose();
  stop = true;
  appender.join();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->disposed_count, 50);
}

TEST_F(DispositionTest, OnlyItsRoleMayDispose) {
  AppendOld("over");
  for (const Role role : {Role::kLedger, Role::kReader, Role::kWorker}) {
    for (const char* call : {"SELECT affidavit.prepare_disposition('payloads_2015_03', now())",
                             "SELECT affidavit.complete_disposition('payloads_2015_03', 0)"}) {
      EXPECT_THAT(database_.Run(role, call).status().message(), HasSubstr("42501")) << call;
    }
  }
  EXPECT_THAT(database_.Run(Role::kDispose, "DELETE FROM affidavit.payloads").status().message(), HasSubstr("42501"));
  EXPECT_THAT(database_.Run(Role::kDispose, "DROP TABLE affidavit.payloads_2015_03").status().message(),
              HasSubstr("42501"));
  EXPECT_FALSE(database_.Run(Role::kDispose, "SELECT affidavit.prepare_disposition('entries', now())").ok());
  EXPECT_FALSE(
      database_
          .Run(Role::kDispose, "SELECT affidavit.prepare_disposition('payloads_2015_03', now() + interval '1 day')")
          .ok());
}

// What SQL says of holds and policies is what core says, which the mirror and the auditors go by.
TEST_F(DispositionTest, SqlAndCoreAgree) {
  const uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  const auto pick = [&](const Ids& from) { return from[random() % from.size()]; };
  const Ids sources = {"genesys", "other"}, channels = {"SMS", "EMAIL"}, types = {"message:send", "message:read"};
  const Ids messages = {"m-1", "m-2", "m-3"}, chains = {"c-1", "c-2", "c-3"};
  const auto or_any = [&](const Ids& from) { return random() % 2 == 0 ? std::string() : pick(from); };
  for (int i = 0; i < 60; ++i) {
    const EntryKind kind = random() % 5 == 0 ? EntryKind::kExcluded : EntryKind::kEnvelope;
    AppendOne({.kind = kind,
               .source = pick(sources),
               .event_id = absl::StrCat("e-", i),
               .payload = absl::StrCat("{\"n\":", i, "}"),
               .message_id = pick(messages),
               .correlation_id = pick(chains),
               .channel = pick(channels),
               .receive_time = std::chrono::sys_days{std::chrono::year{2008 + static_cast<int>(random() % 18)} / 2 /
                                                     std::chrono::last} +
                               std::chrono::hours(random() % 24),
               .event_type = pick(types)});
  }
  Governance governance;
  for (int i = 0; i < 8; ++i) {
    GovernanceAct act = SetRetention{.policy = {.source = or_any(sources),
                                                .channel = or_any(channels),
                                                .event_type = or_any(types),
                                                .regime = absl::StrCat("r", i),
                                                .years = static_cast<int>(1 + random() % 16)},
                                     .actor = "ada"};
    if (i % 2 == 0) {
      LegalHold hold{.hold_id = absl::StrCat("H", i),
                     .case_reference = "1",
                     .actor = "ada",
                     .predicate = {.source = or_any(sources)}};
      if (i == 0) {
        hold.predicate.start_time = std::chrono::sys_days{std::chrono::year{2014} / 1 / 1};
        hold.predicate.end_time = std::chrono::sys_days{std::chrono::year{2016} / 1 / 1};
      } else if (i % 4 == 0) {
        hold.predicate.message_id = pick(messages);
      } else {
        hold.predicate.correlation_id = pick(chains);
      }
      act = hold;
    }
    ASSERT_TRUE(AppendAct(EncodeAct(act)).ok());
    FoldAct(act, governance);
  }
  const TimePoint cutoff = options_.cutoff;
  int held_count = 0, retained_count = 0;
  for (const auto& [leaf_index, fields] : fields_) {
    const EntryProtection protection = ProtectionOf(fields, governance);
    const auto sql = database_.Run(
        Role::kDispose, absl::StrCat("SELECT affidavit.is_held(e), affidavit.is_retained(e, '", FormatRfc3339(cutoff),
                                     "') FROM affidavit.entries e WHERE leaf_index = ", leaf_index));
    ASSERT_TRUE(sql.ok()) << sql.status();
    EXPECT_EQ((*sql)[0][0] == "t", protection.legal_hold) << "entry " << leaf_index << ", seed " << seed;
    EXPECT_EQ((*sql)[0][1] == "t", protection.retain_until > cutoff) << "entry " << leaf_index << ", seed " << seed;
    held_count += protection.legal_hold ? 1 : 0;
    retained_count += protection.retain_until > cutoff ? 1 : 0;
  }
  EXPECT_GT(held_count, 0);
  EXPECT_GT(retained_count, 0);
}

}  // namespace
}  // namespace affidavit::cli
