// A database with a partition of payloads that are past their retention, and what a disposal needs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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

namespace affidavit::testing {

inline constexpr char kOld[] = "payloads_2015_03";
inline constexpr std::chrono::sys_days kOldDay{std::chrono::year{2015} / 3 / 14};  // promised until 2022

inline LegalHold HoldOnMessage(const std::string& message_id) {
  return {.hold_id = absl::StrCat("H-", message_id),
          .case_reference = "4711",
          .actor = "ada",
          .predicate = {.message_id = message_id}};
}

class DispositionFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    database_.Exec(absl::StrCat("SELECT affidavit.make_partition('affidavit.payloads', '", kOld,
                                "', '2015-03-01 00:00+00', '2015-04-01 00:00+00')"));
    auto connection = db::Connection::Open({.url = database_.url(Role::kDispose)});
    ASSERT_TRUE(connection.ok()) << connection.status();
    connection_ = *std::move(connection);
    options_ = {.cutoff = SystemClock().WallNow(), .actor = "ada", .reason = "", .pause = std::chrono::milliseconds(0)};
    means_ = {.finisher = connection_.get(),
              .database = connection_.get(),
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

  absl::StatusOr<cli::DisposalResult> Dispose() { return cli::DisposeOfPartition(kOld, options_, means_); }

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
  cli::DisposalOptions options_;
  cli::DisposalMeans means_;
};

}  // namespace affidavit::testing
