#include "cli/render.h"

#include <sstream>

#include "boost/json/serialize.hpp"
#include "gtest/gtest.h"
#include "tests/unit/cli/entries.h"

namespace affidavit::cli {
namespace {

TEST(EntryJsonTest, HasStableNamesHexDigestsAndRfc3339Times) {
  EXPECT_EQ(
      boost::json::serialize(EntryJson(FullEntry())),
      R"({"leaf_index":7,"kind":"envelope","source":"genesys","event_id":"e-1","event_type":"message:send",)"
      R"("schema_version":"1.0","channel":"SMS","direction":"outbound","message_id":"m-1","correlation_id":"c-1",)"
      R"("event_time":"2026-11-24T03:47:34.250000Z","delivery_time":"2026-11-24T03:47:33.000000Z",)"
      R"("receive_time":"2026-11-24T03:47:35.123456Z","integrate_time":"2026-11-24T03:47:35.200000Z",)"
      R"("adapter_id":"adapter-1","payload_sha256":"00ff10","retention_class":"default",)"
      R"("retain_until_time":"2033-11-24T03:47:35.123456Z","provenance":"webhook","payload_size_bytes":3,)"
      R"("signature":{"scheme":"hmac-sha256-hex","key_id":"k1","key_fingerprint":"0102","headers":)"
      R"([{"name":"x-genesys-signature","value_base64":"YWI="}]},"flags":["delivery_time_unreadable","unclassified"],)"
      R"("leaf":"{\"v\":1}","leaf_hash":"abcd","payload_base64":"AP97","payload_error":"22P02"})");
}

TEST(EntryJsonTest, LeavesOutWhatTheEntryLacks) {
  v1::Entry entry;
  entry.set_leaf_index(0);
  entry.set_kind(v1::ENTRY_KIND_QUARANTINED);
  EXPECT_EQ(boost::json::serialize(EntryJson(entry)),
            R"({"leaf_index":0,"kind":"quarantined","payload_size_bytes":0})");
}

TEST(EntryJsonTest, AnEmptyPayloadIsNotAnAbsentOne) {
  v1::Entry entry;
  entry.set_payload("");
  EXPECT_EQ(EntryJson(entry).at("payload_base64").as_string(), "");
}

TEST(PrintEntryTest, ShowsAMemberALineAndNoPayload) {
  std::ostringstream out;
  PrintEntry(FullEntry(), out);
  EXPECT_EQ(out.str().rfind("leaf_index          7\nkind                envelope\n", 0), 0U) << out.str();
  EXPECT_NE(out.str().find("\nsignature           hmac-sha256-hex by key k1 (0102)\n"), std::string::npos);
  EXPECT_NE(out.str().find("\nflags               delivery_time_unreadable unclassified\n"), std::string::npos);
}

TEST(PrintEntryTest, DoesNotLetOutsidersDriveTheTerminal) {
  v1::Entry entry;
  entry.set_event_type("a\x1B]0;title\x07");
  std::ostringstream out;
  PrintEntry(entry, out);
  EXPECT_EQ(out.str().find('\x1B'), std::string::npos);
}

TEST(EntryTableTest, ShowsAnEntryInARow) {
  Table table = EntryTable();
  AddEntryRow(FullEntry(), table);
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(),
            "LEAF_INDEX  KIND      SOURCE   CHANNEL  EVENT_TYPE    RECEIVE_TIME                 MESSAGE_ID  EVENT_ID\n"
            "7           envelope  genesys  SMS      message:send  2026-11-24T03:47:35.123456Z  m-1         e-1\n");
}

TEST(TimeTextTest, TruncatesToMicrosecondsAndRefusesOtherYears) {
  google::protobuf::Timestamp time;
  time.set_seconds(1'795'492'054);
  time.set_nanos(999'999'999);
  EXPECT_EQ(TimeText(time), "2026-11-24T03:47:34.999999Z");
  time.set_seconds(253'402'300'800);
  EXPECT_EQ(TimeText(time), "");
  time.set_seconds(0);
  time.set_nanos(-1);
  EXPECT_EQ(TimeText(time), "");
}

TEST(NamesTest, AreThoseOfTheLeaf) {
  EXPECT_EQ(KindName(v1::ENTRY_KIND_RECONCILIATION), "reconciliation");
  EXPECT_EQ(OutcomeName(v1::APPEND_OUTCOME_DUPLICATE), "duplicate");
}

TEST(ReasonOfTest, IsTheRestOfTheFlag) {
  v1::Entry entry;
  EXPECT_EQ(ReasonOf(entry), "");
  entry.add_flags("message_id_unreadable");
  entry.add_flags("quarantined_not_json");
  EXPECT_EQ(ReasonOf(entry), "not_json");
}

}  // namespace
}  // namespace affidavit::cli
