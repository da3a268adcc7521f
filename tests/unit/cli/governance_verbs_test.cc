// retention and hold, against a ledger that answers as each test says.
#include <iostream>

#include "affidavit/v1/governance_service.grpc.pb.h"
#include "boost/json/parse.hpp"
#include "cli/governance_render.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

using testing::HasSubstr;

class FakeGovernance final : public v1::GovernanceService::Service {
 public:
  FakeGovernance() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(target(), grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeGovernance() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string target() const { return "unix:" + folder_.Path("ledger.sock"); }

  v1::SetRetentionPolicyResponse preview;
  std::vector<v1::SetRetentionPolicyRequest> set_requests;
  std::vector<v1::CreateLegalHoldRequest> create_requests;
  std::vector<v1::ListLegalHoldsResponse> hold_pages;
  size_t pages_asked = 0;

  grpc::Status SetRetentionPolicy(grpc::ServerContext*, const v1::SetRetentionPolicyRequest* request,
                                  v1::SetRetentionPolicyResponse* response) override {
    set_requests.push_back(*request);
    *response = preview;
    *response->mutable_policy() = request->policy();
    response->mutable_policy()->set_leaf_index(42);
    return grpc::Status::OK;
  }
  grpc::Status CreateLegalHold(grpc::ServerContext*, const v1::CreateLegalHoldRequest* request,
                               v1::CreateLegalHoldResponse* response) override {
    create_requests.push_back(*request);
    *response->mutable_hold() = request->hold();
    return grpc::Status::OK;
  }
  grpc::Status ListLegalHolds(grpc::ServerContext*, const v1::ListLegalHoldsRequest*,
                              v1::ListLegalHoldsResponse* response) override {
    *response = hold_pages.at(pages_asked++);
    return grpc::Status::OK;
  }

 private:
  const TemporaryFolder folder_;
  std::unique_ptr<grpc::Server> server_;
};

class GovernanceVerbsTest : public testing::Test {
 protected:
  RunResult Verb(std::vector<std::string> arguments, const std::string& typed = "") {
    arguments.insert(arguments.end(), {"--target", ledger_.target()});
    std::istringstream in(typed);
    std::streambuf* const before = std::cin.rdbuf(in.rdbuf());
    std::cin.clear();
    RunResult result = RunCli(arguments);
    std::cin.rdbuf(before);
    return result;
  }

  FakeGovernance ledger_;
};

const std::vector<std::string> kSetRegime = {"retention", "set", "--regime", "finra-4511", "--actor", "ada"};

TEST_F(GovernanceVerbsTest, SetSaysWhatFollowsAndTakesOnlyTheWholeWord) {
  ledger_.preview.set_entry_count(2'391);
  ledger_.preview.set_counted_leaf_index(5'000);
  ledger_.preview.set_tree_size(5'000);
  ledger_.preview.set_default_years(7);
  ledger_.preview.mutable_retain_until_time()->set_seconds(1'795'492'054);
  for (const char* typed : {"", "y\n", "no\n", "YES\n", " yes\n"}) {
    const RunResult result = Verb(kSetRegime, typed);
    EXPECT_EQ(result.code, ExitCode::kFinding);
    EXPECT_THAT(result.out, HasSubstr("\n2,391 entries in the log were promised less"));
    EXPECT_THAT(result.out, HasSubstr("kept until 2026-11-24T03:47:34.000000Z\n"));
    EXPECT_THAT(result.out, HasSubstr("default of 7 years is longer and stays"));
    EXPECT_THAT(result.out, HasSubstr("nobody can shorten them"));
    EXPECT_THAT(result.err, HasSubstr("nothing was set"));
  }
  for (const v1::SetRetentionPolicyRequest& request : ledger_.set_requests) {
    EXPECT_TRUE(request.validate_only());
    EXPECT_EQ(request.policy().years(), 6) << "the preset's";
  }
  ledger_.set_requests.clear();
  const RunResult result = Verb(kSetRegime, "yes\n");
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  ASSERT_EQ(ledger_.set_requests.size(), 2U);
  EXPECT_FALSE(ledger_.set_requests[1].validate_only());
  EXPECT_EQ(ledger_.set_requests[1].actor(), "ada");
  EXPECT_THAT(result.out, HasSubstr("set by entry 42."));
}

TEST_F(GovernanceVerbsTest, SetTellsWhenNotAllCouldBeCounted) {
  ledger_.preview.set_entry_count(10);
  ledger_.preview.set_counted_leaf_index(1'000);
  ledger_.preview.set_tree_size(5'000);
  EXPECT_THAT(Verb(kSetRegime).out, HasSubstr("at least 10 entries in the log were promised less, and are kept for so "
                                              "long too (counted 1,000 of 5,000)"));
}

TEST_F(GovernanceVerbsTest, SetNeedsYearsWhereTheRegimeHasNone) {
  const RunResult result = Verb({"retention", "set", "--regime", "house-rule", "--actor", "ada", "--yes"});
  EXPECT_EQ(result.code, ExitCode::kUsage);
  EXPECT_THAT(result.err, HasSubstr("finra-4511 (6)"));
  EXPECT_EQ(Verb({"retention", "set", "--regime", "finra-4511", "--yes"}).code, ExitCode::kUsage) << "nobody decides";
  EXPECT_TRUE(ledger_.set_requests.empty());
}

TEST_F(GovernanceVerbsTest, JsonIsTheDocumentAndNothingElse) {
  std::vector<std::string> arguments = kSetRegime;
  arguments.insert(arguments.end(), {"--yes", "--output", "json"});
  const auto json = boost::json::parse(Verb(arguments).out);
  EXPECT_EQ(json.at("regime"), "finra-4511");
  EXPECT_EQ(json.at("years"), 6);
}

TEST_F(GovernanceVerbsTest, AHoldNamesExactlyOneThingACaseAndAnActor) {
  EXPECT_EQ(Verb({"hold", "create", "--case", "4711", "--actor", "ada"}).code, ExitCode::kUsage);
  EXPECT_EQ(Verb({"hold", "create", "--case", "4711", "--actor", "ada", "--message", "m", "--correlation", "c"}).code,
            ExitCode::kUsage);
  EXPECT_EQ(Verb({"hold", "create", "--message", "m", "--actor", "ada"}).code, ExitCode::kUsage);
  EXPECT_EQ(Verb({"hold", "create", "--message", "m", "--case", "4711"}).code, ExitCode::kUsage);
  EXPECT_TRUE(ledger_.create_requests.empty());
  const RunResult result = Verb({"hold", "create", "--case", "4711", "--actor", "ada", "--message", "m-1"});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_THAT(result.out, HasSubstr("message m-1"));
  const RunResult range = Verb(
      {"hold", "create", "--case", "4711", "--actor", "ada", "--until", "2026-01-01T00:00:00Z", "--source", "genesys"});
  EXPECT_EQ(range.code, ExitCode::kGood) << range.err;
  const v1::HoldPredicate& predicate = ledger_.create_requests.back().hold().predicate();
  EXPECT_FALSE(predicate.has_start_time());
  EXPECT_EQ(predicate.end_time().seconds(), 1'767'225'600);
  EXPECT_THAT(range.out, HasSubstr("received any time to 2026-01-01T00:00:00.000000Z of genesys"));
}

TEST_F(GovernanceVerbsTest, HoldsAreListedWithTheirProgress) {
  ledger_.hold_pages.resize(2);
  v1::LegalHold& waiting = *ledger_.hold_pages[0].add_holds();
  waiting.set_hold_id("H-1");
  waiting.set_case_reference("4711\x1b[2J");
  ledger_.hold_pages[0].set_next_page_token("next");
  v1::LegalHold& placed = *ledger_.hold_pages[1].add_holds();
  placed.set_hold_id("H-2");
  placed.mutable_progress()->set_checked_count(400);
  placed.mutable_progress()->set_total_count(2'391);
  const RunResult result = Verb({"hold", "list"});
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_THAT(result.out, HasSubstr("waiting for a worker"));
  EXPECT_THAT(result.out, HasSubstr("400 of 2,391 looked at"));
  EXPECT_EQ(result.out.find('\x1b'), std::string::npos) << "nothing from outside drives the terminal";
  placed.mutable_progress()->mutable_end_time()->set_seconds(1);
  placed.mutable_progress()->set_changed_count(12);
  EXPECT_EQ(ProgressText(true, placed.progress()), "done, 12 changed");
}

}  // namespace
}  // namespace affidavit::cli
