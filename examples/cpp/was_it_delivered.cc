// Asks a ledger what became of a message:  was-it-delivered TARGET message|correlation|event ID
// Exit code: 0 delivered or read (all of them, if there are several), 1 not, 2 wrong usage, 3 the ledger cannot be
// asked, 4 nothing is known of it.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <iostream>
#include <string>

#include "affidavit/v1/query_service.grpc.pb.h"
#include "google/protobuf/util/time_util.h"

namespace v1 = affidavit::v1;

namespace {

enum ExitCode { kDelivered, kNotDelivered, kUsage, kUnreachable, kUnknown };

bool SetKey(const std::string& kind, const std::string& id, v1::GetCustodyChainRequest& request) {
  if (kind == "message") {
    request.set_message_id(id);
  } else if (kind == "correlation") {
    request.set_correlation_id(id);
  } else if (kind == "event") {
    request.set_event_id(id);
  }
  return request.key_case() != v1::GetCustodyChainRequest::KEY_NOT_SET;
}

bool HasArrived(const v1::CustodyChain& chain) {
  return chain.status() == v1::MESSAGE_STATUS_DELIVERED || chain.status() == v1::MESSAGE_STATUS_READ;
}

void Show(const v1::CustodyChain& chain) {
  std::cout << (chain.message_id().empty() ? chain.event_id() : chain.message_id()) << "  "
            << v1::MessageStatus_Name(chain.status()) << (chain.late_delivery() ? ", late" : "") << "\n";
  for (const v1::CustodyEvent& event : chain.events()) {
    const v1::Entry& entry = event.entry();
    std::cout << "  "
              << google::protobuf::util::TimeUtil::ToString(entry.has_event_time() ? entry.event_time()
                                                                                   : entry.receive_time())
              << "  " << entry.event_type() << "  entry " << entry.leaf_index() << "\n";
  }
}

int ExitCodeOf(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::NOT_FOUND:
      return kUnknown;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION:  // an id of several messages, say
      return kUsage;
    default:
      return kUnreachable;
  }
}

// Every chain, over all pages.
int Ask(v1::QueryService::Stub& ledger, v1::GetCustodyChainRequest request) {
  bool all_arrived = true;
  do {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    v1::GetCustodyChainResponse response;
    const grpc::Status status = ledger.GetCustodyChain(&context, request, &response);
    if (!status.ok()) {
      std::cerr << status.error_message() << "\n";
      return ExitCodeOf(status);
    }
    for (const v1::CustodyChain& chain : response.chains()) {
      Show(chain);
      all_arrived = all_arrived && HasArrived(chain);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return all_arrived ? kDelivered : kNotDelivered;
}

}  // namespace

int main(int argc, char** argv) {
  v1::GetCustodyChainRequest request;
  if (argc != 4 || !SetKey(argv[2], argv[3], request)) {
    std::cerr << "usage: was-it-delivered TARGET message|correlation|event ID\n";
    return kUsage;
  }
  // Towards another machine: grpc::SslCredentials.
  const auto channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
  return Ask(*v1::QueryService::NewStub(channel), request);
}
