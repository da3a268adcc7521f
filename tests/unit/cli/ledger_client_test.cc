#include "cli/ledger_client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/rpc_error.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/fake_ledger.h"

namespace affidavit::cli {
namespace {

LedgerAddress Find(const CommonOptions& options, const std::map<std::string, std::string>& environment = {}) {
  std::ostringstream out, err;
  const Session session{.out = out,
                        .err = err,
                        .environment =
                            [&environment](const std::string& name) {
                              const auto value = environment.find(name);
                              return value == environment.end() ? std::nullopt
                                                                : std::optional<std::string>(value->second);
                            },
                        .options = options};
  return FindLedger(session).value();
}

TEST(FindLedgerTest, TheOptionWinsOverTheEnvironmentWinsOverTheConfiguration) {
  const TemporaryFolder folder;
  const std::string config = folder.Write("affidavit.toml", "[adapter]\nledger_target = \"127.0.0.1:3\"\n");
  EXPECT_EQ(Find({.config_file = config}).target, "127.0.0.1:3");
  EXPECT_EQ(Find({}, {{"AFFIDAVIT_CONFIG", config}}).target, "127.0.0.1:3");
  EXPECT_EQ(Find({.config_file = config}, {{"AFFIDAVIT_LEDGER_TARGET", "127.0.0.1:2"}}).target, "127.0.0.1:2");
  EXPECT_EQ(Find({.config_file = config, .target = "127.0.0.1:1"}, {{"AFFIDAVIT_LEDGER_TARGET", "127.0.0.1:2"}}).target,
            "127.0.0.1:1");
}

TEST(FindLedgerTest, ALedgersOwnConfigurationIsEnough) {
  const TemporaryFolder folder;
  const std::string config = folder.Write("affidavit.toml", "[ledger]\nlisten = \"unix:/run/affidavit/ledger.sock\"\n");
  EXPECT_EQ(Find({.config_file = config}).target, "unix:/run/affidavit/ledger.sock");
}

TEST(FindLedgerTest, TheConfigurationsTlsBelongsToItsOwnTarget) {
  const TemporaryFolder folder;
  const std::string config =
      folder.Write("affidavit.toml", "[adapter]\nledger_target = \"127.0.0.1:3\"\nledger_ca_file = \"" +
                                         folder.Write("ca.pem", "") + "\"\n");
  EXPECT_EQ(Find({.config_file = config}).ca_file, folder.Path("ca.pem"));
  EXPECT_EQ(Find({.config_file = config, .target = "127.0.0.1:3"}).ca_file, folder.Path("ca.pem"));
  EXPECT_EQ(Find({.config_file = config, .target = "127.0.0.1:4"}).ca_file, "");
  EXPECT_EQ(Find({.config_file = config, .ca_file = "other.pem"}).ca_file, "other.pem");
}

TEST(LedgerClientTest, EveryCallHasADeadline) {
  // The kernel takes the connection into the listener's backlog, and nobody ever speaks.
  const TemporaryFolder folder;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  folder.Path("silent.sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener, 8), 0);

  const auto client =
      LedgerClient::Open({.target = "unix:" + folder.Path("silent.sock"), .timeout = std::chrono::milliseconds(100)})
          .value();
  const auto begin = std::chrono::steady_clock::now();
  const absl::Status status = client->GetStatus().status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUnreachable) << status;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  close(listener);
}

TEST(StatusFromRpcTest, ShowsReasonFactsAndWhatToDo) {
  const absl::Status status =
      StatusFromRpc(RpcError(grpc::StatusCode::FAILED_PRECONDITION, "the id is ambiguous", "AMBIGUOUS_ID",
                             {{"candidate_1", "genesys/envelope/4"}, {"candidate_2", "other/envelope/9"}}),
                    "t");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(std::string(status.message()),
            "AMBIGUOUS_ID: the id is ambiguous\n  candidate_1: genesys/envelope/4\n  candidate_2: other/envelope/9\n"
            "  what to do: say which: --source NAME, or --leaf-index N of one of the candidates");
}

TEST(StatusFromRpcTest, ShowsEveryFieldViolationAndTheRetryDelay) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("REQUEST_INVALID");
  details.add_details()->PackFrom(info);
  google::rpc::BadRequest bad_request;
  bad_request.add_field_violations()->set_field("page_size");
  bad_request.mutable_field_violations(0)->set_description("is negative");
  details.add_details()->PackFrom(bad_request);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  details.add_details()->PackFrom(retry);
  const absl::Status status =
      StatusFromRpc({grpc::StatusCode::INVALID_ARGUMENT, "bad request", details.SerializeAsString()}, "t");
  EXPECT_EQ(std::string(status.message()), "REQUEST_INVALID: bad request\n  page_size: is negative\n  retry in 2 s");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
}

TEST(ExitCodeOfTest, FollowsTheManual) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), ExitCode::kGood);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), ExitCode::kFinding);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("")), ExitCode::kFinding);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), ExitCode::kFinding);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), ExitCode::kFinding);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), ExitCode::kUnreachable);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), ExitCode::kUnreachable);
  EXPECT_EQ(ExitCodeOf(absl::ResourceExhaustedError("")), ExitCode::kUnreachable);
}

}  // namespace
}  // namespace affidavit::cli
