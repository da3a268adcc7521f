#include "tests/integration/ledger/ledger_fixture.h"

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "google/rpc/error_details.pb.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {
namespace {

constexpr std::chrono::seconds kCallTime{20};

bool NeverInterrupted(std::chrono::milliseconds wait) {
  std::this_thread::sleep_for(wait);
  return false;
}

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  return details;
}

}  // namespace

RunningLedger::RunningLedger(const config::Config& config) {
  auto server = LedgerServer::Start(config, NeverInterrupted);
  if (!server.ok()) {
    throw std::runtime_error(server.status().ToString());
  }
  server_ = *std::move(server);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(8 << 20);  // one entry may be that large
  channel_ = grpc::CreateCustomChannel(server_->listen(), grpc::InsecureChannelCredentials(), arguments);
  append_ = v1::AppendService::NewStub(channel_);
  query_ = v1::QueryService::NewStub(channel_);
}

std::vector<v1::AppendResult> RunningLedger::Append(const v1::AppendEnvelopesRequest& request) {
  v1::AppendEnvelopesResponse response;
  const grpc::Status status = Call(&v1::AppendService::Stub::AppendEnvelopes, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.results_size(), request.envelopes_size());
  return {response.results().begin(), response.results().end()};
}

v1::AppendResult RunningLedger::AppendOne(const v1::Envelope& envelope) {
  const auto results = Append(MakeRequest({envelope}));
  return results.empty() ? v1::AppendResult() : results.front();
}

v1::ListEntriesResponse RunningLedger::List(const v1::ListEntriesRequest& request) {
  v1::ListEntriesResponse response;
  const grpc::Status status = Call(&v1::QueryService::Stub::ListEntries, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

v1::GetStatusResponse RunningLedger::Status() {
  v1::GetStatusResponse response;
  const grpc::Status status = Call(&v1::QueryService::Stub::GetStatus, v1::GetStatusRequest(), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

v1::Entry RunningLedger::Get(int64_t leaf_index) {
  v1::GetEntryRequest request;
  request.set_leaf_index(leaf_index);
  v1::GetEntryResponse response;
  const grpc::Status status = Call(&v1::QueryService::Stub::GetEntry, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.entry();
}

void RunningLedger::SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + kCallTime);
}

LedgerFixture::LedgerFixture() {
  std::string name = (std::filesystem::temp_directory_path() / "affidavit-ledger-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("cannot make a folder in the temporary one");
  }
  folder_ = name;
}

LedgerFixture::~LedgerFixture() {
  std::filesystem::remove_all(folder_);
}

config::Config LedgerFixture::MakeConfig() {
  config::Config config;
  config.database.url = database_.url(testing::Role::kLedger);
  config.ledger.listen = "unix:" + folder_ + "/" + std::to_string(socket_count_++) + ".sock";
  config.ledger.metrics_listen = "127.0.0.1:0";
  config.ledger.drain_seconds = 5;
  for (const char* name : {"genesys", "other"}) {
    config::SourceConfig source;
    source.name = name;
    source.profile = BuiltinProfile("default").value();
    config.sources.push_back(source);
  }
  return config;
}

v1::Envelope MakeEnvelope(const std::string& payload, const std::string& source) {
  v1::Envelope envelope;
  envelope.set_source(source);
  envelope.set_payload(payload);
  *envelope.mutable_receive_time() = ToTimestamp(SystemClock().WallNow());
  envelope.mutable_signature()->set_scheme("hmac-sha256-hex");
  envelope.mutable_signature()->set_key_id(source + "-1");
  envelope.mutable_signature()->set_key_fingerprint("\x01\x02\x03\x04\x05\x06\x07\x08");
  auto* header = envelope.mutable_signature()->add_headers();
  header->set_name("x-genesys-signature");
  header->set_value(std::string(64, 'a'));
  envelope.set_provenance("webhook");
  return envelope;
}

std::string EventBody(const std::string& id, const std::string& more) {
  return R"({"id":")" + id + R"(","type":"message:send","message":{"id":"m-)" + id +
         R"(","direction":"outbound","channel":"sms"})" + more + "}";
}

v1::AppendEnvelopesRequest MakeRequest(const std::vector<v1::Envelope>& envelopes) {
  v1::AppendEnvelopesRequest request;
  request.set_adapter_id("adapter-1");
  for (const v1::Envelope& envelope : envelopes) {
    *request.add_envelopes() = envelope;
  }
  return request;
}

std::string ReasonOf(const google::rpc::Status& status) {
  google::rpc::ErrorInfo info;
  return status.details_size() > 0 && status.details(0).UnpackTo(&info) ? info.reason() : "";
}

std::string ReasonOf(const grpc::Status& status) {
  return ReasonOf(DetailsOf(status));
}

std::vector<std::string> FieldsAtFault(const google::rpc::Status& status) {
  std::vector<std::string> fields;
  for (const auto& detail : status.details()) {
    google::rpc::BadRequest bad_request;
    if (detail.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        fields.push_back(violation.field());
      }
    }
  }
  return fields;
}

std::vector<std::string> FieldsAtFault(const grpc::Status& status) {
  return FieldsAtFault(DetailsOf(status));
}

}  // namespace affidavit::ledger
