// A database whose projections a test folds by hand, as the worker does.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "db/connection.h"
#include "db/facts_store.h"
#include "gtest/gtest.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {

inline const TimePoint kNoon = *ParseRfc3339("2026-05-01T12:00:00Z");

// The fact of an envelope "event-<leaf_index>" of message "m" that was integrated leaf_index seconds after noon.
inline db::MessageFactRow FactAt(int64_t leaf_index, std::string event_type, MessageStatus status) {
  db::MessageFactRow row;
  row.source = "genesys";
  row.message_id = "m";
  row.kind = "envelope";
  row.event_type = std::move(event_type);
  row.channel = "SMS";
  row.event_id = absl::StrCat("event-", leaf_index);
  row.fact.leaf_index = leaf_index;
  row.fact.status = status;
  row.fact.receive_time = kNoon + std::chrono::seconds(leaf_index);
  row.integrate_time = row.fact.receive_time;
  return row;
}
inline db::MessageFactRow SendAt(int64_t leaf_index) {
  return FactAt(leaf_index, "message:send", MessageStatus::kPending);
}
inline db::MessageFactRow DeliveryAt(int64_t leaf_index) {
  return FactAt(leaf_index, "message:delivery", MessageStatus::kDelivered);
}
inline db::MessageFactRow TimeoutAt(int64_t leaf_index) {
  db::MessageFactRow row = FactAt(leaf_index, "message:status:timeout", MessageStatus::kTimedOut);
  row.kind = "status";
  return row;
}

class FactsTest : public ::testing::Test {
 protected:
  absl::Status TryAs(Role role, const std::function<void(db::Transaction&)>& body) const {
    const auto connection = db::Connection::Open({.url = database_.url(role)});
    EXPECT_TRUE(connection.ok()) << connection.status();
    return (*connection)->Transact([&body](db::Transaction& transaction) {
      body(transaction);
      return absl::OkStatus();
    });
  }
  absl::Status Try(const std::function<void(db::Transaction&)>& body) const {
    return worker_->Transact([&body](db::Transaction& transaction) {
      body(transaction);
      return absl::OkStatus();
    });
  }
  void Do(const std::function<void(db::Transaction&)>& body) const {
    const absl::Status status = Try(body);
    ASSERT_TRUE(status.ok()) << status;
  }

  void Fold(const db::FactsStep& step) const {
    Do([&step](db::Transaction& transaction) {
      ASSERT_EQ(db::LockFactsCursor(transaction), step.begin);
      db::WriteFacts(transaction, step);
    });
  }
  // The next step, with these facts alone.
  void Fold(std::vector<db::MessageFactRow> facts, int64_t end) {
    Fold({.begin = folded_, .end = end, .facts = std::move(facts)});
    folded_ = end;
  }

  // One column of the row of message "m", "NULL" for NULL, "" without a row.
  std::string Message(const std::string& column) const {
    return database_.Exec(absl::StrCat("SELECT coalesce((", column,
                                       ")::text, 'NULL') FROM affidavit_state.messages WHERE message_id = 'm'"));
  }
  int64_t Count(const std::string& table) const {
    return std::stoll(database_.Exec("SELECT count(*) FROM affidavit_state." + table));
  }
  int64_t FactCount(const std::string& name) const {
    return std::stoll(database_.Exec(absl::StrCat(
        "SELECT coalesce(sum(fact_count), -1) FROM affidavit_state.fact_counts WHERE name = '", name, "'")));
  }

  TestDatabase database_;
  const std::unique_ptr<db::Connection> worker_ = *db::Connection::Open({.url = database_.url(Role::kWorker)});
  int64_t folded_ = 0;
};

}  // namespace affidavit::testing
