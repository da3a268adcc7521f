#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "grpcpp/generic/generic_stub.h"
#include "ops/metrics.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

bool Sleep(std::chrono::milliseconds wait) {
  std::this_thread::sleep_for(wait);
  return false;
}

class LifecycleTest : public LedgerFixture {
 protected:
  // Services whose messages this build has no code for, spoken by hand: the answer's bytes, "" for an error.
  static std::string CallByHand(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                                const std::string& request_bytes) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    const grpc::Slice slice(request_bytes);
    grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, {}, &request, &response,
                   [&done](const grpc::Status& status) { done.set_value(status); });
    grpc::Slice answer;
    if (!done.get_future().get().ok() || !response.DumpToSingleSlice(&answer).ok()) {
      return "";
    }
    return {reinterpret_cast<const char*>(answer.begin()), answer.size()};
  }

  // An empty request asks for the server as a whole; field 1 of the answer is 1 for SERVING.
  static bool IsServing(const std::shared_ptr<grpc::Channel>& channel) {
    return CallByHand(channel, "/grpc.health.v1.Health/Check", "") == "\x08\x01";
  }

  static absl::Status StartStatus(const config::Config& config,
                                  std::chrono::milliseconds wait = std::chrono::milliseconds(300)) {
    return LedgerServer::Start(config, Sleep, wait).status();
  }
};

TEST_F(LifecycleTest, ARestartContinuesWhereItStopped) {
  for (int run = 0; run < 3; ++run) {
    RunningLedger ledger(MakeConfig());
    EXPECT_EQ(ledger.AppendOne(MakeEnvelope(EventBody("e-" + std::to_string(run)))).leaf_index(), run);
    EXPECT_EQ(ledger.AppendOne(MakeEnvelope(EventBody("e-0"))).leaf_index(), 0);
    ledger.server().Stop();
  }
}

TEST_F(LifecycleTest, AnOlderSchemaIsRefusedSayingWhatToRun) {
  const testing::TestDatabase empty(testing::Schema::kEmpty);
  config::Config config = MakeConfig();
  config.database.url = empty.url(testing::Role::kSuperuser);
  const absl::Status status = StartStatus(config);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("affidavit migrate"));
}

TEST_F(LifecycleTest, ADatabaseOutOfReachIsWaitedForAndThenNamed) {
  config::Config config = MakeConfig();
  config.database.url = "postgresql://affidavit_ledger@127.0.0.1:1/nowhere";
  const auto start = std::chrono::steady_clock::now();
  const absl::Status status = StartStatus(config);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(300));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("not in reach"));
}

TEST_F(LifecycleTest, TheWaitForADatabaseCanBeInterrupted) {
  config::Config config = MakeConfig();
  config.database.url = "postgresql://affidavit_ledger@127.0.0.1:1/nowhere";
  const auto server = LedgerServer::Start(config, [](std::chrono::milliseconds) { return true; });
  EXPECT_EQ(server.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(LifecycleTest, ItRefusesToListenInTheOpenWithoutTls) {
  config::Config config = MakeConfig();
  config.ledger.listen = "0.0.0.0:0";
  EXPECT_EQ(StartStatus(config).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(LifecycleTest, ItSaysWhichPortItGot) {
  config::Config config = MakeConfig();
  config.ledger.listen = "127.0.0.1:0";
  RunningLedger ledger(config);
  EXPECT_THAT(ledger.server().listen(), ::testing::MatchesRegex("127.0.0.1:[1-9][0-9]*"));
  EXPECT_GT(ledger.server().metrics_port(), 0);
  EXPECT_EQ(ledger.AppendOne(MakeEnvelope(EventBody("e-1"))).outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  config.ledger.listen = ledger.server().listen();
  EXPECT_EQ(StartStatus(config).code(), absl::StatusCode::kFailedPrecondition) << "the address is taken";
}

TEST_F(LifecycleTest, TheSocketIsForOwnerAndGroup) {
  const config::Config config = MakeConfig();
  RunningLedger ledger(config);
  const std::string path = config.ledger.listen.substr(std::string("unix:").size());
  const auto permissions = std::filesystem::status(path).permissions();
  EXPECT_EQ(permissions & std::filesystem::perms::others_all, std::filesystem::perms::none);
}

TEST_F(LifecycleTest, HealthFollowsTheStoreAndTheEnd) {
  RunningLedger ledger(MakeConfig());
  EXPECT_TRUE(IsServing(ledger.channel()));
  ledger.server().Stop();
  EXPECT_FALSE(IsServing(ledger.channel()));
}

TEST_F(LifecycleTest, ReflectionListsTheServices) {
  RunningLedger ledger(MakeConfig());
  // Field 7, list_services.
  const std::string services =
      CallByHand(ledger.channel(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  for (const char* name : {"affidavit.v1.AppendService", "affidavit.v1.QueryService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(services, ::testing::HasSubstr(name));
  }
}

TEST_F(LifecycleTest, AStoppingLedgerAnswersWhatIsInFlight) {
  RunningLedger ledger(MakeConfig());
  std::vector<std::thread> senders;
  std::atomic<int> accepted = 0;
  std::atomic<bool> refused = false;
  for (int s = 0; s < 4; ++s) {
    senders.emplace_back([&, s] {
      for (int i = 0; !refused; ++i) {
        v1::AppendEnvelopesResponse response;
        const auto request = MakeRequest({MakeEnvelope(EventBody("e-" + std::to_string(s) + "-" + std::to_string(i)))});
        if (ledger.Call(&v1::AppendService::Stub::AppendEnvelopes, request, &response).ok()) {
          ++accepted;
        } else {
          refused = true;
        }
      }
    });
  }
  while (accepted < 20) {
    std::this_thread::yield();
  }
  ledger.server().Stop();
  for (std::thread& sender : senders) {
    sender.join();
  }
  EXPECT_EQ(std::to_string(accepted), database_.Exec("SELECT count(*) FROM affidavit.entries"))
      << "nothing is stored without an answer, nothing answered without being stored";
}

TEST_F(LifecycleTest, MetricsTellWhatHappened) {
  RunningLedger ledger(MakeConfig());
  ledger.Append(MakeRequest({MakeEnvelope(EventBody("e-1")), MakeEnvelope(EventBody("e-1"))}));
  const std::string text = ops::MetricsText();
  for (const char* name :
       {"affidavit_ledger_entries_total{kind=\"envelope\",source=\"genesys\"}",
        "affidavit_ledger_append_outcomes_total{outcome=\"duplicate\"}", "affidavit_ledger_batch_size_count",
        "affidavit_ledger_commit_seconds_count", "affidavit_ledger_append_seconds_count",
        "affidavit_ledger_lock_held_seconds_count", "affidavit_ledger_queue_depth", "affidavit_ledger_queue_bytes",
        "affidavit_ledger_tree_size"}) {
    EXPECT_THAT(text, ::testing::HasSubstr(name));
  }
}

class TlsTest : public LifecycleTest {
 protected:
  TlsTest() {
    // A certificate that is its own authority, for server and client alike.
    const std::string command =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
        "subjectAltName=DNS:localhost -keyout " +
        folder_ + "/key.pem -out " + folder_ + "/cert.pem 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe): before any thread
    config_ = MakeConfig();
    config_.ledger.listen = "localhost:0";
    config_.ledger.tls = {.certificate_file = folder_ + "/cert.pem", .key_file = folder_ + "/key.pem"};
  }

  bool CanAsk(const LedgerServer& server, bool with_certificate) const {
    grpc::SslCredentialsOptions options{.pem_root_certs = Read("cert.pem")};
    if (with_certificate) {
      options.pem_private_key = Read("key.pem");
      options.pem_cert_chain = Read("cert.pem");
    }
    const auto channel = grpc::CreateChannel(server.listen(), grpc::SslCredentials(options));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    v1::GetStatusResponse response;
    return v1::QueryService::NewStub(channel)->GetStatus(&context, {}, &response).ok();
  }

  std::string Read(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  config::Config config_;
};

TEST_F(TlsTest, ServesOverTls) {
  const auto server = LedgerServer::Start(config_, Sleep).value();
  EXPECT_TRUE(CanAsk(*server, /*with_certificate=*/false));
}

TEST_F(TlsTest, DemandsACertificateWhereAnAuthorityIsSet) {
  config_.ledger.tls.client_ca_file = config_.ledger.tls.certificate_file;
  const auto server = LedgerServer::Start(config_, Sleep).value();
  EXPECT_FALSE(CanAsk(*server, /*with_certificate=*/false));
  EXPECT_TRUE(CanAsk(*server, /*with_certificate=*/true));
}

}  // namespace
}  // namespace affidavit::ledger
