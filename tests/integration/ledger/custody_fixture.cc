#include "tests/integration/ledger/custody_fixture.h"

namespace affidavit::ledger {

int64_t CustodyFixture::AppendTimeout(const std::string& send_id, const std::string& message_id) {
  v1::AppendRecordsRequest request;
  v1::Record& record = *request.add_records();
  record.set_kind(v1::ENTRY_KIND_STATUS);
  record.set_source("genesys");
  record.set_idempotency_key("timeout|" + send_id);
  record.set_payload(R"({"status":"PENDING_DELIVERY_FAIL","threshold_seconds":120})");
  record.set_event_type("message:status:timeout");
  record.set_channel("sms");
  record.set_message_id(message_id);
  v1::AppendRecordsResponse response;
  const grpc::Status status = ledger().Call(&v1::AppendService::Stub::AppendRecords, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.results_size() == 1 ? response.results(0).leaf_index() : -1;
}

v1::GetCustodyChainRequest CustodyFixture::ByMessage(const std::string& id, const std::string& source) {
  v1::GetCustodyChainRequest request;
  request.set_message_id(id);
  request.set_source(source);
  return request;
}

v1::GetCustodyChainRequest CustodyFixture::ByCorrelation(const std::string& id, const std::string& source) {
  v1::GetCustodyChainRequest request;
  request.set_correlation_id(id);
  request.set_source(source);
  return request;
}

v1::GetCustodyChainRequest CustodyFixture::ByEvent(const std::string& id, const std::string& source) {
  v1::GetCustodyChainRequest request;
  request.set_event_id(id);
  request.set_source(source);
  return request;
}

v1::GetCustodyChainRequest CustodyFixture::ByRecipient(const std::string& address, int page_size) {
  v1::GetCustodyChainRequest request;
  request.set_recipient(address);
  request.set_page_size(page_size);
  return request;
}

v1::GetCustodyChainResponse CustodyFixture::Ask(const v1::GetCustodyChainRequest& request) {
  v1::GetCustodyChainResponse response;
  const grpc::Status status = TryAsk(request, &response);
  EXPECT_TRUE(status.ok()) << ReasonOf(status) << " " << status.error_message();
  return response;
}

v1::CustodyChain CustodyFixture::Chain(const v1::GetCustodyChainRequest& request) {
  const v1::GetCustodyChainResponse response = Ask(request);
  EXPECT_EQ(response.chains_size(), 1);
  EXPECT_EQ(response.next_page_token(), "");
  return response.chains_size() == 1 ? response.chains(0) : v1::CustodyChain();
}

std::string CustodyFixture::Reason(const v1::GetCustodyChainRequest& request) {
  v1::GetCustodyChainResponse response;
  return ReasonOf(TryAsk(request, &response));
}

std::vector<std::string> CustodyFixture::Told(const v1::CustodyChain& chain) {
  constexpr size_t kPrefixSize = sizeof("MESSAGE_STATUS_") - 1;
  std::vector<std::string> told;
  for (const v1::CustodyEvent& event : chain.events()) {
    told.push_back(std::to_string(event.entry().leaf_index()) + " " +
                   v1::MessageStatus_Name(event.status()).substr(kPrefixSize) +
                   (event.status_word().empty() ? "" : " " + event.status_word()));
  }
  return told;
}

}  // namespace affidavit::ledger
