#include "tests/contract/receipt_sink_contract.h"

#include "absl/strings/str_cat.h"

namespace affidavit::siem {
namespace {

std::vector<std::string> Numbered(int begin, int end) {
  std::vector<std::string> messages;
  for (int i = begin; i < end; ++i) {
    messages.push_back(absl::StrCat("message ", i));
  }
  return messages;
}

TEST_P(ReceiptSinkContract, DeliversAllInOrderByteForByte) {
  const std::unique_ptr<SinkBackend> backend = GetParam().make();
  const std::unique_ptr<ReceiptSink> sink = backend->MakeSink();
  std::vector<std::string> messages = Numbered(0, 700);
  messages.insert(messages.begin() + 3, {"ünïcødé \xE6\xBC\xA2 \\ \" ]", std::string(8'000, 'x'), "3 x", " "});
  const Delivery delivery = sink->Deliver(messages);
  EXPECT_TRUE(delivery.status.ok()) << delivery.status;
  EXPECT_EQ(delivery.delivered_count, messages.size());
  EXPECT_EQ(backend->Received(), messages);
}

TEST_P(ReceiptSinkContract, DeliversAgainAndAgain) {
  const std::unique_ptr<SinkBackend> backend = GetParam().make();
  const std::unique_ptr<ReceiptSink> sink = backend->MakeSink();
  for (int i = 0; i < 20; ++i) {
    const Delivery delivery = sink->Deliver(Numbered(i * 5, i * 5 + 5));
    ASSERT_TRUE(delivery.status.ok()) << delivery.status;
    EXPECT_EQ(delivery.delivered_count, 5u);
  }
  EXPECT_EQ(backend->Received(), Numbered(0, 100));
}

TEST_P(ReceiptSinkContract, NothingIsDeliveredAtOnce) {
  const std::unique_ptr<SinkBackend> backend = GetParam().make();
  const std::unique_ptr<ReceiptSink> sink = backend->MakeSink();
  const Delivery delivery = sink->Deliver({});
  EXPECT_TRUE(delivery.status.ok()) << delivery.status;
  EXPECT_EQ(delivery.delivered_count, 0u);
  EXPECT_TRUE(backend->Received().empty());
}

TEST_P(ReceiptSinkContract, CountsNothingThatIsOutOfReachAndComesBack) {
  const std::unique_ptr<SinkBackend> backend = GetParam().make();
  const std::unique_ptr<ReceiptSink> sink = backend->MakeSink();
  ASSERT_TRUE(sink->Deliver(Numbered(0, 10)).status.ok());
  backend->TakeAway();
  for (int i = 0; i < 2; ++i) {
    const Delivery delivery = sink->Deliver(Numbered(10, 20));
    EXPECT_EQ(delivery.delivered_count, 0u);
    EXPECT_TRUE(absl::IsUnavailable(delivery.status) || absl::IsFailedPrecondition(delivery.status)) << delivery.status;
  }
  backend->BringBack();
  const Delivery delivery = sink->Deliver(Numbered(10, 20));
  EXPECT_TRUE(delivery.status.ok()) << delivery.status;
  EXPECT_EQ(backend->Received(), Numbered(0, 20));
}

TEST_P(ReceiptSinkContract, DeliversNothingAfterCancel) {
  const std::unique_ptr<SinkBackend> backend = GetParam().make();
  const std::unique_ptr<ReceiptSink> sink = backend->MakeSink();
  sink->Cancel();
  const Delivery delivery = sink->Deliver(Numbered(0, 10));
  EXPECT_TRUE(absl::IsCancelled(delivery.status)) << delivery.status;
  EXPECT_EQ(delivery.delivered_count, 0u);
  EXPECT_TRUE(backend->Received().empty());
}

}  // namespace
}  // namespace affidavit::siem
