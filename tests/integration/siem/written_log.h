// A log with receipts, as the mirror leaves them.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "db/postgres_append_store.h"
#include "gtest/gtest.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {

class WrittenLog {
 public:
  const TestDatabase& database() const { return database_; }

  // Appends entries "event-<leaf_index>".
  void Append(int count) {
    EntryBatch batch(entry_count_ + 1);
    for (int i = 0; i < count; ++i) {
      batch.Add({.event_id = absl::StrCat("event-", entry_count_ + i)});
    }
    const absl::StatusOr<int64_t> first = testing::Append(*store_, batch);
    ASSERT_TRUE(first.ok()) << first.status();
    entry_count_ += count;
  }

  // A receipt for each entry of [begin, end), in that order.
  void WriteReceipts(int64_t begin, int64_t end) {
    database_.Exec(absl::StrCat(
        "INSERT INTO affidavit.mirror_receipts (leaf_index, receipt_id, outcome, store, object_key, version_id, "
        "checksum, "
        "retain_until, legal_hold, store_time, worker_id) SELECT leaf_index, ",
        receipt_count_ - begin,
        " + leaf_index, 'copied', 's3://audit/', 'audit/' || leaf_index || '.json', 'v' || leaf_index, payload_sha256, "
        "retain_until, false, clock_timestamp(), 'worker-1' FROM affidavit.entries WHERE leaf_index >= ",
        begin, " AND leaf_index < ", end));
    receipt_count_ += end - begin;
  }

 private:
  TestDatabase database_;
  const std::unique_ptr<db::AppendStore> store_ = db::MakePostgresAppendStore([this] {
    db::ConnectionOptions options;
    options.url = database_.url(Role::kLedger);
    return options;
  }());
  int64_t entry_count_ = 0, receipt_count_ = 0;
};

}  // namespace affidavit::testing
