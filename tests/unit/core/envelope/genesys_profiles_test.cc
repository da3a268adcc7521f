// The platform's own shapes, as its documentation and its SDK have them.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "core/base/text.h"
#include "core/envelope/admission.h"

namespace affidavit {
namespace {

const Admitter& OpenMessaging() {
  static const Admitter admitter(BuiltinProfile("genesys-open-messaging").value());
  return admitter;
}

// A normalised message; `members` stand beside the channel.
Admission Normalised(std::string_view members, std::string_view platform = "Open") {
  return OpenMessaging().Admit(Concat({R"({"id":"m-1","channel":{"id":"c-1","platform":")", platform,
                                       R"(","type":"Private","to":{"id":"customer","idType":"Opaque"},)",
                                       R"("time":"2026-11-24T03:47:34.276Z"},)", members, "}"}));
}

Admission Receipt(std::string_view status) {
  return Normalised(
      Concat({R"("type":"Receipt","status":")", status, R"(","isFinalReceipt":true,"direction":"Outbound")"}));
}

TEST(OpenMessagingTest, AMessageIsASend) {
  const Admission text = Normalised(R"("type":"Text","text":"hello","direction":"Outbound")");
  EXPECT_EQ(text.kind, EntryKind::kEnvelope);
  EXPECT_TRUE(text.flags.empty());
  EXPECT_EQ(text.event_id, "m-1|Text||2026-11-24T03:47:34.276Z");
  EXPECT_EQ(text.event_type, "message:send");
  EXPECT_EQ(text.message_id, "m-1");
  EXPECT_EQ(text.channel, "WEBCHAT");
  EXPECT_EQ(text.direction, "Outbound");
  EXPECT_EQ(text.event_time, ParseRfc3339("2026-11-24T03:47:34.276Z"));
  EXPECT_EQ(Normalised(R"("type":"Structured","direction":"Outbound")").event_type, "message:send");
  EXPECT_EQ(Normalised(R"("type":"Message","direction":"Outbound")").event_type, "message:send");
}

TEST(OpenMessagingTest, AReceiptRepeatsTheMessagesIdAndIsStillItself) {
  std::set<std::string> ids = {Normalised(R"("type":"Text","direction":"Outbound")").event_id};
  for (const std::string_view status : {"Sent", "Delivered", "Read", "Failed", "Published", "Removed"}) {
    const Admission receipt = Receipt(status);
    EXPECT_EQ(receipt.kind, EntryKind::kEnvelope) << status;
    EXPECT_TRUE(receipt.flags.empty()) << status;
    EXPECT_EQ(receipt.message_id, "m-1");
    EXPECT_TRUE(ids.insert(receipt.event_id).second) << receipt.event_id;
  }
}

TEST(OpenMessagingTest, TheStatusSaysWhatHappened) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"Sent", "message:send"},
      {"Published", "message:send"},
      {"queued", "message:send"},
      {"Delivered", "message:delivery"},
      {"delivery-success", "message:delivery"},
      {"Read", "message:read"},
      {"read", "message:read"},
      {"Failed", "message:status"},
      {"delivery-failed", "message:status"},
      {"Removed", "message:status"},
      {"received", "message:status"},
      {"SomethingNew", "message:status"},
      {"", "message:status"},
  };
  for (const auto& [status, type] : kTypes) {
    EXPECT_EQ(Receipt(status).event_type, type) << status;
    EXPECT_EQ(Receipt(status).kind, EntryKind::kEnvelope) << status;
  }
}

TEST(OpenMessagingTest, AReceiptIsInScopeWhateverItsDirectionSays) {
  for (const std::string_view direction :
       {R"(,"direction":"Outbound")", R"(,"direction":"Inbound")", R"(,"direction":null)", ""}) {
    const Admission receipt = Normalised(Concat({R"("type":"Receipt","status":"Delivered")", direction}));
    EXPECT_EQ(receipt.kind, EntryKind::kEnvelope) << direction;
    EXPECT_TRUE(receipt.flags.empty()) << direction;
  }
  EXPECT_EQ(Normalised(R"("type":"Receipt","status":"Read","direction":"Inbound")").direction, "Inbound");
}

TEST(OpenMessagingTest, WhatTheCustomerWroteAndTypingAreOutOfScope) {
  EXPECT_EQ(Normalised(R"("type":"Text","text":"hi","direction":"Inbound")").reason, "direction");
  EXPECT_EQ(Normalised(R"("type":"Event","direction":"Outbound")").reason, "type");
}

TEST(OpenMessagingTest, EveryMessengerIsAChannelOfOurs) {
  constexpr std::pair<std::string_view, std::string_view> kChannels[] = {
      {"sms", "SMS"},           {"Email", "EMAIL"},     {"mms", "MMS"},          {"Open", "WEBCHAT"},
      {"facebook", "WEBCHAT"},  {"twitter", "WEBCHAT"}, {"whatsapp", "WEBCHAT"}, {"webmessaging", "WEBCHAT"},
      {"instagram", "WEBCHAT"}, {"apple", "WEBCHAT"},   {"WebChat", "WEBCHAT"},  {"BrandNew", "BrandNew"},
  };
  for (const auto& [platform, channel] : kChannels) {
    const Admission text = Normalised(R"("type":"Text","direction":"Outbound")", platform);
    EXPECT_EQ(text.channel, channel);
    EXPECT_EQ(text.kind, EntryKind::kEnvelope) << platform;
  }
}

TEST(EventBridgeTest, ReadsTheEnvelope) {
  const Admission event = Admit(BuiltinProfile("genesys-eventbridge").value(), R"({
    "version": "0", "id": "0f6f1f0e-0000-4000-8000-000000000001",
    "detail-type": "v2.detail.events.conversation.{id}.customer.end",
    "source": "aws.partner/genesys.com/cloud/00000000-0000-4000-8000-0000000000aa/bus", "account": "000000000000",
    "time": "2026-11-24T03:50:00Z", "region": "eu-west-1", "resources": [],
    "detail": {
      "topicName": "v2.detail.events.conversation.00000000-0000-4000-8000-0000000000bb.customer.end", "version": "2",
      "eventBody": {"eventTime": 1795492054949, "conversationId": "00000000-0000-4000-8000-0000000000bb",
                    "mediaType": "CHAT", "direction": "INBOUND", "conversationExternalContactIds": []},
      "metadata": {"CorrelationId": "00000000-0000-4000-8000-0000000000cc"},
      "timestamp": "2026-11-24T03:47:35.013Z"}})");
  EXPECT_EQ(event.kind, EntryKind::kEnvelope);
  EXPECT_TRUE(event.flags.empty());
  EXPECT_EQ(event.event_id, "0f6f1f0e-0000-4000-8000-000000000001");
  EXPECT_EQ(event.event_type, "v2.detail.events.conversation.{id}.customer.end");
  EXPECT_EQ(event.schema_version, "2");
  EXPECT_EQ(event.event_time, ParseRfc3339("2026-11-24T03:47:35.013Z"));
  EXPECT_EQ(event.message_id, "00000000-0000-4000-8000-0000000000bb");
  EXPECT_EQ(event.channel, "WEBCHAT");
  EXPECT_EQ(event.direction, "INBOUND");
  EXPECT_EQ(event.correlation_id, "00000000-0000-4000-8000-0000000000cc");
}

}  // namespace
}  // namespace affidavit
