#include "tests/integration/fsck_log.h"

#include "core/checkpoint/checkpoint.h"
#include "db/log_store.h"
#include "db/postgres_append_store.h"
#include "tests/support/new_entries.h"

namespace affidavit::cli {

std::unique_ptr<db::AppendStore> FsckLog::MakeStore() const {
  return db::MakePostgresAppendStore({.url = Url()});
}

void FsckLog::Append(int count) {
  testing::EntryBatch batch(store_->ReservePayloadIds()->first);
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(appended_count_++);
    testing::EntrySpec spec{.event_id = "event-" + number,
                            .payload = "{\"n\": " + number + "}",
                            .message_id = "message-" + std::to_string((appended_count_ - 1) % 100)};
    switch (appended_count_ % 10) {
      case 3:
        spec.kind = EntryKind::kConflict;
        break;
      case 5:
        spec.kind = EntryKind::kExcluded;
        break;
      case 7:
        spec.kind = EntryKind::kQuarantined;
        spec.payload = "not JSON " + number;
        spec.payload_error = "22P02";
        break;
      case 8:
        spec.payload = "{\"n\": \"\\u0000\"}";
        spec.payload_error = "22P05";
        break;
      case 9:
        spec.kind = EntryKind::kGovernance;
        break;
      default:
        break;
    }
    batch.Add(spec);
  }
  const auto first = testing::Append(*store_, batch);
  ASSERT_TRUE(first.ok()) << first.status();
}

std::string FsckLog::Publish(const std::string& origin) {
  std::string text;
  const absl::Status status = connection_->Transact([&](db::Transaction& transaction) {
    const auto size = std::stoull(database_.Exec("SELECT count(*) FROM affidavit.entries"));
    const Digest root = *db::ReadRoot(transaction, size);
    const Signer* const signer = signer_.get();
    text = FormatNote(*SignNote(FormatCheckpoint({origin, size, root, {}}), std::span(&signer, 1)));
    db::OpenOrigin(transaction, origin, "");
    db::InsertCheckpoint(transaction, {origin, static_cast<int64_t>(size), root, text, {}});
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return text;
}

void FsckLog::FillLog() {
  for (int i = 0; i < 3; ++i) {
    Append(200);
    folder_.Write("kept", Publish());
  }
}

void FsckLog::Tamper(const std::string& table, const std::string& statement) const {
  database_.Exec("ALTER TABLE affidavit." + table + " DISABLE TRIGGER append_only; " + statement +
                 "; ALTER TABLE affidavit." + table + " ENABLE ALWAYS TRIGGER append_only");
}

RunResult FsckLog::RunVerb(const std::vector<std::string>& arguments, testing::Role role) const {
  return RunCli(arguments, {{"AFFIDAVIT_DATABASE_URL", database_.url(role)}});
}

RunResult FsckLog::Fsck(std::vector<std::string> more, testing::Role role) const {
  more.insert(more.begin(), {"fsck", "--key", keys_.vkey});
  return RunVerb(more, role);
}

void FsckLog::ExpectFound(const std::string& sentence, const std::vector<std::string>& more) const {
  const RunResult result = Fsck(more);
  EXPECT_EQ(result.code, ExitCode::kFinding) << sentence << ": " << result.out << result.err;
  EXPECT_THAT(result.out, ::testing::HasSubstr(sentence));
}

}  // namespace affidavit::cli
