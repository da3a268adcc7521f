// By recipient: GetCustodyChain's pages of messages, and ListEntries' filter.
#include "core/evidence/subject.h"
#include "tests/integration/ledger/custody_fixture.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class CustodyRecipientTest : public CustodyFixture {
 protected:
  // Message ids, page by page; at most 20 pages.
  std::vector<std::string> Pages(v1::GetCustodyChainRequest request) {
    std::vector<std::string> pages;
    do {
      const v1::GetCustodyChainResponse answer = Ask(request);
      std::string page;
      for (const v1::CustodyChain& chain : answer.chains()) {
        page += (page.empty() ? "" : " ") + chain.message_id();
      }
      pages.push_back(page);
      request.set_page_token(answer.next_page_token());
    } while (!request.page_token().empty() && pages.size() < 20);
    return pages;
  }

  std::string HashOf(const std::string& address) const {
    return std::string(AsBytes(SubjectHash(config_.facts.subject_key, address)));
  }
};

TEST_F(CustodyRecipientTest, MessagesComeNewestFirstEachOnce) {
  for (const std::string number : {"1", "2", "3"}) {
    Append(Event("s" + number, "send", "m-" + number, "", To("Ada@example.com")));
  }
  Append(Event("s4", "send", "m-4", "", To("bob@example.com")));
  Append(Event("d1", "delivery", "m-1", "", To("ada@example.com")));  // now m-1 is the newest
  EXPECT_THAT(Pages(ByRecipient("ada@example.com")), ElementsAre("")) << "nothing is projected yet";
  Fold();
  EXPECT_THAT(Pages(ByRecipient(" ADA@example.com ")), ElementsAre("m-1 m-3 m-2"));
  EXPECT_THAT(Pages(ByRecipient("ada@example.com", 1)), ElementsAre("m-1", "m-3", "m-2", ""));
  EXPECT_THAT(Pages(ByRecipient("ada@example.com", 2)), ElementsAre("m-1 m-3", "m-2"));
  EXPECT_THAT(Pages(ByRecipient("nobody@example.com")), ElementsAre(""));
  v1::GetCustodyChainRequest by_hash;
  by_hash.set_subject_hash(HashOf("bob@example.com"));
  EXPECT_THAT(Pages(by_hash), ElementsAre("m-4"));
}

TEST_F(CustodyRecipientTest, ChainsHoldWhatIsNotYetProjected) {
  Append(Event("s", "send", "m", "", To("ada@example.com") + At("01")));
  Fold();
  Append(Event("d", "delivery", "m", "", At("02")));
  EXPECT_THAT(Told(Chain(ByRecipient("ada@example.com"))), ElementsAre("0 PENDING", "1 DELIVERED"));
}

TEST_F(CustodyRecipientTest, WhatIsFoldedMeanwhileShiftsNoPages) {
  for (const std::string number : {"1", "2", "3"}) {
    Append(Event("s" + number, "send", "m-" + number, "", To("ada@example.com")));
  }
  Fold();
  v1::GetCustodyChainRequest request = ByRecipient("ada@example.com", 2);
  const v1::GetCustodyChainResponse first = Ask(request);
  EXPECT_EQ(first.chains(0).message_id(), "m-3");
  Append(Event("d1", "delivery", "m-1", "", To("ada@example.com")));
  Append(Event("s4", "send", "m-4", "", To("ada@example.com")));
  Fold();
  request.set_page_token(first.next_page_token());
  const v1::GetCustodyChainResponse second = Ask(request);
  ASSERT_EQ(second.chains_size(), 1);
  EXPECT_EQ(second.chains(0).message_id(), "m-1");
  EXPECT_EQ(second.chains(0).events_size(), 2);
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(CustodyRecipientTest, ManyEntriesOfOneMessageAreOneChain) {
  Append(Event("s", "send", "m-1", "", To("ada@example.com")));
  std::vector<v1::Envelope> envelopes;
  for (int i = 0; i < 450; ++i) {
    envelopes.push_back(MakeEnvelope(Event("d" + std::to_string(i), "delivery", "m-2", "", To("ada@example.com"))));
  }
  ledger().Append(MakeRequest(envelopes));
  Append(Event("late", "delivery", "m-1", "", To("ada@example.com")));
  Fold();
  EXPECT_THAT(Pages(ByRecipient("ada@example.com", 1)), ElementsAre("m-1", "m-2", ""));
}

TEST_F(CustodyRecipientTest, APageHoldsNoMoreEntriesThanOneAnswer) {
  for (const std::string message : {"m-1", "m-2"}) {
    std::vector<v1::Envelope> envelopes;
    for (int i = 0; i < 501; ++i) {
      envelopes.push_back(
          MakeEnvelope(Event(message + std::to_string(i), "delivery", message, "", To("ada@example.com"))));
    }
    ledger().Append(MakeRequest(envelopes));
  }
  Fold();
  EXPECT_THAT(Pages(ByRecipient("ada@example.com")), ElementsAre("m-2", "m-1"));
  std::vector<v1::Envelope> more;
  for (int i = 0; i < 500; ++i) {
    more.push_back(MakeEnvelope(Event("more" + std::to_string(i), "delivery", "m-1")));
  }
  ledger().Append(MakeRequest(more));
  EXPECT_EQ(Reason(ByMessage("m-1")), "PROOF_TOO_LARGE");
}

TEST_F(CustodyRecipientTest, ASourceNarrows) {
  Append(Event("s", "send", "m", "", To("ada@example.com")));
  Fold();
  v1::GetCustodyChainRequest request = ByRecipient("ada@example.com");
  request.set_source("other");
  EXPECT_THAT(Pages(request), ElementsAre(""));
  request.set_source("genesys");
  EXPECT_THAT(Pages(request), ElementsAre("m"));
}

TEST_F(CustodyRecipientTest, TokensAreForTheirRequest) {
  Append(Event("s1", "send", "m-1", "", To("ada@example.com")));
  Append(Event("s2", "send", "m-2", "", To("ada@example.com")));
  Fold();
  v1::GetCustodyChainRequest request = ByRecipient("ada@example.com", 1);
  const std::string token = Ask(request).next_page_token();
  request = ByRecipient("bob@example.com", 1);
  request.set_page_token(token);
  EXPECT_EQ(Reason(request), "PAGE_TOKEN_INVALID");
  request = ByMessage("m-1");
  request.set_page_token(token);
  EXPECT_EQ(Reason(request), "PAGE_TOKEN_INVALID");
}

TEST_F(CustodyRecipientTest, WithoutAKeyOnlyHashesAreLookedUp) {
  Append(Event("s", "send", "m", "", To("ada@example.com")));
  Fold();
  const std::string hash = HashOf("ada@example.com");
  ledger_.reset();
  config_.facts.subject_key.clear();
  v1::GetCustodyChainResponse response;
  const grpc::Status status = TryAsk(ByRecipient("ada@example.com"), &response);
  EXPECT_EQ(ReasonOf(status), "SUBJECT_KEY_NOT_CONFIGURED");
  EXPECT_THAT(status.error_message(), HasSubstr("facts.subject_key_file"));
  EXPECT_THAT(status.error_message(), Not(HasSubstr("ada")));
  v1::GetCustodyChainRequest by_hash;
  by_hash.set_subject_hash(hash);
  EXPECT_THAT(Pages(by_hash), ElementsAre("m"));
  v1::ListEntriesRequest list;
  list.mutable_filter()->set_recipient("ada@example.com");
  v1::ListEntriesResponse entries;
  EXPECT_EQ(ReasonOf(ledger().Call(&v1::QueryService::Stub::ListEntries, list, &entries)),
            "SUBJECT_KEY_NOT_CONFIGURED");
}

TEST_F(CustodyRecipientTest, ListsCanBeOfOneRecipient) {
  Append(Event("s1", "send", "m-1", "", To("ada@example.com")));
  Append(Event("s2", "send", "m-2", "", To("bob@example.com")));
  Append(Event("d1", "delivery", "m-1", "", To("ada@example.com")));
  Fold();
  v1::ListEntriesRequest request;
  request.mutable_filter()->set_recipient("ada@example.com");
  v1::ListEntriesResponse answer = ledger().List(request);
  ASSERT_EQ(answer.entries_size(), 2);
  EXPECT_EQ(answer.entries(1).event_id(), "d1");
  request.mutable_filter()->clear_recipient();
  request.mutable_filter()->set_subject_hash(HashOf("bob@example.com"));
  answer = ledger().List(request);
  ASSERT_EQ(answer.entries_size(), 1);
  EXPECT_EQ(answer.entries(0).event_id(), "s2");
}

}  // namespace
}  // namespace affidavit::ledger
