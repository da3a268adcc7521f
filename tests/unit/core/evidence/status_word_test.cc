#include "core/evidence/status_word.h"

#include "gtest/gtest.h"

namespace affidavit {
namespace {

TEST(StatusWordTest, KnowsTheWordsOfEveryVocabulary) {
  using enum MessageStatus;
  const std::pair<std::string_view, MessageStatus> words[] = {
      // Normalised messages.
      {"Sent", kPending},
      {"Delivered", kDelivered},
      {"Read", kRead},
      {"Failed", kFailed},
      {"Published", kPending},
      {"Removed", kUnknown},
      // Message details.
      {"queued", kPending},
      {"sent", kPending},
      {"failed", kFailed},
      {"received", kUnknown},
      {"delivery-success", kDelivered},
      {"delivery-failed", kFailed},
      {"read", kRead},
      {"removed", kUnknown},
      {"published", kPending},
      // Analytics.
      {"DeliveryFailed", kFailed},
      {"DeliveryPushed", kPending},
      {"DeliverySuccess", kDelivered},
      {"Queued", kPending},
      {"Received", kUnknown},
      // Watchers of silent messages.
      {"PENDING_DELIVERY_FAIL", kTimedOut},
      {"pending", kPending},
      // Letter case and fillers.
      {"DELIVERED", kDelivered},
      {"delivery_success", kDelivered},
      {"Delivery Success", kDelivered},
      // Nothing that we know.
      {"", kUnknown},
      {"-", kUnknown},
      {"undelivered", kUnknown},
      {"delivered!", kUnknown},
      {"not delivered", kUnknown},
      {"d\xC3\xA9livered", kUnknown},
  };
  for (const auto& [word, status] : words) {
    EXPECT_EQ(StatusOfWord(word), status) << word;
  }
  EXPECT_EQ(StatusOfWord("read" + std::string(100, ' ')), kUnknown);
}

TEST(StatusWordTest, FindsTheWordWhereEitherProfileHasIt) {
  const StatusWordReader reader;
  EXPECT_EQ(reader.Read(R"({"message":{"status":"delivered"}})").word, "delivered");
  EXPECT_EQ(reader.Read(R"({"status":"DeliveryFailed","channel":{"status":"x"}})").word, "DeliveryFailed");
  EXPECT_EQ(reader.Read(R"({"status":"sent","message":{"status":"fa\u0069led"}})").word, "failed");  // the inner one
  EXPECT_EQ(reader.Read(R"({"status":"sent","message":{"status":null}})").word, "sent");
}

TEST(StatusWordTest, TellsAbsentFromUnreadable) {
  const StatusWordReader reader;
  for (const std::string_view body :
       {"{}", "[]", "1", R"({"status":null})", R"({"message":{}})", R"({"message":"status"})"}) {
    const StatusWord word = reader.Read(body);
    EXPECT_FALSE(word.present) << body;
    EXPECT_EQ(word.word, "");
  }
  const std::string unreadable[] = {
      "",
      "{",
      "\xFF",
      R"({"status":1})",
      R"({"status":{"code":"delivered"}})",
      R"({"status":["delivered"]})",
      R"({"status":true})",
      R"({"status":""})",
      R"({"status":"\u0000"})",
      R"({"status":"\ud800"})",
      R"({"status":"delivered","status":"failed"})",
      R"({"message":{"status":"delivered"},"message":{"status":"failed"}})",
      R"({"message":{"status":7},"status":"delivered"})",
      R"({"status":")" + std::string(65, 'x') + R"("})",
      std::string(1000, '['),
  };
  for (const std::string& body : unreadable) {
    const StatusWord word = reader.Read(body);
    EXPECT_TRUE(word.present) << body;
    EXPECT_EQ(word.word, "") << body;
  }
}

}  // namespace
}  // namespace affidavit
