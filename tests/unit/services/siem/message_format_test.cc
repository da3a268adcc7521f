#include "services/siem/message_format.h"

#include <map>

#include "boost/json/parse.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/services/siem/syslog_parser.h"

namespace affidavit::siem {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

const SyslogIdentity kWorker{.host_name = "ledger1", .app_name = "affidavit", .process_id = "7"};

db::WriteReceipt ReceiptOf(const std::string& kind, const std::string& outcome) {
  const bool is_copied = outcome != "left_out";
  return {.receipt_id = 40,
          .leaf_index = 41,
          .kind = kind,
          .source = "genesys",
          .event_id = "e]\"1",
          .payload_sha256 = std::string(64, 'a'),
          .outcome = outcome,
          .store = is_copied ? "s3://audit/" : "",
          .object_key = is_copied ? "audit/2026-11-24/SMS/e!5D!221.json" : "",
          .version_id = is_copied ? "v7" : "",
          .retain_until = is_copied ? ParseRfc3339("2033-11-24T02:00:00Z") : std::nullopt,
          .legal_hold = false,
          .worker_id = "worker-1",
          .write_time = *ParseRfc3339("2026-11-24T02:00:00.123456Z")};
}

std::map<std::string, std::string> ParametersOf(const std::string& bytes, const std::string& id) {
  const std::optional<ParsedSyslog> parsed = ParseSyslog(bytes);
  if (!parsed || parsed->elements.size() != 1 || parsed->elements[0].id != id) {
    return {{"does not parse", bytes}};
  }
  return {parsed->elements[0].parameters.begin(), parsed->elements[0].parameters.end()};
}

// The required attributes of OCSF 1.3.0's base event, metadata, product and fingerprint.
void ExpectRequired(const json::object& event) {
  for (const char* name : {"activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time", "metadata"}) {
    EXPECT_TRUE(event.contains(name)) << name;
  }
  EXPECT_EQ(event.at("type_uid").as_int64(),
            event.at("class_uid").as_int64() * 100 + event.at("activity_id").as_int64());
  EXPECT_EQ(event.at("category_uid").as_int64(), event.at("class_uid").as_int64() / 1000);
  EXPECT_EQ(event.at("metadata").at("version").as_string(), "1.3.0");
  EXPECT_TRUE(event.at("metadata").at("product").as_object().contains("vendor_name"));
}

void ExpectDatastoreActivity(const json::object& event) {
  ExpectRequired(event);
  EXPECT_EQ(event.at("class_uid").as_int64(), 6005);
  EXPECT_TRUE(event.at("actor").as_object().contains("app_name"));         // at least one of
  EXPECT_TRUE(event.at("src_endpoint").as_object().contains("svc_name"));  // at least one of
  ASSERT_TRUE(event.contains("databucket") != event.contains("table"));    // at least one of
}

TEST(MessageFormatTest, AReceiptHasWhatAnAuditorAsksFor) {
  const std::string bytes = FormatReceipt(ReceiptOf("envelope", "copied"), MessageFormat::kStructuredData, kWorker);
  EXPECT_THAT(bytes, HasSubstr("<110>1 2026-11-24T02:00:00.123456Z ledger1 affidavit 7 RECORD_WRITTEN [audit@32473 "));
  const std::map<std::string, std::string> expected = {{"eventId", "e]\"1"},
                                                       {"payloadHash", std::string(64, 'a')},
                                                       {"storageKey", "audit/2026-11-24/SMS/e!5D!221.json"},
                                                       {"workerId", "worker-1"},
                                                       {"leafIndex", "41"},
                                                       {"outcome", "copied"},
                                                       {"kind", "envelope"},
                                                       {"source", "genesys"},
                                                       {"receiptId", "40"},
                                                       {"store", "s3://audit/"},
                                                       {"versionId", "v7"},
                                                       {"retainUntil", "2033-11-24T02:00:00.000000Z"}};
  EXPECT_EQ(ParametersOf(bytes, "audit@32473"), expected);
}

TEST(MessageFormatTest, WhatIsNotThereIsLeftOut) {
  db::WriteReceipt receipt = ReceiptOf("excluded", "left_out");
  receipt.event_id.reset();
  const std::string bytes = FormatReceipt(receipt, MessageFormat::kStructuredData, kWorker);
  EXPECT_THAT(bytes, HasSubstr(" RECORD_LEFT_OUT "));
  const std::map<std::string, std::string> parameters = ParametersOf(bytes, "audit@32473");
  for (const char* name : {"eventId", "storageKey", "store", "versionId", "retainUntil", "legalHold"}) {
    EXPECT_EQ(parameters.count(name), 0u) << name;
  }
  receipt.legal_hold = true;
  EXPECT_THAT(FormatReceipt(receipt, MessageFormat::kStructuredData, kWorker), HasSubstr("legalHold=\"true\""));
}

TEST(MessageFormatTest, ConflictsAndQuarantinedEntriesAreWarnings) {
  EXPECT_THAT(FormatReceipt(ReceiptOf("conflict", "copied"), MessageFormat::kStructuredData, kWorker),
              ::testing::AllOf(HasSubstr("<108>1 "), HasSubstr(" CONFLICT_WRITTEN ")));
  EXPECT_THAT(FormatReceipt(ReceiptOf("quarantined", "existing"), MessageFormat::kStructuredData, kWorker),
              ::testing::AllOf(HasSubstr("<108>1 "), HasSubstr(" QUARANTINED_WRITTEN "), HasSubstr("\"existing\"")));
}

TEST(MessageFormatTest, TheLongestReceiptStaysBelowWhatReceiversTake) {
  db::WriteReceipt receipt = ReceiptOf("envelope", "copied");
  receipt.event_id = std::string(512, '"');
  receipt.object_key = std::string(1024, 'k');
  receipt.source = std::string(64, 's');
  receipt.version_id = std::string(1024, 'v');
  EXPECT_LE(FormatReceipt(receipt, MessageFormat::kStructuredData, kWorker).size(), 8192u);
  EXPECT_LE(FormatReceipt(receipt, MessageFormat::kOcsfOverSyslog, kWorker).size(), 8192u);
}

TEST(MessageFormatTest, OcsfIsADatastoreActivity) {
  const std::string bytes = FormatReceipt(ReceiptOf("envelope", "copied"), MessageFormat::kOcsf, kWorker);
  EXPECT_THAT(bytes, Not(HasSubstr("\n")));
  const json::object event = json::parse(bytes).as_object();
  ExpectDatastoreActivity(event);
  EXPECT_EQ(event.at("time").as_int64(), 1'795'485'600'123);
  const json::object& file = event.at("databucket").at("file").as_object();
  EXPECT_EQ(file.at("name").as_string(), "audit/2026-11-24/SMS/e!5D!221.json");
  EXPECT_TRUE(file.contains("type_id"));
  EXPECT_EQ(file.at("hashes").at(0).at("algorithm_id").as_int64(), 3);
  EXPECT_EQ(file.at("hashes").at(0).at("value").as_string(), std::string(64, 'a'));
  EXPECT_TRUE(event.at("databucket").as_object().contains("type_id"));
  EXPECT_EQ(event.at("unmapped").at("leafIndex").as_int64(), 41);
  EXPECT_EQ(event.at("unmapped").at("eventId").as_string(), "e]\"1");

  ExpectDatastoreActivity(
      json::parse(FormatReceipt(ReceiptOf("excluded", "left_out"), MessageFormat::kOcsf, kWorker)).as_object());
}

TEST(MessageFormatTest, OcsfTravelsAsTheTextOfASyslogMessage) {
  const db::WriteReceipt receipt = ReceiptOf("envelope", "copied");
  const std::optional<ParsedSyslog> parsed =
      ParseSyslog(FormatReceipt(receipt, MessageFormat::kOcsfOverSyslog, kWorker));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(parsed->elements.empty());
  EXPECT_EQ(parsed->text, FormatReceipt(receipt, MessageFormat::kOcsf, kWorker));
}

TEST(MessageFormatTest, ASecurityEventKeepsItsDetails) {
  const db::SecurityEvent event{.event_id = 3,
                                .event_time = *ParseRfc3339("2026-11-24T02:00:00Z"),
                                .name = "unauthorized",
                                .details = R"({"source": "genesys", "count": 12})"};
  const std::string bytes = FormatSecurityEvent(event, MessageFormat::kStructuredData, kWorker);
  EXPECT_THAT(bytes, HasSubstr("<108>1 2026-11-24T02:00:00.000000Z ledger1 affidavit 7 SECURITY_EVENT "));
  const std::map<std::string, std::string> expected = {
      {"name", "unauthorized"}, {"securityEventId", "3"}, {"details", event.details}};
  EXPECT_EQ(ParametersOf(bytes, "alert@32473"), expected);

  const json::object finding = json::parse(FormatSecurityEvent(event, MessageFormat::kOcsf, kWorker)).as_object();
  ExpectRequired(finding);
  EXPECT_EQ(finding.at("class_uid").as_int64(), 2004);
  EXPECT_EQ(finding.at("finding_info").at("title").as_string(), "unauthorized");
  EXPECT_TRUE(finding.at("finding_info").as_object().contains("uid"));
  EXPECT_EQ(finding.at("unmapped").at("count").as_int64(), 12);
}

}  // namespace
}  // namespace affidavit::siem
