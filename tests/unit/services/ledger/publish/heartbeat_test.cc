#include "services/ledger/publish/heartbeat.h"

#include "gtest/gtest.h"

namespace affidavit::ledger {
namespace {

TimePoint At(const char* text) {
  return *ParseRfc3339(text);
}

TEST(MakeHeartbeat, SaysWhatWasHeardOfWhom) {
  const db::Counts counts{.tree_size = 12,
                          .counts = {{"affidavit", EntryKind::kHeartbeat, 2, At("2026-11-24T10:00:00Z")},
                                     {"genesys", EntryKind::kEnvelope, 7, At("2026-11-24T10:59:58Z")},
                                     {"genesys", EntryKind::kQuarantined, 1, At("2026-11-24T10:59:59Z")},
                                     {"other", EntryKind::kExcluded, 2, At("2026-11-23T00:00:00Z")}}};
  const HeartbeatRecord record = MakeHeartbeat(
      At("2026-11-24T11:00:00Z"), At("2026-11-24T11:00:00.25Z"), counts,
      {{.adapter_id = "a-1", .last_seen_time = At("2026-11-24T10:59:57Z"), .oldest_spooled_receive_time = {}}}, {});
  EXPECT_EQ(record.idempotency_key, "2026-11-24T11:00:00.000000Z");
  EXPECT_EQ(record.payload, R"({"time":"2026-11-24T11:00:00.250000Z","tree_size":12,"sources":[)"
                            R"({"source":"genesys","entry_count":8,"last_receive_time":"2026-11-24T10:59:59.000000Z"},)"
                            R"({"source":"other","entry_count":2,"last_receive_time":"2026-11-23T00:00:00.000000Z"}],)"
                            R"("adapters":[{"adapter_id":"a-1","last_seen_time":"2026-11-24T10:59:57.000000Z"}]})");
}

TEST(MakeHeartbeat, NothingHeardIsAHeartbeatToo) {
  const HeartbeatRecord record = MakeHeartbeat(At("2026-11-24T11:00:00Z"), At("2026-11-24T11:00:00Z"), {}, {}, {});
  EXPECT_EQ(record.payload, R"({"time":"2026-11-24T11:00:00.000000Z","tree_size":0,"sources":[],"adapters":[]})");
}

TEST(MakeHeartbeat, SaysWhetherTheMachinesClockIsKept) {
  for (const bool is_synchronized : {true, false}) {
    const HeartbeatRecord record = MakeHeartbeat(
        At("2026-11-24T11:00:00Z"), At("2026-11-24T11:00:00Z"), {}, {},
        ClockState{.is_synchronized = is_synchronized, .estimated_error_us = 12, .maximum_error_us = 345678});
    EXPECT_EQ(record.payload,
              std::string(R"({"time":"2026-11-24T11:00:00.000000Z","tree_size":0,"sources":[],"adapters":[],)") +
                  R"("clock":{"synchronized":)" + (is_synchronized ? "true" : "false") +
                  R"(,"estimated_error_us":12,"maximum_error_us":345678}})");
  }
}

}  // namespace
}  // namespace affidavit::ledger
