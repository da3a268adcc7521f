#include "cli/simulate/event_body.h"

#include "boost/json/parse.hpp"
#include "core/base/text.h"
#include "gtest/gtest.h"

namespace affidavit::simulate {
namespace {

using std::chrono::milliseconds;

const EventFacts kDelivery{.id = "e-1",
                           .type = "message:delivery",
                           .timestamp = TimePoint(milliseconds(1'795'492'054'250)),
                           .status = "delivered",
                           .delivery_time = TimePoint(milliseconds(1'795'492'053'001))};
const MessageFacts kMessage{.message_id = "m-1",
                            .correlation_id = "c-1",
                            .channel = "SMS",
                            .direction = "outbound",
                            .from = "+12025550100",
                            .to = "+13125550100",
                            .carrier = "Tern Mobile",
                            .template_name = "notice",
                            .locale = "es-US",
                            .text = "día \"1\"\n"};

TEST(EventBodyTest, HasTheMembersThatAdmissionReads) {
  EXPECT_EQ(
      EventBody(kDelivery, kMessage, Layout::kCompact, 0),
      R"({"id":"e-1","type":"message:delivery","version":"1.0","timestamp":"2026-11-24T03:47:34.250Z",)"
      R"("message":{"id":"m-1","direction":"outbound","channel":"SMS","status":"delivered","from":"+12025550100",)"
      R"("to":"+13125550100","carrier":"Tern Mobile","template":"notice","body":"",)"
      R"("deliveryTimestamp":"2026-11-24T03:47:33.001Z","metadata":{"audit_correlation_id":"c-1"}}})");
}

TEST(EventBodyTest, LeavesOutWhatAnEventHasNot) {
  EventFacts send = kDelivery;
  send.delivery_time.reset();
  const boost::json::value body = boost::json::parse(EventBody(send, kMessage, Layout::kSpaced, 0));
  EXPECT_EQ(body.at("message").as_object().count("deliveryTimestamp"), 0U);
  EXPECT_EQ(body.at("message").as_object().count("errorCode"), 0U);
}

TEST(EventBodyTest, TheSecondVersionAddsRemovesAndRetypes) {
  EventFacts failure{.id = "e-1", .type = "message:status", .error_code = "MessageExpired", .error_number = 4310};
  const auto body = [&] { return boost::json::parse(EventBody(failure, kMessage, Layout::kCompact, 0)).as_object(); };
  const boost::json::object first = body();
  failure.version = SchemaVersion::kSecond;
  const boost::json::object second = body();
  EXPECT_EQ(first.at("version"), "1.0");
  EXPECT_EQ(first.at("message").at("template"), "notice");
  EXPECT_EQ(first.at("message").at("errorCode"), "MessageExpired");
  EXPECT_FALSE(first.at("message").as_object().contains("locale"));
  EXPECT_EQ(second.at("version"), "1.1");
  EXPECT_EQ(second.at("message").at("locale"), "es-US");
  EXPECT_EQ(second.at("message").at("errorCode"), 4310);
  EXPECT_FALSE(second.at("message").as_object().contains("template"));
}

TEST(EventBodyTest, SaysConsentAndTheExtraMemberOnlyWhenThereIsOne) {
  EventFacts read{.id = "e-1", .type = "message:read", .status = "read"};
  const auto message = [&] {
    return boost::json::parse(EventBody(read, kMessage, Layout::kCompact, 0)).at("message").as_object();
  };
  EXPECT_FALSE(message().at("metadata").as_object().contains("read_consent"));
  EXPECT_FALSE(message().contains("campaign"));
  read.read_consent = "denied";
  read.has_extra_member = true;
  EXPECT_EQ(message().at("metadata").at("read_consent"), "denied");
  EXPECT_TRUE(message().contains("campaign"));
}

TEST(EventBodyTest, LayoutsDifferInBytesOnly) {
  const std::string compact = EventBody(kDelivery, kMessage, Layout::kCompact, 0);
  const std::string spaced = EventBody(kDelivery, kMessage, Layout::kSpaced, 0);
  EXPECT_NE(compact, spaced);
  EXPECT_EQ(boost::json::parse(compact), boost::json::parse(spaced));
}

TEST(EventBodyTest, IsAboutAsLongAsAskedAndCutsNoCharacter) {
  for (size_t size = 400; size < 440; ++size) {
    const std::string body = EventBody(kDelivery, kMessage, Layout::kCompact, size);
    EXPECT_TRUE(IsUtf8(body)) << size;
    EXPECT_GE(body.size() + 4, size);
    EXPECT_LE(body.size(), size + size / 5);  // escapes come on top
    EXPECT_NO_THROW(boost::json::parse(body)) << size;
  }
}

}  // namespace
}  // namespace affidavit::simulate
