#include "services/ledger/evidence/evidence_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/envelope/leaf.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename Request>
std::vector<std::string> Fields(const Request& request) {
  std::vector<std::string> fields;
  for (const WireError::Violation& violation : FaultsOf(request)) {
    fields.push_back(violation.field);
  }
  return fields;
}

TEST(EvidenceRequestsTest, InclusionNeedsAnEntryAndATreeThatHoldsIt) {
  v1::GetInclusionProofRequest request;
  EXPECT_THAT(Fields(request), ElementsAre("entry"));
  request.set_leaf_index(0);
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_leaf_index(-1);
  request.set_tree_size(-1);
  request.set_wait_max_ms(-1);
  EXPECT_THAT(Fields(request), ElementsAre("leaf_index", "tree_size", "wait_max_ms"));
  request.set_leaf_index(7);
  request.set_tree_size(7);
  request.set_wait_max_ms(0);
  EXPECT_THAT(Fields(request), ElementsAre("tree_size"));
  request.set_tree_size(8);
  EXPECT_THAT(Fields(request), IsEmpty());
}

TEST(EvidenceRequestsTest, ALeafIsItsExactBytes) {
  const LeafFields fields{
      .source = "genesys", .event_id = "e-1", .retention_class = "default", .provenance = "webhook"};
  const std::string leaf = EncodeLeaf(fields).value();
  v1::GetInclusionProofRequest request;
  request.set_leaf(leaf);
  EXPECT_THAT(Fields(request), IsEmpty());
  for (const std::string& other : {std::string(), leaf + "\n", std::string("{}"), std::string(70'000, ' ')}) {
    request.set_leaf(other);
    EXPECT_THAT(Fields(request), ElementsAre("leaf"));
  }
}

TEST(EvidenceRequestsTest, ConsistencyGoesForwardFromSomething) {
  v1::GetConsistencyProofRequest request;
  EXPECT_THAT(Fields(request), ElementsAre("first_tree_size"));
  request.set_first_tree_size(5);
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_second_tree_size(5);
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_second_tree_size(4);
  EXPECT_THAT(Fields(request), ElementsAre("first_tree_size"));
  request.set_second_tree_size(-1);
  request.set_wait_max_ms(-1);
  EXPECT_THAT(Fields(request), ElementsAre("second_tree_size", "wait_max_ms"));
}

TEST(EvidenceRequestsTest, CheckpointsHaveSizesPagesAndOrigins) {
  v1::GetCheckpointRequest get;
  EXPECT_THAT(Fields(get), IsEmpty());
  get.set_tree_size(-1);
  get.set_origin("a\n");
  EXPECT_THAT(Fields(get), ElementsAre("tree_size", "origin"));
  v1::ListCheckpointsRequest list;
  EXPECT_THAT(Fields(list), IsEmpty());
  list.set_page_size(-1);
  list.set_origin(std::string("a\0", 2));
  EXPECT_THAT(Fields(list), ElementsAre("page_size", "origin"));
}

TEST(EvidenceRequestsTest, DeliveryNeedsASoundId) {
  v1::GetProofOfDeliveryRequest request;
  EXPECT_THAT(Fields(request), ElementsAre("key"));
  request.set_message_id("m-1");
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_message_id("");
  request.set_source("a\nb");
  request.set_wait_max_ms(-5);
  EXPECT_THAT(Fields(request), ElementsAre("message_id", "source", "wait_max_ms"));
  request.Clear();
  request.set_correlation_id(std::string(257, 'x'));
  EXPECT_THAT(Fields(request), ElementsAre("correlation_id"));
  request.set_event_id(std::string(512, 'x'));
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_event_id("a\tb");
  EXPECT_THAT(Fields(request), ElementsAre("event_id"));
}

}  // namespace
}  // namespace affidavit::ledger
