#include "webhook-adapter/grpc_ledger_client.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "core/base/digest.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/integration/webhook-adapter/certificate.h"
#include "tests/integration/webhook-adapter/fake_append_service.h"

namespace affidavit::adapter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class GrpcLedgerClientTest : public testing::Test {
 protected:
  GrpcLedgerClientTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(16 << 20);
    server_ = builder.BuildAndStart();
    client_ = *MakeGrpcLedgerClient({.target = "127.0.0.1:" + std::to_string(port_)});
  }

  absl::StatusOr<std::vector<AppendResult>> Append(std::vector<Envelope*> envelopes,
                                                   std::chrono::nanoseconds patience = seconds(10)) {
    const std::vector<SigningKey> keys = {{"genesys", "k1", "12345678"}};
    return client_->AppendEnvelopes({.adapter_id = "adapter-7", .signing_keys = keys, .envelopes = envelopes},
                                    steady_clock::now() + patience);
  }

  static Envelope MakeEnvelope() {
    Envelope envelope{.source = "genesys",
                      .payload = std::string("\x00\xff{}", 4),
                      .receive_time = TimePoint(std::chrono::microseconds(1'795'492'054'123'456)),
                      .provenance = "webhook",
                      .request_id = "0123456789abcdef"};
    envelope.signature = {"hmac-sha256-hex", "k1", "12345678", {{"x-genesys-signature", "\xff"}}};
    return envelope;
  }

  int port_ = 0;
  FakeAppendService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<LedgerClient> client_;
};

TEST_F(GrpcLedgerClientTest, SendsAllOfAnEnvelopeAndLeavesItAsItWas) {
  service_.HandleWith(
      [](grpc::ServerContext&, const v1::AppendEnvelopesRequest&, v1::AppendEnvelopesResponse& response) {
        response.add_results();
        return grpc::Status::OK;
      });
  Envelope envelope = MakeEnvelope();
  ASSERT_TRUE(Append({&envelope}).ok());
  EXPECT_EQ(envelope.payload, MakeEnvelope().payload);
  const v1::AppendEnvelopesRequest request = service_.request();
  EXPECT_EQ(request.adapter_id(), "adapter-7");
  EXPECT_FALSE(request.has_oldest_spooled_receive_time());
  ASSERT_EQ(request.signing_keys_size(), 1);
  EXPECT_EQ(request.signing_keys(0).source(), "genesys");
  EXPECT_EQ(request.signing_keys(0).key_id(), "k1");
  EXPECT_EQ(request.signing_keys(0).key_fingerprint(), "12345678");
  ASSERT_EQ(request.envelopes_size(), 1);
  const v1::Envelope& sent = request.envelopes(0);
  EXPECT_EQ(sent.source(), "genesys");
  EXPECT_EQ(sent.payload(), envelope.payload);
  EXPECT_EQ(sent.receive_time().seconds(), 1'795'492'054);
  EXPECT_EQ(sent.receive_time().nanos(), 123'456'000);
  EXPECT_EQ(sent.signature().scheme(), "hmac-sha256-hex");
  EXPECT_EQ(sent.signature().key_id(), "k1");
  EXPECT_EQ(sent.signature().key_fingerprint(), "12345678");
  ASSERT_EQ(sent.signature().headers_size(), 1);
  EXPECT_EQ(sent.signature().headers(0).name(), "x-genesys-signature");
  EXPECT_EQ(sent.signature().headers(0).value(), "\xff");
  EXPECT_EQ(sent.provenance(), "webhook");
  EXPECT_EQ(sent.request_id(), "0123456789abcdef");
}

TEST_F(GrpcLedgerClientTest, ReadsEveryOutcome) {
  service_.HandleWith(
      [](grpc::ServerContext&, const v1::AppendEnvelopesRequest&, v1::AppendEnvelopesResponse& response) {
        for (int outcome = v1::APPEND_OUTCOME_UNSPECIFIED; outcome <= v1::APPEND_OUTCOME_REFUSED; ++outcome) {
          v1::AppendResult& result = *response.add_results();
          result.set_outcome(static_cast<v1::AppendOutcome>(outcome));
          result.set_event_id("e-1");
          result.set_payload_sha256(std::string(AsBytes(Sha256("{}"))));
          result.set_leaf_index(7);
          result.set_reason("direction");
        }
        *response.mutable_results(v1::APPEND_OUTCOME_REFUSED)->mutable_error() = ErrorWithReason(9, "CLOCK_SKEW");
        response.add_results()->set_outcome(v1::APPEND_OUTCOME_ACCEPTED);  // without a digest it is no receipt
        return grpc::Status::OK;
      });
  const auto results = Append({});
  ASSERT_TRUE(results.ok());
  ASSERT_EQ(results->size(), 8U);
  const AppendOutcome expected[] = {AppendOutcome::kRefused,  AppendOutcome::kAccepted, AppendOutcome::kDuplicate,
                                    AppendOutcome::kConflict, AppendOutcome::kExcluded, AppendOutcome::kQuarantined,
                                    AppendOutcome::kRefused,  AppendOutcome::kRefused};
  for (size_t i = 0; i < results->size(); ++i) {
    EXPECT_EQ((*results)[i].outcome, expected[i]) << i;
  }
  EXPECT_EQ((*results)[4].event_id, "e-1");
  EXPECT_EQ((*results)[4].payload_sha256, Sha256("{}"));
  EXPECT_EQ((*results)[4].leaf_index, 7);
  EXPECT_EQ((*results)[4].reason, "direction");
  EXPECT_EQ((*results)[6].reason, "CLOCK_SKEW");
}

TEST_F(GrpcLedgerClientTest, ErrorsKeepTheirCodeAndReason) {
  service_.HandleWith([](grpc::ServerContext&, const v1::AppendEnvelopesRequest&, v1::AppendEnvelopesResponse&) {
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "changed",
                        ErrorWithReason(9, "KEY_FINGERPRINT_CHANGED").SerializeAsString());
  });
  Envelope envelope = MakeEnvelope();
  const auto results = Append({&envelope});
  EXPECT_EQ(results.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReasonOf(results.status()), kKeyFingerprintChanged);
  EXPECT_EQ(envelope.payload, MakeEnvelope().payload);
  service_.HandleWith([](grpc::ServerContext&, const v1::AppendEnvelopesRequest&, v1::AppendEnvelopesResponse&) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "down", "\xff not a status");
  });
  EXPECT_EQ(Append({}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReasonOf(Append({}).status()), "");
}

TEST_F(GrpcLedgerClientTest, EndsAtTheDeadline) {
  service_.HandleWith(
      [](grpc::ServerContext& context, const v1::AppendEnvelopesRequest&, v1::AppendEnvelopesResponse&) {
        while (!context.IsCancelled()) {
          std::this_thread::sleep_for(milliseconds(1));
        }
        return grpc::Status::CANCELLED;
      });
  Envelope envelope = MakeEnvelope();
  const auto begin = steady_clock::now();
  EXPECT_EQ(Append({&envelope}, milliseconds(50)).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LT(steady_clock::now() - begin, seconds(5));
  EXPECT_EQ(envelope.payload, MakeEnvelope().payload);
}

TEST_F(GrpcLedgerClientTest, FindsALedgerThatComesBack) {
  const std::string address = "127.0.0.1:" + std::to_string(port_);
  ASSERT_TRUE(Append({}).ok());
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
  EXPECT_EQ(Append({}).status().code(), absl::StatusCode::kUnavailable);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service_);
  server_ = builder.BuildAndStart();
  ASSERT_NE(server_, nullptr);
  const auto give_up = steady_clock::now() + seconds(10);
  while (!Append({}).ok() && steady_clock::now() < give_up) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_LT(steady_clock::now(), give_up);
}

TEST_F(GrpcLedgerClientTest, UnreadableFilesAreNamed) {
  const auto client = MakeGrpcLedgerClient({.target = "127.0.0.1:1", .ca_file = "/nowhere/ca.pem"});
  EXPECT_EQ(client.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(client.status().message()).find("/nowhere/ca.pem"), std::string::npos);
}

TEST_F(GrpcLedgerClientTest, SpeaksTls) {
  const TemporaryDirectory directory;
  WriteCertificate("ledger", directory.File("cert.pem"), directory.File("key.pem"));
  const auto read = [&](const std::string& name) {
    std::ifstream file(directory.File(name));
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({read("key.pem"), read("cert.pem")});
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
  FakeAppendService service;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  client_ =
      *MakeGrpcLedgerClient({.target = "127.0.0.1:" + std::to_string(port), .ca_file = directory.File("cert.pem")});
  EXPECT_TRUE(Append({}).ok());
  client_ = *MakeGrpcLedgerClient({.target = "127.0.0.1:" + std::to_string(port)});
  EXPECT_FALSE(Append({}).ok());
}

}  // namespace
}  // namespace affidavit::adapter
