// custody, against a ledger that answers as each test says; and what people see of it.
#include <iostream>
#include <sstream>

#include "boost/json/parse.hpp"
#include "cli/custody_render.h"
#include "cli/text.h"
#include "gmock/gmock.h"
#include "tests/unit/cli/entries.h"
#include "tests/unit/cli/fake_ledger.h"

namespace affidavit::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

v1::CustodyEvent FullEvent() {
  v1::CustodyEvent event;
  *event.mutable_entry() = FullEntry();
  event.mutable_entry()->clear_payload();
  event.set_status(v1::MESSAGE_STATUS_PENDING);
  event.set_status_word("Queued");
  event.set_clock_drift_ms(-6'050);
  event.set_clock_drift_exceeded(true);
  v1::CustodyCopy& copy = *event.mutable_copy();
  copy.set_outcome("copied");
  copy.set_store("s3://evidence/");
  copy.set_object_key("audit/2026-11-24/SMS/e-1.json");
  copy.set_version_id("3sL4kqtJ");
  copy.set_checksum_sha256("\x01\x02");
  copy.mutable_retain_until_time()->set_seconds(2'016'416'855);
  copy.set_worker_id("worker-1");
  event.set_is_published(true);
  event.add_hold_ids("H-1");
  event.add_hold_ids("H-2");
  event.set_payload_error("22P05");
  event.set_carrier("twilio");
  event.set_consent(v1::CONSENT_REFUSED);
  event.mutable_schema_verdict()->set_outcome(v1::SchemaVerdict::OUTCOME_DRIFTED);
  event.mutable_schema_verdict()->set_schema_id("00112233445566aa");
  event.mutable_schema_verdict()->set_drift_pointer("/message/id");
  event.mutable_schema_verdict()->set_drift_reason("type: expected string");
  return event;
}

v1::GetCustodyChainResponse FullAnswer() {
  v1::GetCustodyChainResponse response;
  v1::CustodyChain& chain = *response.add_chains();
  chain.set_source("genesys");
  chain.set_message_id("m-1");
  chain.set_channel("SMS");
  chain.set_status(v1::MESSAGE_STATUS_DELIVERED);
  chain.set_decided_by_leaf_index(9);
  chain.set_late_delivery(true);
  chain.set_conflict_count(2);
  chain.add_correlation_ids("c-1");
  *chain.add_events() = FullEvent();
  v1::CustodyEvent& timeout = *chain.add_events();
  timeout.mutable_entry()->set_leaf_index(9);
  timeout.mutable_entry()->set_kind(v1::ENTRY_KIND_STATUS);
  timeout.mutable_entry()->set_event_type("message:status:timeout");
  timeout.set_status(v1::MESSAGE_STATUS_TIMED_OUT);
  response.set_tree_size(1'234);
  response.set_checkpoint_tree_size(8);
  response.set_projected_leaf_index(1'234);
  response.set_drift_threshold_ms(5'000);
  return response;
}

class CustodyTest : public testing::Test {
 protected:
  RunResult Verb(std::vector<std::string> arguments, const std::string& typed = "") {
    arguments.insert(arguments.begin(), "custody");
    arguments.insert(arguments.end(), {"--target", ledger_.target()});
    std::istringstream in(typed);
    std::streambuf* const before = std::cin.rdbuf(in.rdbuf());
    RunResult result = RunCli(arguments);
    std::cin.rdbuf(before);
    return result;
  }

  FakeLedger ledger_;
};

TEST_F(CustodyTest, ShowsAMessageSoThatAPersonCanReadIt) {
  ledger_.custody_pages = {FullAnswer()};
  const RunResult result = Verb({"--message", "m-1", "--source", "genesys"});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_EQ(result.out,
            "Message m-1 of genesys, SMS: DELIVERED, decided by entry 9\n"
            "  correlation c-1   LATE DELIVERY: after a timeout; both stand   conflicts 2\n"
            "  entry 7   message:send   says PENDING (Queued)   proof published\n"
            "        event 2026-11-24T03:47:34.250000Z   delivery 2026-11-24T03:47:33.000000Z   drift -6.050 s EXCEEDS "
            "5.000 s\n"
            "        received 2026-11-24T03:47:35.123456Z by adapter-1   stored 2026-11-24T03:47:35.200000Z\n"
            "        copy copied   audit/2026-11-24/SMS/e-1.json   version 3sL4kqtJ   locked until "
            "2033-11-24T03:47:35.000000Z\n"
            "        in s3://evidence/   by worker worker-1\n"
            "        held by H-1, H-2   jsonb cannot hold it (22P05)   carrier twilio   consent refused\n"
            "        schema drifted (00112233445566aa) at /message/id: type: expected string\n"
            "  entry 9   message:status:timeout   says TIMED_OUT   kind status   proof not yet\n"
            "        event unknown   delivery unknown\n"
            "        received unknown   stored unknown\n"
            "        copy none yet\n");
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(DisplayWidth(line), 120U) << line;
  }
  ASSERT_EQ(ledger_.custody_requests.size(), 1U);
  EXPECT_EQ(ledger_.custody_requests[0].message_id(), "m-1");
  EXPECT_EQ(ledger_.custody_requests[0].source(), "genesys");
}

TEST_F(CustodyTest, SaysWhatIsNotProjectedYet) {
  ledger_.custody_pages = {FullAnswer()};
  EXPECT_THAT(Verb({"--event", "e-1"}).out, Not(HasSubstr("projected")));
  EXPECT_EQ(ledger_.custody_requests.back().event_id(), "e-1");
  ledger_.custody_pages[0].set_projected_leaf_index(7);
  EXPECT_THAT(Verb({"--correlation", "c-1"}).out, HasSubstr("\nNot projected yet: entries from 7 on, of 1,234."));
  EXPECT_EQ(ledger_.custody_requests.back().correlation_id(), "c-1");
}

TEST_F(CustodyTest, JsonIsTheWholeAnswer) {
  ledger_.custody_pages = {FullAnswer()};
  const RunResult result = Verb({"--message", "m-1", "--output", "json"});
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
  const auto json = boost::json::parse(result.out);
  EXPECT_EQ(json.at("tree_size"), 1'234);
  EXPECT_EQ(json.at("checkpoint_tree_size"), 8);
  EXPECT_EQ(json.at("drift_threshold_ms"), 5'000);
  const auto& chain = json.at("chains").at(0);
  EXPECT_EQ(chain.at("status"), "DELIVERED");
  EXPECT_EQ(chain.at("decided_by_leaf_index"), 9);
  EXPECT_EQ(chain.at("late_delivery"), true);
  EXPECT_EQ(chain.at("correlation_ids").at(0), "c-1");
  const auto& event = chain.at("events").at(0);
  EXPECT_EQ(event.at("entry").at("integrate_time"), "2026-11-24T03:47:35.200000Z");
  EXPECT_EQ(event.at("clock_drift_ms"), -6'050);
  EXPECT_EQ(event.at("clock_drift_exceeded"), true);
  EXPECT_EQ(event.at("copy").at("object_key"), "audit/2026-11-24/SMS/e-1.json");
  EXPECT_EQ(event.at("copy").at("checksum_sha256"), "0102");
  EXPECT_EQ(event.at("hold_ids").at(1), "H-2");
  EXPECT_EQ(event.at("consent"), "refused");
  EXPECT_EQ(event.at("schema_verdict").at("drift_pointer"), "/message/id");
  const auto& timeout = chain.at("events").at(1).as_object();
  for (const char* absent : {"clock_drift_ms", "copy", "consent", "schema_verdict", "hold_ids", "payload_error"}) {
    EXPECT_FALSE(timeout.contains(absent)) << absent;
  }
}

TEST_F(CustodyTest, ARecipientsMessagesComePageByPageFromAFileOrStandardInput) {
  ledger_.custody_pages = {FullAnswer(), FullAnswer()};
  ledger_.custody_pages[0].set_next_page_token("next");
  const TemporaryFolder folder;
  const std::string file = folder.Write("recipient", " +49 170 1234567\r\n\n");
  RunResult result = Verb({"--recipient-file", file});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_THAT(result.out, HasSubstr("copy none yet\n\nMessage m-1"));
  ASSERT_EQ(ledger_.custody_requests.size(), 2U);
  EXPECT_EQ(ledger_.custody_requests[0].recipient(), "+49 170 1234567");
  EXPECT_EQ(ledger_.custody_requests[1].page_token(), "next");
  EXPECT_EQ(Verb({"--recipient-file", "-"}, "ada@example.com\n").code, ExitCode::kGood);
  EXPECT_EQ(ledger_.custody_requests.back().recipient(), "ada@example.com");
  const size_t asked = ledger_.custody_requests.size();
  EXPECT_EQ(Verb({"--recipient", "ada@example.com", "--limit", "1"}).code, ExitCode::kGood);
  EXPECT_EQ(ledger_.custody_requests.size(), asked + 1);
  EXPECT_EQ(ledger_.custody_requests.back().page_size(), 1);
}

TEST_F(CustodyTest, ABadRecipientFileIsRefusedWithoutRepeatingIt) {
  for (const char* typed : {"", "\n \n", "a@b.example\nc@d.example\n"}) {
    const RunResult result = Verb({"--recipient-file", "-"}, typed);
    EXPECT_EQ(result.code, ExitCode::kUsage);
    EXPECT_THAT(result.err, Not(HasSubstr("example")));
  }
  EXPECT_EQ(Verb({"--recipient-file", "/nonexistent"}).code, ExitCode::kUsage);
  EXPECT_TRUE(ledger_.custody_requests.empty());
}

TEST_F(CustodyTest, ExactlyOneKeyIsNamed) {
  EXPECT_EQ(Verb({}).code, ExitCode::kUsage);
  EXPECT_EQ(Verb({"--message", "m", "--event", "e"}).code, ExitCode::kUsage);
  EXPECT_EQ(Verb({"--recipient", "a", "--recipient-file", "b"}).code, ExitCode::kUsage);
  EXPECT_TRUE(ledger_.custody_requests.empty());
}

TEST_F(CustodyTest, NobodysMessagesAreAFinding) {
  ledger_.custody_pages = {v1::GetCustodyChainResponse()};
  EXPECT_EQ(Verb({"--recipient", "ada@example.com"}).code, ExitCode::kFinding);
  ledger_.status = RpcError(grpc::StatusCode::FAILED_PRECONDITION, "no key", "SUBJECT_KEY_NOT_CONFIGURED");
  EXPECT_THAT(Verb({"--recipient", "ada@example.com"}).err, HasSubstr("what to do: give ledger and worker"));
}

TEST(DriftTextTest, HasASignAndThreeDigits) {
  EXPECT_EQ(DriftText(0), "+0.000 s");
  EXPECT_EQ(DriftText(-50), "-0.050 s");
  EXPECT_EQ(DriftText(61'007), "+61.007 s");
}

TEST(PrintPartsTest, BreaksBetweenPartsAndNeverWithinOne) {
  std::ostringstream out;
  PrintParts({"aaaa", "bbbb", "cccccccccccccccccccc", "d"}, "  ", 14, out);
  EXPECT_EQ(out.str(), "  aaaa   bbbb\n  cccccccccccccccccccc\n  d\n");
}

TEST(PrintCustodyChainTest, DoesNotLetOutsidersDriveTheTerminal) {
  v1::GetCustodyChainResponse response = FullAnswer();
  v1::CustodyChain& chain = *response.mutable_chains(0);
  chain.set_message_id("m\x1B[2J");
  chain.mutable_events(0)->set_status_word("\x1B]0;t\x07");
  chain.mutable_events(0)->mutable_copy()->set_object_key("k\x1B");
  std::ostringstream out;
  PrintCustodyChain(chain, response, out);
  EXPECT_EQ(out.str().find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace affidavit::cli
