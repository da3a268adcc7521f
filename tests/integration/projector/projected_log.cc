#include "tests/integration/projector/projected_log.h"

#include <algorithm>

#include "core/envelope/adapter_retirement.h"
#include "core/schema/registration.h"
#include "db/postgres_append_store.h"

namespace affidavit::projector {
namespace {

using testing::EntrySpec;
using testing::Role;

constexpr const char* kTables[] = {"message_facts",   "messages",      "entry_subjects",      "entry_blocks", "schemas",
                                   "schema_versions", "schema_shapes", "adapter_retirements", "fact_counts"};

EntrySpec GovernanceSpec(const GovernanceRecord& record) {
  return {.kind = EntryKind::kGovernance,
          .source = "affidavit",
          .event_id = record.idempotency_key,
          .payload = record.payload,
          .channel = "",
          .event_type = record.event_type};
}

EntrySpec EventSpec(int number) {
  static constexpr const char* kTypes[] = {"message:send", "message:delivery", "message:read", "message:status"};
  const std::string id = "event-" + std::to_string(number);
  const std::string message = "m-" + std::to_string(number / 4);
  std::string body = R"({"id":")" + id + R"(","to":"+1555)" + std::to_string(number % 50) + R"(","carrier":"acme")";
  if (number % 8 == 2) {
    body += R"(,"consent":true)";
  }
  if (number % 10 == 3) {
    body += R"(,"n":"text")";
  } else {
    body += R"(,"n":1)";
  }
  body += number % 97 == 5 ? R"(,"odd":"\u0000"})" : "}";
  return {.event_id = id,
          .payload = body,
          .message_id = message,
          .payload_error = number % 97 == 5 ? "22P05" : "",
          .event_type = kTypes[number % 4],
          .schema_version = number % 500 < 400 ? "1" : "2"};
}

}  // namespace

FoldOptions ProjectedDetails() {
  DetailPointers genesys;
  genesys.recipient = {*ParseJsonPointer("/to")};
  genesys.carrier = *ParseJsonPointer("/carrier");
  genesys.consent = *ParseJsonPointer("/consent");
  genesys.consent_values = {"true"};
  FoldOptions options;
  options.details.emplace("genesys", std::move(genesys));
  options.subject_key = "0123456789abcdef";
  return options;
}

absl::StatusOr<Projector::Outcome> FoldingProcess::Step() {
  const absl::StatusOr<bool> is_ours = lock.Acquire();
  if (!is_ours.ok() || !*is_ours) {
    return is_ours.ok() ? absl::UnavailableError("another has the lock") : is_ours.status();
  }
  return projector.Step();
}

int64_t FoldingProcess::FoldAll() {
  int64_t count = 0;
  while (true) {
    const absl::StatusOr<Projector::Outcome> outcome = Step();
    if (!outcome.ok()) {
      ADD_FAILURE() << outcome.status();
      return count;
    }
    count += outcome->folded_count;
    if (!outcome->has_more) {
      return count;
    }
  }
}

ProjectedLog::ProjectedLog() : store_(db::MakePostgresAppendStore({.url = database_.url(Role::kLedger)})) {}

int64_t ProjectedLog::Append(const std::vector<EntrySpec>& specs) {
  constexpr size_t kBatchMax = 500;
  int64_t first = -1;
  for (size_t begin = 0; begin < specs.size(); begin += kBatchMax) {
    testing::EntryBatch batch(store_->ReservePayloadIds()->first);
    for (size_t i = begin; i < std::min(specs.size(), begin + kBatchMax); ++i) {
      batch.Add(specs[i]);
    }
    const absl::StatusOr<int64_t> appended = testing::Append(*store_, batch);
    EXPECT_TRUE(appended.ok()) << appended.status();
    first = first < 0 ? appended.value_or(-1) : first;
  }
  return first;
}

void ProjectedLog::AppendEverySort(int count) {
  std::vector<EntrySpec> specs;
  for (int i = 0; i < count; ++i) {
    const int number = appended_count_++;
    specs.push_back(EventSpec(number));
    if (number % 50 == 7) {
      EntrySpec conflict = EventSpec(number);
      conflict.kind = EntryKind::kConflict;
      conflict.payload += " ";
      specs.push_back(std::move(conflict));
    }
    if (i == count / 2 && !is_registered_) {
      is_registered_ = true;
      specs.push_back(GovernanceSpec(EncodeRegistration({.source = "genesys",
                                                         .event_type = "message:status",
                                                         .schema_version = "1",
                                                         .schema = R"({"properties":{"n":{"type":"number"}}})",
                                                         .actor = "dev"})));
      specs.push_back(GovernanceSpec(EncodeRetirement({.adapter_id = "adapter-9", .actor = "dev"}, TimePoint{})));
    }
  }
  Append(specs);
}

void ProjectedLog::Tamper(const std::string& table, const std::string& statement) const {
  database_.Exec("ALTER TABLE affidavit." + table + " DISABLE TRIGGER append_only; " + statement +
                 "; ALTER TABLE affidavit." + table + " ENABLE ALWAYS TRIGGER append_only");
}

void ProjectedLog::Reset() {
  const absl::Status status = pool_.Transact([](db::Transaction& transaction) {
    db::ResetFacts(transaction);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

db::FactsProgress ProjectedLog::Progress() {
  db::FactsProgress progress;
  const absl::Status status = pool_.Transact([&](db::Transaction& transaction) {
    progress = db::ReadFactsProgress(transaction);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return progress;
}

std::string ProjectedLog::Dump() const {
  std::string dump = "cursor " + Ask("SELECT next_leaf_index FROM affidavit_state.cursors WHERE name = 'facts'") + "\n";
  for (const char* table : kTables) {
    dump +=
        std::string(table) + "\n" +
        Ask(std::string("SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM affidavit_state.") + table + " t") +
        "\n";
  }
  return dump;
}

}  // namespace affidavit::projector
