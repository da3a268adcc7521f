#include "services/ledger/query/custody_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evidence/subject.h"
#include "services/ledger/query/subject_request.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kKey = "a key of 16 bytes";

CustodyRequest SoundCustody(const v1::GetCustodyChainRequest& request) {
  return std::get<CustodyRequest>(ReadCustodyRequest(request, kKey));
}

std::vector<std::string> CustodyFaults(const v1::GetCustodyChainRequest& request) {
  std::vector<std::string> fields;
  const auto read = ReadCustodyRequest(request, kKey);
  for (const auto& violation : std::get<WireError>(read).violations) {
    fields.push_back(violation.field);
  }
  return fields;
}

v1::GetCustodyChainRequest ForRecipient(const std::string& recipient) {
  v1::GetCustodyChainRequest request;
  request.set_recipient(recipient);
  return request;
}

TEST(CustodyRequestTest, ReadsEveryKey) {
  v1::GetCustodyChainRequest request;
  request.set_source("s");
  request.set_message_id("m");
  EXPECT_EQ(SoundCustody(request).key->which, DeliveryKey::Id::kMessage);
  EXPECT_EQ(SoundCustody(request).key->id, "m");
  EXPECT_EQ(SoundCustody(request).key->source, "s");
  request.set_correlation_id("c");
  EXPECT_EQ(SoundCustody(request).key->which, DeliveryKey::Id::kCorrelation);
  request.set_event_id("e");
  EXPECT_EQ(SoundCustody(request).key->which, DeliveryKey::Id::kEvent);
  EXPECT_FALSE(SoundCustody(request).subject_hash);
}

TEST(CustodyRequestTest, ARecipientIsHashedOnArrival) {
  const CustodyRequest read = SoundCustody(ForRecipient("Ada@Example.com"));
  EXPECT_EQ(read.subject_hash, SubjectHash(kKey, "ada@example.com"));
  EXPECT_FALSE(read.key);
  v1::GetCustodyChainRequest by_hash;
  by_hash.set_subject_hash(std::string(AsBytes(*read.subject_hash)));
  EXPECT_EQ(SoundCustody(by_hash).subject_hash, read.subject_hash);
  EXPECT_EQ(SoundCustody(by_hash).Listing(), read.Listing());
}

TEST(CustodyRequestTest, PageSizesHaveADefaultAndALimit) {
  v1::GetCustodyChainRequest request = ForRecipient("a@b");
  EXPECT_EQ(SoundCustody(request).page_size, 20);
  request.set_page_size(7);
  EXPECT_EQ(SoundCustody(request).page_size, 7);
  request.set_page_size(101);
  EXPECT_EQ(SoundCustody(request).page_size, 100);
}

TEST(CustodyRequestTest, TellsAllFaultsAndNoValues) {
  v1::GetCustodyChainRequest request = ForRecipient("ada\n@example.com");
  request.set_source("\xFF");
  request.set_page_size(-1);
  EXPECT_THAT(CustodyFaults(request), ElementsAre("source", "recipient", "page_size"));
  const WireError error = std::get<WireError>(ReadCustodyRequest(request, kKey));
  for (const auto& violation : error.violations) {
    EXPECT_EQ(violation.description.find("ada"), std::string::npos);
  }
  EXPECT_THAT(CustodyFaults(ForRecipient("")), ElementsAre("recipient"));
  EXPECT_THAT(CustodyFaults(ForRecipient("  ")), ElementsAre("recipient"));
  request.Clear();
  request.set_subject_hash("short");
  EXPECT_THAT(CustodyFaults(request), ElementsAre("subject_hash"));
  request.set_subject_hash("");
  EXPECT_THAT(CustodyFaults(request), ElementsAre("subject_hash"));
  request.set_message_id("");
  EXPECT_THAT(CustodyFaults(request), ElementsAre("message_id"));
  request.set_message_id(std::string(257, 'x'));
  EXPECT_THAT(CustodyFaults(request), ElementsAre("message_id"));
  EXPECT_THAT(CustodyFaults({}), ElementsAre("key"));
}

TEST(CustodyRequestTest, WithoutAKeyNoRecipientIsFound) {
  const auto read = ReadCustodyRequest(ForRecipient("ada@example.com"), "");
  EXPECT_EQ(std::get<WireError>(read).reason, v1::ERROR_REASON_SUBJECT_KEY_NOT_CONFIGURED);
  v1::GetCustodyChainRequest by_hash;
  by_hash.set_subject_hash(std::string(32, 'x'));
  EXPECT_TRUE(std::holds_alternative<CustodyRequest>(ReadCustodyRequest(by_hash, "")));
}

TEST(CustodyRequestTest, TokensAreForTheirRecipientAndSource) {
  v1::GetCustodyChainRequest request = ForRecipient("ada@example.com");
  const PageToken token{.tree_size = 10, .next_leaf_index = 3};
  request.set_page_token(EncodePageToken(token, SoundCustody(request).Listing()));
  EXPECT_EQ(SoundCustody(request).token, token);
  request.set_source("genesys");
  EXPECT_THAT(CustodyFaults(request), ElementsAre("page_token"));
  request.clear_source();
  request.set_recipient("bob@example.com");
  EXPECT_THAT(CustodyFaults(request), ElementsAre("page_token"));
  request.set_message_id("m");
  EXPECT_THAT(CustodyFaults(request), ElementsAre("page_token"));
}

TEST(SubjectRequestTest, OneOfTwoAtMost) {
  std::vector<WireError::Violation> violations;
  EXPECT_FALSE(ReadSubject("filter.", "", "", kKey, violations));
  EXPECT_TRUE(violations.empty());
  EXPECT_FALSE(ReadSubject("filter.", "a@b", std::string(32, 'x'), kKey, violations));
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].field, "filter.subject_hash");
}

}  // namespace
}  // namespace affidavit::ledger
