// The adapter as a process: starting, signals, exit codes.
#include "tests/integration/webhook-adapter/process.h"

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include "core/base/digest.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/integration/webhook-adapter/certificate.h"
#include "tests/integration/webhook-adapter/client.h"
#include "tests/integration/webhook-adapter/fake_append_service.h"

namespace affidavit::adapter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::string_view kSecret = "a secret of tests";
constexpr std::string_view kBody = R"({"id":"e-1"})";

grpc::Status AcceptAll(grpc::ServerContext&, const v1::AppendEnvelopesRequest& request,
                       v1::AppendEnvelopesResponse& response) {
  for (const v1::Envelope& envelope : request.envelopes()) {
    v1::AppendResult& result = *response.add_results();
    result.set_outcome(v1::APPEND_OUTCOME_ACCEPTED);
    result.set_event_id("e-1");
    result.set_payload_sha256(std::string(AsBytes(Sha256(envelope.payload()))));
  }
  return grpc::Status::OK;
}

class ProcessTest : public testing::Test {
 protected:
  ProcessTest() {
    WriteCertificate("first", File("cert.pem"), File("key.pem"));
    WriteFile(File("secret"), std::string(kSecret));
    ::chmod(File("secret").c_str(), 0600);
    ::chmod(File("key.pem").c_str(), 0600);
    service_.HandleWith(AcceptAll);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &ledger_port_);
    builder.RegisterService(&service_);
    ledger_ = builder.BuildAndStart();
  }

  std::string File(const std::string& name) const { return directory_.File(name); }

  std::string WriteConfig(const std::string& adapter_keys = "") {
    WriteFile(File("affidavit.toml"),
              "[adapter]\nlisten = [\"127.0.0.1:0\"]\nmetrics_listen = \"127.0.0.1:0\"\n"
              "tls_certificate_file = \"cert.pem\"\ntls_key_file = \"key.pem\"\nledger_target = \"127.0.0.1:" +
                  std::to_string(ledger_port_) + "\"\n" + adapter_keys +
                  "\n[[sources]]\nname = \"genesys\"\nroute = \"/genesys/telemetry\"\n"
                  "[[sources.secrets]]\nid = \"k1\"\nfile = \"secret\"\n");
    return File("affidavit.toml");
  }

  // Runs the adapter until it serves.
  void Start(const std::string& adapter_keys = "") {
    process_ = std::make_unique<Process>(
        std::vector<std::string>{AFFIDAVIT_ADAPTER_BINARY, "--config", WriteConfig(adapter_keys)});
    const std::string line = process_->WaitForLine("\"serving\"");
    const std::string address = LogMember(line, "listen");
    ASSERT_NE(address, "") << line;
    port_ = std::stoi(address.substr(address.rfind(':') + 1));
    metrics_port_ = std::stoi(LogMember(line, "metrics_port"));
  }

  HttpAnswer Probe(const std::string& path) const {
    return Client(metrics_port_, {.tls = false}).Exchange("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  bool WaitUntilReadyIs(int status) const {
    const auto give_up = steady_clock::now() + seconds(10);
    while (Probe("/readyz").status != status && steady_clock::now() < give_up) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    return Probe("/readyz").status == status;
  }
  static std::string Post() { return SignedPost(kBody, kSecret); }

  const TemporaryDirectory directory_;
  FakeAppendService service_;
  int ledger_port_ = 0;
  std::unique_ptr<grpc::Server> ledger_;
  std::unique_ptr<Process> process_;
  int port_ = 0, metrics_port_ = 0;
};

TEST_F(ProcessTest, ServesIsReadyCountsAndStops) {
  Start();
  EXPECT_TRUE(WaitUntilReadyIs(200));
  EXPECT_EQ(Client(port_).Exchange(Post()).status, 200);
  EXPECT_EQ(Client(port_).Exchange(SignedPost(kBody, "wrong")).status, 401);
  const std::string refused = process_->WaitForLine("signature refused");
  EXPECT_EQ(LogMember(refused, "source"), "genesys");
  EXPECT_NE(LogMember(refused, "reason"), "");
  EXPECT_EQ(refused.find(Signature(kBody, "wrong")), std::string::npos);
  const std::string metrics = Probe("/metrics").body;
  EXPECT_NE(metrics.find(R"(affidavit_adapter_requests_total{answer="accepted",source="genesys"} 1)"),
            std::string::npos);
  EXPECT_NE(metrics.find(R"(affidavit_build_info{)"), std::string::npos);
  EXPECT_EQ(service_.request().signing_keys(0).key_id(), "k1");
  process_->Signal(SIGTERM);
  EXPECT_EQ(process_->Wait(), 0);
}

TEST_F(ProcessTest, WithoutALedgerItServesButIsNotReady) {
  ledger_.reset();
  Start("answer_timeout_ms = 300\n");
  EXPECT_EQ(Probe("/readyz").status, 503);
  EXPECT_EQ(Probe("/healthz").status, 200);
  const HttpAnswer answer = Client(port_).Exchange(Post());
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.at("retry-after"), "5");
}

TEST_F(ProcessTest, SighupReadsTheCertificateAgain) {
  Start();
  WriteCertificate("second", File("cert.pem"), File("key.pem"));
  process_->Signal(SIGHUP);
  EXPECT_NE(process_->WaitForLine("certificate read again"), "");
  EXPECT_EQ(Client(port_).common_name(), "second");
  WriteFile(File("cert.pem"), "nonsense");
  process_->Signal(SIGHUP);
  EXPECT_NE(process_->WaitForLine("the old certificate stays"), "");
  EXPECT_EQ(Client(port_).common_name(), "second");
}

TEST_F(ProcessTest, SigtermAnswersWhatIsInFlight) {
  Start();
  EXPECT_TRUE(WaitUntilReadyIs(200));
  std::atomic<bool> entered = false;
  std::atomic<bool> released = false;
  service_.HandleWith([&](grpc::ServerContext& context, const v1::AppendEnvelopesRequest& request,
                          v1::AppendEnvelopesResponse& response) {
    entered = entered || request.envelopes_size() > 0;
    while (request.envelopes_size() > 0 && !released) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    return AcceptAll(context, request, response);
  });
  Client client(port_);
  ASSERT_TRUE(client.Send(Post()));
  while (!entered) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  process_->Signal(SIGTERM);
  EXPECT_TRUE(WaitUntilReadyIs(503));
  EXPECT_FALSE(Client(port_).connected());
  released = true;
  const HttpAnswer answer = client.Receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  client.Drop();
  EXPECT_EQ(process_->Wait(), 0);
}

TEST_F(ProcessTest, AChangedKeyFingerprintEndsIt) {
  service_.HandleWith([](grpc::ServerContext&, const v1::AppendEnvelopesRequest&, v1::AppendEnvelopesResponse&) {
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "key k1 of genesys is on record with another secret",
                        ErrorWithReason(9, "KEY_FINGERPRINT_CHANGED").SerializeAsString());
  });
  Process process({AFFIDAVIT_ADAPTER_BINARY, "--config", WriteConfig()});
  const std::string alert = process.WaitForLine("key_fingerprint_changed");
  EXPECT_EQ(LogMember(alert, "error"), "key k1 of genesys is on record with another secret");
  EXPECT_NE(process.WaitForLine("give the new secret a new id"), "");
  EXPECT_EQ(process.Wait(), 1);
}

TEST_F(ProcessTest, APortThatIsTakenEndsIt) {
  Start();
  Process second({AFFIDAVIT_ADAPTER_BINARY, "--config", WriteConfig()},
                 {"AFFIDAVIT_ADAPTER_LISTEN=127.0.0.1:" + std::to_string(port_)});
  EXPECT_NE(second.WaitForLine("cannot listen on 127.0.0.1:" + std::to_string(port_)), "");
  EXPECT_EQ(second.Wait(), 1);
}

TEST_F(ProcessTest, UsageAndConfigurationErrors) {
  const auto exit_code_of = [](const std::vector<std::string>& arguments, const std::string& says) {
    std::vector<std::string> all = {AFFIDAVIT_ADAPTER_BINARY};
    all.insert(all.end(), arguments.begin(), arguments.end());
    Process process(all);
    EXPECT_NE(process.WaitForLine(says), "") << says;
    return process.Wait();
  };
  EXPECT_EQ(exit_code_of({}, "usage:"), 2);
  EXPECT_EQ(exit_code_of({"--nonsense"}, "usage:"), 2);
  EXPECT_EQ(exit_code_of({"--config"}, "usage:"), 2);
  EXPECT_EQ(exit_code_of({"--help"}, "usage:"), 0);
  EXPECT_EQ(exit_code_of({"--version"}, "affidavit-adapter 0."), 0);
  EXPECT_EQ(exit_code_of({"--config", "/nowhere/affidavit.toml"}, "/nowhere/affidavit.toml"), 2);
  EXPECT_EQ(exit_code_of({"--config", WriteConfig("nonsense = 1\n")}, "nonsense"), 2);
  WriteFile(File("cert.pem"), "nonsense");
  EXPECT_EQ(exit_code_of({"--config", WriteConfig()}, "cert.pem"), 2);
}

TEST_F(ProcessTest, TheConfigurationsNameMayComeFromTheEnvironment) {
  Process process({AFFIDAVIT_ADAPTER_BINARY}, {"AFFIDAVIT_CONFIG=" + WriteConfig()});
  EXPECT_NE(process.WaitForLine("\"serving\""), "");
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0);
}

}  // namespace
}  // namespace affidavit::adapter
