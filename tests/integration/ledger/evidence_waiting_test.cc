// wait_max_ms.
#include <future>

#include "tests/integration/ledger/evidence_fixture.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

using std::chrono::milliseconds;

class EvidenceWaitingTest : public EvidenceFixture {
 protected:
  // A call that waits for entry 0, on a thread of its own.
  std::future<grpc::Status> WaitForFirst(milliseconds wait_max, milliseconds deadline = std::chrono::seconds(40)) {
    return std::async(std::launch::async, [=, this] {
      v1::GetInclusionProofRequest request;
      request.set_leaf_index(0);
      request.set_wait_max_ms(static_cast<int32_t>(wait_max.count()));
      v1::GetInclusionProofResponse response;
      return Call(&v1::EvidenceService::Stub::GetInclusionProof, request, &response, deadline);
    });
  }
};

TEST_F(EvidenceWaitingTest, EndsOnceACheckpointCoversTheEntry) {
  Serve();
  AppendNumbered(1);
  auto waiting = WaitForFirst(std::chrono::seconds(30));
  EXPECT_EQ(waiting.wait_for(milliseconds(100)), std::future_status::timeout);
  Publish();
  EXPECT_TRUE(waiting.get().ok());
}

TEST_F(EvidenceWaitingTest, EndsAtItsOwnBoundTheServersAndTheCalls) {
  Serve({.wait_max = milliseconds(200)});
  AppendNumbered(1);
  EXPECT_EQ(ReasonOf(WaitForFirst(milliseconds(50)).get()), "TREE_SIZE_NOT_PUBLISHED");
  EXPECT_EQ(ReasonOf(WaitForFirst(std::chrono::hours(1)).get()), "TREE_SIZE_NOT_PUBLISHED");
}

TEST_F(EvidenceWaitingTest, AnswersBeforeTheCallsDeadline) {
  Serve();
  AppendNumbered(1);
  EXPECT_EQ(ReasonOf(WaitForFirst(std::chrono::seconds(30), std::chrono::seconds(2)).get()), "TREE_SIZE_NOT_PUBLISHED");
}

TEST_F(EvidenceWaitingTest, WhoeverIsOneTooManyIsToldAtOnce) {
  EvidenceServiceOptions options;
  options.watch.waiter_count_max = 0;
  Serve(std::move(options));
  AppendNumbered(1);
  auto waiting = WaitForFirst(std::chrono::seconds(30));
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds(15)), std::future_status::ready);
  EXPECT_EQ(ReasonOf(waiting.get()), "TREE_SIZE_NOT_PUBLISHED");
}

TEST_F(EvidenceWaitingTest, HoldsNoConnectionMeanwhile) {
  Serve();
  AppendNumbered(1);
  std::vector<std::future<grpc::Status>> waiting;
  for (int i = 0; i < 8; ++i) {  // twice the pool
    waiting.push_back(WaitForFirst(std::chrono::seconds(30)));
  }
  v1::GetCheckpointResponse response;
  EXPECT_EQ(ReasonOf(GetCheckpoint(0, &response)), "CHECKPOINT_NOT_FOUND");
  Publish();
  for (auto& each : waiting) {
    EXPECT_TRUE(each.get().ok());
  }
}

TEST_F(EvidenceWaitingTest, AStoppingServerWaitsForNobody) {
  Serve();
  AppendNumbered(1);
  auto waiting = WaitForFirst(std::chrono::seconds(30));
  EXPECT_EQ(waiting.wait_for(milliseconds(50)), std::future_status::timeout);
  service_->Stop();
  const grpc::Status status = waiting.get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "DRAINING");
  EXPECT_GT(RetryDelayOf(status).count(), 0);
}

TEST_F(EvidenceWaitingTest, ConsistencyAndDeliveryWaitToo) {
  Serve();
  AppendNumbered(2);
  auto consistency = std::async(std::launch::async, [this] {
    v1::GetConsistencyProofRequest request;
    request.set_first_tree_size(1);
    request.set_second_tree_size(2);
    request.set_wait_max_ms(30'000);
    v1::GetConsistencyProofResponse response;
    return Call(&v1::EvidenceService::Stub::GetConsistencyProof, request, &response);
  });
  auto delivery = std::async(std::launch::async, [this] {
    v1::GetProofOfDeliveryRequest request;
    request.set_message_id("m-1");
    request.set_wait_max_ms(30'000);
    v1::GetProofOfDeliveryResponse response;
    return Delivery(request, &response);
  });
  Publish();
  EXPECT_TRUE(consistency.get().ok());
  EXPECT_TRUE(delivery.get().ok());
}

}  // namespace
}  // namespace affidavit::ledger
