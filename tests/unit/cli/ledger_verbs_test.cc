// The verbs that call the ledger, against one that answers as each test says.
#include <algorithm>
#include <numeric>

#include "boost/json/parse.hpp"
#include "gtest/gtest.h"
#include "tests/unit/cli/entries.h"
#include "tests/unit/cli/fake_ledger.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

class LedgerVerbsTest : public testing::Test {
 protected:
  RunResult Verb(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--target", ledger_.target()});
    return RunCli(arguments);
  }

  // Pages of quarantined entries with these leaf indexes.
  void ServeQuarantine(const std::vector<std::vector<int64_t>>& pages) {
    for (size_t i = 0; i < pages.size(); ++i) {
      v1::ListEntriesResponse& page = ledger_.pages.emplace_back();
      for (const int64_t leaf_index : pages[i]) {
        v1::Entry* entry = page.add_entries();
        entry->set_leaf_index(leaf_index);
        entry->set_kind(v1::ENTRY_KIND_QUARANTINED);
        entry->add_flags("quarantined_not_json");
      }
      if (i + 1 < pages.size()) {
        page.set_next_page_token("page " + std::to_string(i + 1));
      }
    }
  }

  FakeLedger ledger_;
};

TEST_F(LedgerVerbsTest, StatusShowsTheLastCheckpointAndWhyAppendsAreRefused) {
  v1::LogStatus& log = *ledger_.status_response.mutable_log();
  EXPECT_NE(Verb({"status"}).out.find("no checkpoint yet"), std::string::npos);
  log.set_origin("example.com/log/2");
  log.set_checkpoint_tree_size(1'234);
  log.mutable_checkpoint_time()->set_seconds(1'795'492'054);
  EXPECT_NE(Verb({"status"})
                .out.find("checkpoint over 1,234 entries   signed 2026-11-24T03:47:34.000000Z   example.com/log/2\n"),
            std::string::npos);
  log.set_rolled_back(true);
  log.set_refusing_appends("entries are gone");
  const std::string table = Verb({"status"}).out;
  EXPECT_NE(table.find("REFUSING APPENDS: entries are gone\n  what to do: affidavit recover\n"), std::string::npos);
  const auto json = boost::json::parse(Verb({"status", "--output", "json"}).out).at("log");
  EXPECT_EQ(json.at("rolled_back"), true);
  EXPECT_EQ(json.at("checkpoint_tree_size"), 1'234);
  EXPECT_EQ(json.at("refusing_appends"), "entries are gone");
}

TEST_F(LedgerVerbsTest, StatusShowsTheLastFullPassOfFsck) {
  EXPECT_EQ(Verb({"status"}).out.find("fsck"), std::string::npos);
  v1::FsckPass& pass = *ledger_.status_response.mutable_last_fsck();
  pass.mutable_end_time()->set_seconds(1'795'492'054);
  pass.set_tree_size(1'234);
  pass.set_finding_count(2);
  EXPECT_NE(
      Verb({"status"}).out.find("last fsck over 1,234 entries   ended 2026-11-24T03:47:34.000000Z   findings 2\n"),
      std::string::npos);
  const auto json = boost::json::parse(Verb({"status", "--output", "json"}).out).at("last_fsck");
  EXPECT_EQ(json.at("tree_size"), 1'234);
  EXPECT_EQ(json.at("finding_count"), 2);
}

TEST_F(LedgerVerbsTest, StatusShowsHowFarTheProjectionsAreAndWhatTheyCount) {
  EXPECT_EQ(Verb({"status"}).out.find("projected"), std::string::npos);
  v1::FactsStatus& facts = *ledger_.status_response.mutable_facts();
  facts.set_next_leaf_index(1'234);
  v1::MessageCount& delivered = *facts.add_messages();
  delivered.set_status(v1::MESSAGE_STATUS_DELIVERED);
  delivered.set_message_count(1'000);
  v1::MessageCount& silent = *facts.add_messages();
  silent.set_status(v1::MESSAGE_STATUS_TIMED_OUT);
  silent.set_message_count(7);
  facts.set_unheld_count(1);
  facts.set_without_message_count(2);
  facts.set_unknown_status_count(3);
  facts.set_without_event_time_count(4);
  facts.set_unconsented_read_count(5);
  facts.set_drifted_count(6);
  EXPECT_NE(
      Verb({"status"})
          .out.find("projected below 1,234   nothing waits\n"
                    "messages   DELIVERED 1,000   TIMED_OUT 7\n"
                    "of note   jsonb cannot hold 1   of no message 2   unknown status word 3   without event time "
                    "4\n"
                    "          read without consent 5   not as their schema says 6\n"),
      std::string::npos);
  facts.set_lag_entries(2'000);
  facts.set_lag_seconds(90);
  EXPECT_NE(Verb({"status"}).out.find("projected below 1,234   2,000 wait, the oldest for 90 s\n"), std::string::npos);
  const auto json = boost::json::parse(Verb({"status", "--output", "json"}).out).at("facts");
  EXPECT_EQ(json.at("lag_entries"), 2'000);
  EXPECT_EQ(json.at("messages").at(1).at("status"), "TIMED_OUT");
  EXPECT_EQ(json.at("messages").at(1).at("message_count"), 7);
  EXPECT_EQ(json.at("drifted_count"), 6);
}

TEST_F(LedgerVerbsTest, ListTakesARecipientFromAFile) {
  ledger_.pages.resize(1);
  const TemporaryFolder folder;
  EXPECT_EQ(Verb({"list", "--recipient-file", folder.Write("to", "ada@example.com\n")}).code, ExitCode::kGood);
  EXPECT_EQ(ledger_.list_requests[0].filter().recipient(), "ada@example.com");
  EXPECT_EQ(Verb({"list", "--recipient", "ada@example.com"}).code, ExitCode::kUsage);
}

TEST_F(LedgerVerbsTest, StatusShowsHowFarTheMirrorIs) {
  EXPECT_EQ(Verb({"status"}).out.find("mirrored"), std::string::npos);
  v1::MirrorStatus& mirror = *ledger_.status_response.mutable_mirror();
  mirror.set_next_leaf_index(1'234);
  EXPECT_NE(Verb({"status"}).out.find("mirrored below 1,234   nothing waits   findings 0\n"), std::string::npos);
  mirror.set_lag_entries(2'000);
  mirror.set_lag_seconds(90);
  mirror.mutable_last_receipt_time()->set_seconds(1'795'492'054);
  mirror.set_finding_count(3);
  EXPECT_NE(Verb({"status"})
                .out.find("mirrored below 1,234   2,000 wait, the oldest for 90 s   last receipt "
                          "2026-11-24T03:47:34.000000Z   findings 3\n"),
            std::string::npos);
  const auto json = boost::json::parse(Verb({"status", "--output", "json"}).out).at("mirror");
  EXPECT_EQ(json.at("next_leaf_index"), 1'234);
  EXPECT_EQ(json.at("lag_entries"), 2'000);
  EXPECT_EQ(json.at("lag_seconds"), 90);
  EXPECT_EQ(json.at("finding_count"), 3);
  EXPECT_EQ(json.at("last_receipt_time"), "2026-11-24T03:47:34.000000Z");
}

TEST_F(LedgerVerbsTest, StatusShowsCountsSourcesAndAdapters) {
  v1::GetStatusResponse& response = ledger_.status_response;
  response.set_tree_size(12'345);
  response.set_ledger_version("0.1.0");
  response.set_schema_version(5);
  response.mutable_database_time()->set_seconds(1'795'492'054);
  v1::KindCount* count = response.add_counts();
  count->set_kind(v1::ENTRY_KIND_ENVELOPE);
  count->set_source("genesys");
  count->set_entry_count(12'000);
  response.add_sources()->set_source("genesys");
  v1::AdapterStatus* adapter = response.add_adapters();
  adapter->set_adapter_id("adapter-1");
  adapter->mutable_last_seen_time()->set_seconds(1'795'492'050);

  const RunResult table = Verb({"status"});
  EXPECT_EQ(table.code, ExitCode::kGood) << table.err;
  EXPECT_EQ(
      table.out,
      "tree size 12,345   ledger 0.1.0   schema 5   database time 2026-11-24T03:47:34.000000Z\n\n"
      "SOURCE   KIND      ENTRIES\ngenesys  envelope  12,000\n\n"
      "SOURCE   LAST RECEIVED\ngenesys  never\n\n"
      "ADAPTER    LAST SEEN                    OLDEST SPOOLED\nadapter-1  2026-11-24T03:47:30.000000Z  nothing\n");

  const boost::json::value json = boost::json::parse(Verb({"status", "--output", "json"}).out);
  EXPECT_EQ(json.at("tree_size").as_int64(), 12'345);
  EXPECT_EQ(json.at("counts").at(0).at("entry_count").as_int64(), 12'000);
  EXPECT_EQ(json.at("adapters").at(0).at("last_seen_time").as_string(), "2026-11-24T03:47:30.000000Z");
  EXPECT_EQ(json.at("sources").at(0).as_object().count("last_receive_time"), 0U);
}

TEST_F(LedgerVerbsTest, GetRawPrintsTheStoredBytesAndNothingElse) {
  *ledger_.entry_response.mutable_entry() = FullEntry();
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) {
    every_byte += static_cast<char>(byte);
  }
  for (const std::string& payload : {every_byte, std::string(), std::string("{}\r\n"), std::string(5 << 20, 'x')}) {
    ledger_.entry_response.mutable_entry()->set_payload(payload);
    const RunResult result = Verb({"get", "e-1", "--raw"});
    EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
    EXPECT_EQ(result.out, payload);
  }
}

TEST_F(LedgerVerbsTest, GetRawOfADisposedPayloadIsAFinding) {
  *ledger_.entry_response.mutable_entry() = FullEntry();
  ledger_.entry_response.mutable_entry()->clear_payload();
  const RunResult result = Verb({"get", "--leaf-index", "7", "--raw"});
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_EQ(result.out, "");
}

TEST_F(LedgerVerbsTest, GetLeafPrintsTheLeafsBytes) {
  *ledger_.entry_response.mutable_entry() = FullEntry();
  EXPECT_EQ(Verb({"get", "--leaf-index", "7", "--leaf"}).out, "{\"v\":1}");
}

TEST_F(LedgerVerbsTest, GetAsksForWhatItWasTold) {
  EXPECT_EQ(Verb({"get", "e-1", "--source", "genesys"}).code, ExitCode::kGood);
  EXPECT_EQ(Verb({"get", "--leaf-index", "0"}).code, ExitCode::kGood);
  ASSERT_EQ(ledger_.get_requests.size(), 2U);
  EXPECT_EQ(ledger_.get_requests[0].event_id(), "e-1");
  EXPECT_EQ(ledger_.get_requests[0].source(), "genesys");
  EXPECT_TRUE(ledger_.get_requests[1].has_leaf_index());
}

TEST_F(LedgerVerbsTest, GetNamesConflicts) {
  *ledger_.entry_response.mutable_entry() = FullEntry();
  ledger_.entry_response.add_conflict_leaf_indexes(8);
  ledger_.entry_response.add_conflict_leaf_indexes(11);
  EXPECT_NE(Verb({"get", "e-1"}).out.find("conflicts with it   8 11\n"), std::string::npos);
  const boost::json::value json = boost::json::parse(Verb({"get", "e-1", "--output", "json"}).out);
  EXPECT_EQ(json.at("conflict_leaf_indexes").as_array().size(), 2U);
}

TEST_F(LedgerVerbsTest, AnUnknownEntryIsAFindingWithAReason) {
  ledger_.status = RpcError(grpc::StatusCode::NOT_FOUND, "no such entry", "ENTRY_NOT_FOUND");
  const RunResult result = Verb({"get", "e-1", "--raw"});
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err.rfind("affidavit: ENTRY_NOT_FOUND: no such entry\n  what to do: ", 0), 0U) << result.err;
}

TEST_F(LedgerVerbsTest, ListFollowsEveryPageAndKeepsTheFilter) {
  ServeQuarantine({{1, 2}, {}, {9}});
  const RunResult result = Verb({"list", "--kind", "quarantined,excluded", "--kind", "conflict", "--output", "json"});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 3);
  EXPECT_EQ(boost::json::parse(result.out.substr(0, result.out.find('\n'))).at("leaf_index").as_int64(), 1);
  ASSERT_EQ(ledger_.list_requests.size(), 3U);
  for (const v1::ListEntriesRequest& request : ledger_.list_requests) {
    EXPECT_EQ(request.filter().kinds_size(), 3);
    EXPECT_EQ(request.view(), v1::ENTRY_VIEW_BASIC);
  }
  EXPECT_EQ(ledger_.list_requests[2].page_token(), "page 2");
}

TEST_F(LedgerVerbsTest, ListEndsAtItsLimit) {
  ServeQuarantine({{1, 2}, {3}, {4}});
  const RunResult result = Verb({"list", "--limit", "3", "--payload"});
  EXPECT_EQ(result.code, ExitCode::kGood);
  ASSERT_EQ(ledger_.list_requests.size(), 2U);
  EXPECT_EQ(ledger_.list_requests[0].page_size(), 3);
  EXPECT_EQ(ledger_.list_requests[1].page_size(), 1);
  EXPECT_EQ(ledger_.list_requests[0].view(), v1::ENTRY_VIEW_FULL);
}

TEST_F(LedgerVerbsTest, QuarantineListSaysWhy) {
  ServeQuarantine({{4}});
  EXPECT_EQ(Verb({"quarantine", "list"}).out,
            "LEAF_INDEX  SOURCE  REASON    RECEIVE_TIME                 BYTES  EVENT_ID\n"
            "4                   not_json  1970-01-01T00:00:00.000000Z  0\n");
  EXPECT_EQ(ledger_.list_requests[0].filter().kinds(0), v1::ENTRY_KIND_QUARANTINED);
}

TEST_F(LedgerVerbsTest, QuarantineShowPrintsAPreviewThatDrivesNoTerminal) {
  v1::Entry* entry = ledger_.entry_response.mutable_entry();
  *entry = FullEntry();
  entry->set_kind(v1::ENTRY_KIND_QUARANTINED);
  entry->add_flags("quarantined_not_json");
  entry->set_payload("not json \x1B[2J" + std::string(3'000, '.'));
  const RunResult shown = Verb({"quarantine", "show", "7"});
  EXPECT_EQ(shown.code, ExitCode::kGood);
  EXPECT_EQ(shown.out.rfind("reason              not_json\n", 0), 0U);
  EXPECT_NE(shown.out.find("\nnot json \\x1b[2J..."), std::string::npos);
  EXPECT_NE(shown.out.find("… 965 more bytes"), std::string::npos) << shown.out;
  EXPECT_EQ(Verb({"quarantine", "show", "7", "--raw"}).out, entry->payload());
}

TEST_F(LedgerVerbsTest, QuarantineShowRefusesAnEnvelope) {
  *ledger_.entry_response.mutable_entry() = FullEntry();
  const RunResult result = Verb({"quarantine", "show", "7"});
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_EQ(result.out, "");
}

TEST_F(LedgerVerbsTest, ReadmitReportsEachEntry) {
  const RunResult result = Verb({"quarantine", "readmit", "4", "9"});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_EQ(result.out,
            "LEAF_INDEX  OUTCOME   NEW_LEAF_INDEX  REASON  EVENT_ID\n"
            "4           accepted  1004                    e-4\n"
            "9           accepted  1009                    e-9\n");
}

TEST_F(LedgerVerbsTest, ReadmitAllGoesInCallsOfAHundred) {
  std::vector<int64_t> many(150);
  std::iota(many.begin(), many.end(), 0);
  ServeQuarantine({many, {500}});
  const RunResult result = Verb({"quarantine", "readmit", "--all", "--kind", "excluded", "--output", "json"});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_EQ(ledger_.list_requests[0].filter().kinds(0), v1::ENTRY_KIND_EXCLUDED);
  ASSERT_EQ(ledger_.readmit_requests.size(), 2U);
  EXPECT_EQ(ledger_.readmit_requests[0].leaf_indexes_size(), 100);
  EXPECT_EQ(ledger_.readmit_requests[1].leaf_indexes_size(), 51);
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 151);
}

TEST_F(LedgerVerbsTest, WhatStaysQuarantinedIsAFinding) {
  ledger_.readmit_outcome = v1::APPEND_OUTCOME_QUARANTINED;
  const RunResult result = Verb({"quarantine", "readmit", "4"});
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_NE(result.err.find("1 of 1 could not be readmitted"), std::string::npos);
}

}  // namespace
}  // namespace affidavit::cli
