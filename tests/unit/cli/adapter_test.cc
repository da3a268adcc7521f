// adapter list and retire, against a ledger that answers as each test says.
#include <gmock/gmock.h>

#include "boost/json/parse.hpp"
#include "core/envelope/adapter_retirement.h"
#include "tests/unit/cli/fake_ledger.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNow = 1'795'492'054;  // 2026-11-24T03:47:34Z

class AdapterVerbTest : public testing::Test {
 protected:
  AdapterVerbTest() {
    ledger_.status_response.mutable_database_time()->set_seconds(kNow);
    AddAdapter("here", kNow - 2);
    AddAdapter("gone", kNow - 1'000);
    AddAdapter("back", kNow - 10).mutable_oldest_spooled_receive_time()->set_seconds(kNow - 500);
  }

  v1::AdapterStatus& AddAdapter(const std::string& id, int64_t last_seen) {
    v1::AdapterStatus& adapter = *ledger_.status_response.add_adapters();
    adapter.set_adapter_id(id);
    adapter.mutable_last_seen_time()->set_seconds(last_seen);
    return adapter;
  }

  void ServeRetirement(v1::ListEntriesResponse& page, const std::string& id, const std::string& actor, int64_t time) {
    v1::Entry& entry = *page.add_entries();
    entry.set_leaf_index(40 + page.entries_size());
    entry.mutable_receive_time()->set_seconds(time - 20);  // by a clock that is behind the database's
    entry.mutable_integrate_time()->set_seconds(time);
    entry.set_payload(EncodeRetirement({.adapter_id = id, .actor = actor}, TimePoint()).payload);
  }

  RunResult Verb(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--target", ledger_.target()});
    return RunCli(arguments);
  }

  FakeLedger ledger_;
};

TEST_F(AdapterVerbTest, ListShowsWhoIsRetiredAndHasNotCalledSince) {
  v1::ListEntriesResponse& page = ledger_.pages.emplace_back();
  ServeRetirement(page, "gone", "eve", kNow - 900);
  ServeRetirement(page, "gone", "ada", kNow - 800);
  ServeRetirement(page, "back", "ada", kNow - 100);
  page.add_entries()->set_payload("damaged");
  ledger_.pages.push_back(page);
  const RunResult table = Verb({"adapter", "list"});
  EXPECT_EQ(table.code, ExitCode::kGood) << table.err;
  EXPECT_THAT(table.out, HasSubstr("gone        2026-11-24T03:30:54.000000Z"));
  EXPECT_THAT(table.out, HasSubstr("ada"));
  EXPECT_THAT(table.out, ::testing::Not(HasSubstr("eve")));
  ASSERT_EQ(ledger_.list_requests.size(), 1U);
  EXPECT_EQ(ledger_.list_requests[0].filter().event_type(), "adapter:retire");

  std::istringstream lines(Verb({"adapter", "list", "--output", "json"}).out);
  std::string here, gone, back;
  std::getline(lines, here);
  std::getline(lines, gone);
  std::getline(lines, back);
  EXPECT_EQ(boost::json::parse(here),
            boost::json::parse(R"({"adapter_id":"here","last_seen_time":"2026-11-24T03:47:32.000000Z"})"));
  EXPECT_EQ(boost::json::parse(gone).at("retire_time"), "2026-11-24T03:34:14.000000Z");
  EXPECT_EQ(boost::json::parse(gone).at("retire_leaf_index"), 42);
  EXPECT_FALSE(boost::json::parse(back).as_object().contains("retire_time"));
  EXPECT_EQ(boost::json::parse(back).at("oldest_spooled_receive_time"), "2026-11-24T03:39:14.000000Z");
}

TEST_F(AdapterVerbTest, RetireAppendsTheAct) {
  const RunResult result = Verb({"adapter", "retire", "gone", "--actor", "ada", "--yes"});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_THAT(result.out, HasSubstr("retired by entry 77"));
  ASSERT_EQ(ledger_.record_requests.size(), 1U);
  const v1::Record& record = ledger_.record_requests[0].records(0);
  EXPECT_EQ(record.kind(), v1::ENTRY_KIND_GOVERNANCE);
  EXPECT_EQ(record.source(), "affidavit");
  EXPECT_EQ(record.event_type(), "adapter:retire");
  EXPECT_EQ(record.idempotency_key(), "adapter:retire:gone:2026-11-24T03:47:34.000000Z");
  EXPECT_EQ(DecodeRetirement(record.payload()).value(), (RetireAdapter{.adapter_id = "gone", .actor = "ada"}));
}

TEST_F(AdapterVerbTest, RetireRefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Verb({"adapter", "retire", "unheard", "--actor", "ada", "--yes"}).code, ExitCode::kFinding);
  EXPECT_EQ(Verb({"adapter", "retire", "not a name", "--actor", "ada", "--yes"}).code, ExitCode::kUsage);
  EXPECT_EQ(Verb({"adapter", "retire", "gone", "--yes"}).code, ExitCode::kUsage);
  EXPECT_TRUE(ledger_.record_requests.empty());
  ledger_.record_outcome = v1::APPEND_OUTCOME_REFUSED;
  EXPECT_NE(Verb({"adapter", "retire", "gone", "--actor", "ada", "--yes"}).code, ExitCode::kGood);
}

}  // namespace
}  // namespace affidavit::cli
