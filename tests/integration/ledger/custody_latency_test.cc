// How long GetCustodyChain takes, printed: no time is asserted, machines differ. AFFIDAVIT_CUSTODY_ENTRIES=200000 says
// how many entries there are; without it few, so that the measurement itself stays tried.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>

#include "db/postgres_append_store.h"
#include "tests/integration/ledger/custody_fixture.h"
#include "tests/support/new_entries.h"

namespace affidavit::ledger {
namespace {

constexpr int kMessageEntries = 3;
constexpr int kRecipientCount = 1'000;
constexpr int kBatchEntries = 600;
constexpr uint64_t kSeed = 20'261'124;

int EntryCount() {
  const char* const wanted = std::getenv("AFFIDAVIT_CUSTODY_ENTRIES");
  return wanted == nullptr ? 3'000 : std::atoi(wanted);
}

class CustodyLatencyTest : public CustodyFixture {
 protected:
  void AppendMessages(int entry_count) {
    const auto store = db::MakePostgresAppendStore({.url = database_.url(testing::Role::kLedger)});
    static constexpr const char* kTypes[kMessageEntries] = {"send", "delivery", "status"};
    for (int done = 0; done < entry_count;) {
      testing::EntryBatch batch(done + 1);
      for (const int end = std::min(entry_count, done + kBatchEntries); done < end; ++done) {
        const std::string message = std::to_string(done / kMessageEntries);
        const std::string type = kTypes[done % kMessageEntries];
        const std::string id = type + "-" + message;
        const std::string to = std::to_string(done / kMessageEntries % kRecipientCount) + "@example.com";
        batch.Add({.event_id = id,
                   .payload = Event(id, type, "m-" + message, "", To(to)),
                   .message_id = "m-" + message,
                   .correlation_id = "c-" + message,
                   .event_type = "message:" + type});
      }
      ASSERT_TRUE(testing::Append(*store, batch).ok());
    }
  }

  // Of `count` calls, one after another, as the caller sees them: what the server takes is less.
  void Measure(const char* name, int count, const std::function<v1::GetCustodyChainRequest()>& next) {
    std::vector<double> milliseconds;
    for (int i = 0; i < count; ++i) {
      const v1::GetCustodyChainRequest request = next();
      const auto begin = std::chrono::steady_clock::now();
      v1::GetCustodyChainResponse response;
      ASSERT_TRUE(TryAsk(request, &response).ok());
      ASSERT_GE(response.chains_size(), 1);
      milliseconds.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf("%-14s p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", name, milliseconds[milliseconds.size() / 2],
                milliseconds[milliseconds.size() * 99 / 100], milliseconds.back());
  }
};

TEST_F(CustodyLatencyTest, IsPrinted) {
  const int entry_count = EntryCount();
  AppendMessages(entry_count);
  Fold();
  database_.Exec("ANALYZE");
  const int call_count = entry_count < 100'000 ? 50 : 1'000;
  std::mt19937_64 random(kSeed);
  const auto any = [&] { return std::to_string(random() % static_cast<uint64_t>(entry_count / kMessageEntries)); };
  std::printf("%d entries\n", entry_count);
  Measure("message_id", call_count, [&] { return ByMessage("m-" + any()); });
  Measure("event_id", call_count, [&] { return ByEvent("send-" + any()); });
  Measure("correlation_id", call_count, [&] { return ByCorrelation("c-" + any()); });
  Measure("recipient", call_count / 10,
          [&] { return ByRecipient(std::to_string(random() % kRecipientCount) + "@example.com"); });
}

}  // namespace
}  // namespace affidavit::ledger
