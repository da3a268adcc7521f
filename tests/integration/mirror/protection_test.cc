// Holds and longer locks on objects in a store, on Postgres: what was copied before an act, what comes after it, and
// what was under way.
#include <map>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/retention/retention.h"
#include "db/connection_pool.h"
#include "db/governance_store.h"
#include "db/mirror_store.h"
#include "db/postgres_append_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/mirror/governed_protection.h"
#include "services/mirror/protection_job.h"
#include "services/mirror/protector.h"
#include "tests/support/memory_object_store.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"

namespace affidavit::mirror {
namespace {

using affidavit::testing::EntryBatch;
using affidavit::testing::EntrySpec;
using affidavit::testing::MemoryObjectStore;
using affidavit::testing::Role;
using affidavit::testing::StoreFault;
using affidavit::testing::StoreStep;
using affidavit::testing::TestDatabase;

LegalHold HoldOn(const std::string& hold_id, const std::string& message_id) {
  return {.hold_id = hold_id, .case_reference = "case", .actor = "ada", .predicate = {.message_id = message_id}};
}

SetRetention KeepFor(int years, const std::string& channel = "") {
  return {.policy = {.channel = channel, .regime = "house-rule", .years = years}, .actor = "ada"};
}

ReleaseHold ReleaseOf(const std::string& hold_id) {
  return {.hold_id = hold_id, .actor = "ada"};
}

class ProtectionTest : public ::testing::Test {
 protected:
  ProtectionTest() : pool_({.url = database_.url(Role::kWorker)}, 2) {
    options_.retry_interval = std::chrono::seconds(0);
    protector_ = std::make_unique<Protector>(&options_, &lock_, &store_, [] { return absl::OkStatus(); });
  }

  int64_t AppendOne(const EntrySpec& spec) {
    EntryBatch batch(++payload_count_);
    batch.Add(spec);
    const absl::StatusOr<int64_t> leaf_index = affidavit::testing::Append(*append_, batch);
    EXPECT_TRUE(leaf_index.ok()) << leaf_index.status();
    fields_[*leaf_index] = batch[0].fields;
    return *leaf_index;
  }

  int64_t Act(const GovernanceAct& act) {
    const GovernanceRecord record = EncodeAct(act);
    return AppendOne({.kind = EntryKind::kGovernance,
                      .source = "affidavit",
                      .event_id = record.idempotency_key,
                      .payload = record.payload,
                      .channel = "",
                      .event_type = record.event_type});
  }

  int64_t Event(const std::string& message_id, const std::string& channel = "SMS") {
    return AppendOne({.event_id = absl::StrCat("e-", payload_count_), .message_id = message_id, .channel = channel});
  }

  static std::string KeyOf(int64_t leaf_index) { return absl::StrCat("audit/", leaf_index, ".json"); }

  Protection WhatToPut(int64_t leaf_index) {
    const EntryToProtect entry{leaf_index, &fields_.at(leaf_index), ""};
    const auto protections = governed_.Protect({&entry, 1});
    EXPECT_TRUE(protections.ok()) << protections.status();
    return protections->front();
  }

  // As the mirror does it, in the two parts between which anything may happen.
  db::MirrorReceipt Put(int64_t leaf_index, const Protection& protection) {
    const std::string body = absl::StrCat("body ", leaf_index);
    const auto put = store_.Put({.key = KeyOf(leaf_index),
                                 .body = body,
                                 .sha256 = Sha256(body),
                                 .retain_until = protection.retain_until,
                                 .legal_hold = protection.legal_hold});
    EXPECT_TRUE(put.ok()) << put.status();
    return {.leaf_index = leaf_index,
            .store = store_.Name(),
            .object_key = KeyOf(leaf_index),
            .version_id = put->version_id,
            .checksum = Sha256(body),
            .retain_until = protection.retain_until,
            .store_time = put->store_time,
            .legal_hold = protection.legal_hold,
            .worker_id = "w"};
  }
  void WriteReceipt(const db::MirrorReceipt& receipt) {
    InTransaction([&](db::Transaction& t) { return db::InsertMirrorReceipts(t, {&receipt, 1}); });
  }
  void Copy(int64_t leaf_index) { WriteReceipt(Put(leaf_index, WhatToPut(leaf_index))); }

  void InTransaction(const std::function<absl::Status(db::Transaction&)>& body) {
    const absl::Status status = pool_.Transact(body);
    EXPECT_TRUE(status.ok()) << status;
  }

  // Steps until there is nothing more to do.
  absl::Status Work() {
    EXPECT_TRUE(lock_.Acquire().value());
    for (int i = 0; i < 200; ++i) {
      const absl::StatusOr<bool> more = protector_->Step();
      if (!more.ok() || !*more) {
        return more.status();
      }
    }
    return absl::InternalError("there is always more");
  }
  void MustWork() {
    const absl::Status status = Work();
    EXPECT_TRUE(status.ok()) << status;
  }

  objectstore::ObjectInfo InfoOf(int64_t leaf_index) { return store_.Versions(KeyOf(leaf_index)).back().info; }
  bool IsHeld(int64_t leaf_index) { return InfoOf(leaf_index).legal_hold; }
  bool IsKeptFor(int64_t leaf_index, int years) {
    return *InfoOf(leaf_index).retain_until >= AddYears(fields_.at(leaf_index).receive_time, years);
  }

  Governance ReadGovernance() {
    Governance governance;
    InTransaction([&](db::Transaction& t) {
      governance = db::ReadGovernance(t);
      return absl::OkStatus();
    });
    return governance;
  }

  TestDatabase database_;
  MemoryObjectStore store_;
  ProtectionJobOptions options_;
  std::unique_ptr<db::AppendStore> append_ =
      db::MakePostgresAppendStore({.url = database_.url(Role::kLedger)}, std::make_shared<db::LogEdge>());
  db::ConnectionPool pool_;
  db::SessionLock lock_{{.url = database_.url(Role::kWorker)}, "affidavit.protection"};
  GovernedProtection governed_{&pool_};
  std::unique_ptr<Protector> protector_;
  std::map<int64_t, LeafFields> fields_;
  int64_t payload_count_ = 0;
};

TEST_F(ProtectionTest, AHoldBindsWhatWasCopiedBeforeAndWhatComesLater) {
  const int64_t before = Event("m-1"), other = Event("m-2");
  Copy(before);
  Copy(other);
  MustWork();
  const int64_t act = Act(HoldOn("h-1", "m-1"));
  const int64_t after = Event("m-1");
  Copy(after);
  EXPECT_TRUE(IsHeld(after)) << "as it arrives";
  EXPECT_FALSE(IsHeld(before));
  MustWork();
  EXPECT_TRUE(IsHeld(before));
  EXPECT_FALSE(IsHeld(other));
  InTransaction([&](db::Transaction& t) {
    const auto hold = db::FindHold(t, "h-1");
    EXPECT_EQ(hold->leaf_index, act);
    EXPECT_EQ(hold->progress->checked_count, 2);
    EXPECT_EQ(hold->progress->total_count, 2);
    EXPECT_EQ(hold->progress->changed_count, 1);
    EXPECT_TRUE(hold->progress->end_time.has_value());
    return absl::OkStatus();
  });
  EXPECT_EQ(database_.Exec("SELECT leaf_index || ' ' || legal_hold || ' ' || worker_id "
                           "FROM affidavit.protection_receipts"),
            absl::StrCat(before, " true worker-1"));
}

TEST_F(ProtectionTest, AHoldIsLiftedOnlyWithTheLastThatBinds) {
  const int64_t event = Event("m-1");
  Copy(event);
  Act(HoldOn("h-1", "m-1"));
  Act(LegalHold{.hold_id = "h-2",
                .case_reference = "case",
                .actor = "ada",
                .predicate = {.start_time = fields_.at(event).receive_time}});
  MustWork();
  EXPECT_TRUE(IsHeld(event));
  Act(ReleaseOf("h-1"));
  MustWork();
  EXPECT_TRUE(IsHeld(event)) << "h-2 still binds it";
  Act(ReleaseOf("h-2"));
  MustWork();
  EXPECT_FALSE(IsHeld(event));
  EXPECT_GE(*InfoOf(event).retain_until, fields_.at(event).retain_until) << "its lock is another matter";
}

TEST_F(ProtectionTest, ALongerPolicyLengthensLocksAndAShorterOneDoesNothing) {
  const int64_t sms = Event("m-1"), email = Event("m-2", "EMAIL");
  Copy(sms);
  Copy(email);
  Act(KeepFor(3));
  MustWork();
  EXPECT_EQ(store_.CallCount(StoreStep::kExtend), 0);
  Act(KeepFor(8, "SMS"));
  Act(KeepFor(9, "SMS"));
  MustWork();
  EXPECT_TRUE(IsKeptFor(sms, 9));
  EXPECT_FALSE(IsKeptFor(email, 8));
  EXPECT_EQ(store_.CallCount(StoreStep::kExtend), 1) << "at once to where it belongs";
  const int64_t later = Event("m-3");
  Copy(later);
  EXPECT_TRUE(IsKeptFor(later, 9)) << "though its leaf promises less";
  InTransaction([&](db::Transaction& t) {
    EXPECT_GE(*db::ReadMirroredRetention(t), AddYears(fields_.at(sms).receive_time, 9)) << "the log's files follow";
    return absl::OkStatus();
  });
}

TEST_F(ProtectionTest, ACopyThatWasUnderWayWhenTheHoldCameIsHeldToo) {
  const int64_t event = Event("m-1");
  const db::MirrorReceipt under_way = Put(event, WhatToPut(event));
  Act(HoldOn("h-1", "m-1"));
  MustWork();
  EXPECT_FALSE(IsHeld(event)) << "nobody knows of it yet";
  WriteReceipt(under_way);
  MustWork();
  EXPECT_TRUE(IsHeld(event));
}

TEST_F(ProtectionTest, AStoreOutOfReachIsWaitedForAndWhatWasDoneIsNotLost) {
  std::vector<int64_t> events;
  for (int i = 0; i < 20; ++i) {
    events.push_back(Event("m-1"));
    Copy(events.back());
  }
  Act(HoldOn("h-1", "m-1"));
  store_.Arm({.step = StoreStep::kHold, .times = 5});
  EXPECT_TRUE(absl::IsUnavailable(Work()));
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.protection_receipts"), "15");
  store_.Arm({.step = StoreStep::kHold, .is_done = true, .times = 2});  // done, and reported failed
  EXPECT_TRUE(absl::IsUnavailable(Work()));
  MustWork();
  for (const int64_t event : events) {
    EXPECT_TRUE(IsHeld(event));
  }
  EXPECT_EQ(database_.Exec("SELECT count(*), count(DISTINCT leaf_index) FROM affidavit.protection_receipts"), "20");
}

TEST_F(ProtectionTest, AnObjectThatIsGoneIsPassedToldAndTriedAgain) {
  const int64_t gone = Event("m-1"), there = Event("m-1");
  Copy(gone);
  Copy(there);
  Act(HoldOn("h-1", "m-1"));
  store_.Arm({.step = StoreStep::kHold, .code = absl::StatusCode::kNotFound, .key_part = KeyOf(gone)});
  MustWork();
  EXPECT_TRUE(IsHeld(there));
  EXPECT_TRUE(IsHeld(gone)) << "tried again at the end";
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit_state.protection_findings"), "0");
  store_.Arm({.step = StoreStep::kHold, .code = absl::StatusCode::kNotFound, .times = 1'000, .key_part = KeyOf(gone)});
  Act(ReleaseOf("h-1"));
  MustWork();
  EXPECT_FALSE(IsHeld(there));
  EXPECT_EQ(database_.Exec("SELECT receipt_id FROM affidavit_state.protection_findings"), "0");
}

TEST_F(ProtectionTest, AnActThatCannotBeReadHoldsUpNothing) {
  AppendOne({.kind = EntryKind::kGovernance,
             .source = "affidavit",
             .event_id = "odd",
             .payload = "{}",
             .event_type = "hold:create"});
  Act(HoldOn("h-1", "m-1"));
  const int64_t event = Event("m-1");
  Copy(event);
  EXPECT_TRUE(IsHeld(event));
}

// Acts, copies, late receipts and failures of the store in any order: in the end each object is what governance says of
// it, and no lock was ever shortened.
TEST_F(ProtectionTest, WhateverHappensEachObjectEndsAsGovernanceSays) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::vector<int64_t> copied;
  std::vector<db::MirrorReceipt> late;
  int hold_count = 0;
  for (int step = 0; step < 120; ++step) {
    switch (random() % 8) {
      case 0:
        Act(HoldOn(absl::StrCat("h-", hold_count++), absl::StrCat("m-", random() % 5)));
        break;
      case 1:
        if (hold_count > 0) {
          const std::string hold_id = absl::StrCat("h-", random() % static_cast<unsigned>(hold_count));
          if (ReadGovernance().holds.Find(hold_id) != nullptr) {
            Act(ReleaseOf(hold_id));
            Work().IgnoreError();  // folds, so that it is not released twice
          }
        }
        break;
      case 2:
        store_.Arm({.step = random() % 2 == 0 ? StoreStep::kHold : StoreStep::kExtend,
                    .is_done = random() % 2 == 0,
                    .times = 1 + static_cast<int>(random() % 3)});
        Work().IgnoreError();
        store_.Disarm();
        break;
      case 3:
        // Each once: an act that is in the log is not appended again.
        Act(KeepFor(1 + step % 100, step < 100 ? "SMS" : ""));
        break;
      default: {
        const int64_t event = Event(absl::StrCat("m-", random() % 5), random() % 2 == 0 ? "SMS" : "EMAIL");
        db::MirrorReceipt receipt = Put(event, WhatToPut(event));
        copied.push_back(event);
        late.push_back(std::move(receipt));
        if (random() % 2 == 0) {
          for (const db::MirrorReceipt& one : late) {
            WriteReceipt(one);
          }
          late.clear();
        }
      }
    }
  }
  for (const db::MirrorReceipt& one : late) {
    WriteReceipt(one);
  }
  MustWork();
  const Governance governance = ReadGovernance();
  for (const int64_t event : copied) {
    const EntryProtection wanted = ProtectionOf(fields_.at(event), governance);
    EXPECT_EQ(IsHeld(event), wanted.legal_hold) << event;
    EXPECT_GE(*InfoOf(event).retain_until, wanted.retain_until) << event;
    EXPECT_LT(*InfoOf(event).retain_until, wanted.retain_until + std::chrono::seconds(2)) << event;
  }
}

TEST_F(ProtectionTest, RunsByItselfAndLeavesTheWorkToTheOneWithTheLock) {
  const int64_t event = Event("m-1");
  Copy(event);
  Act(HoldOn("h-1", "m-1"));
  options_.poll_interval = std::chrono::milliseconds(5);
  const auto job = ProtectionJob::Start(options_, {.url = database_.url(Role::kWorker)}, &store_);
  const auto second = ProtectionJob::Start(options_, {.url = database_.url(Role::kWorker)}, &store_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!IsHeld(event) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(IsHeld(event));
  EXPECT_TRUE(job->IsReady());
  EXPECT_TRUE(second->IsReady());
  job->Stop();
  job->Stop();
  second->Stop();
  EXPECT_EQ(store_.CallCount(StoreStep::kHold), 1);
}

}  // namespace
}  // namespace affidavit::mirror
