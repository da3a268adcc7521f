// GovernanceService of whole ledgers over gRPC, and the verbs that call it.
#include <gmock/gmock.h>

#include <sstream>

#include "affidavit/v1/governance_service.grpc.pb.h"
#include "cli/run.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Governance = v1::GovernanceService::Stub;

class GovernanceTest : public LedgerFixture {
 protected:
  template <typename Request, typename Response>
  grpc::Status Call(RunningLedger& ledger,
                    grpc::Status (Governance::*rpc)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const auto stub = v1::GovernanceService::NewStub(ledger.channel());
    return (stub.get()->*rpc)(&context, request, response);
  }

  static v1::SetRetentionPolicyRequest Keep(int years, const std::string& channel = "SMS") {
    v1::SetRetentionPolicyRequest request;
    request.mutable_policy()->set_channel(channel);
    request.mutable_policy()->set_regime("house-rule");
    request.mutable_policy()->set_years(years);
    request.set_actor("ada");
    return request;
  }

  v1::SetRetentionPolicyResponse MustSet(RunningLedger& ledger, const v1::SetRetentionPolicyRequest& request) {
    v1::SetRetentionPolicyResponse response;
    const grpc::Status status = Call(ledger, &Governance::SetRetentionPolicy, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  static v1::CreateLegalHoldRequest HoldOn(const std::string& hold_id, const std::string& message_id) {
    v1::CreateLegalHoldRequest request;
    request.mutable_hold()->set_hold_id(hold_id);
    request.mutable_hold()->set_case_reference("Smith v. Acme");
    request.mutable_hold()->set_actor("ada");
    request.mutable_hold()->mutable_predicate()->set_message_id(message_id);
    return request;
  }

  v1::LegalHold MustHold(RunningLedger& ledger, const v1::CreateLegalHoldRequest& request) {
    v1::CreateLegalHoldResponse response;
    const grpc::Status status = Call(ledger, &Governance::CreateLegalHold, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.hold();
  }

  v1::ListLegalHoldsResponse ListHolds(RunningLedger& ledger, const v1::ListLegalHoldsRequest& request) {
    v1::ListLegalHoldsResponse response;
    const grpc::Status status = Call(ledger, &Governance::ListLegalHolds, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  struct Verb {
    cli::ExitCode code;
    std::string out, err;
  };
  static Verb RunVerb(RunningLedger& ledger, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--target", ledger.server().listen()});
    std::ostringstream out, err;
    const cli::ExitCode code = cli::Run(
        arguments, out, err, [](const std::string&) { return std::nullopt; }, false);
    return {code, out.str(), err.str()};
  }
};

TEST_F(GovernanceTest, APolicyIsAnEntryAndBindsTheNextOne) {
  RunningLedger ledger(MakeConfig());
  ASSERT_EQ(ledger.AppendOne(MakeEnvelope(EventBody("e-1"))).outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  v1::SetRetentionPolicyRequest request = Keep(9);
  request.set_validate_only(true);
  const v1::SetRetentionPolicyResponse preview = MustSet(ledger, request);
  EXPECT_EQ(preview.entry_count(), 1);
  EXPECT_EQ(preview.counted_leaf_index(), 1);
  EXPECT_EQ(preview.tree_size(), 1);
  EXPECT_EQ(preview.policy().leaf_index(), -1);
  EXPECT_EQ(preview.default_years(), 7);
  EXPECT_EQ(ledger.Status().tree_size(), 1) << "nothing was appended";

  const v1::SetRetentionPolicyResponse set = MustSet(ledger, Keep(9));
  EXPECT_EQ(set.policy().leaf_index(), 1);
  EXPECT_EQ(set.policy().actor(), "ada");
  const v1::Entry act = ledger.Get(1);
  EXPECT_EQ(act.kind(), v1::ENTRY_KIND_GOVERNANCE);
  EXPECT_EQ(act.event_type(), "retention:set");
  EXPECT_THAT(act.payload(), HasSubstr(R"("years":9)"));

  ASSERT_EQ(ledger.AppendOne(MakeEnvelope(EventBody("e-2"))).outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  EXPECT_EQ(ledger.Get(2).retention_class(), "house-rule");
  EXPECT_EQ(ledger.Get(0).retention_class(), "default") << "a leaf never changes";
  EXPECT_EQ(MustSet(ledger, Keep(9)).policy().leaf_index(), 1) << "the same again is no entry";
  EXPECT_EQ(ledger.Status().tree_size(), 3);
}

TEST_F(GovernanceTest, APolicyIsOnlyEverLengthenedAndNotBeyondTheCap) {
  RunningLedger ledger(MakeConfig());
  MustSet(ledger, Keep(9));
  v1::SetRetentionPolicyResponse response;
  const grpc::Status shorter = Call(ledger, &Governance::SetRetentionPolicy, Keep(8), &response);
  EXPECT_EQ(shorter.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(shorter), "RETENTION_ONLY_LENGTHENED");
  const grpc::Status beyond = Call(ledger, &Governance::SetRetentionPolicy, Keep(11), &response);
  EXPECT_EQ(ReasonOf(beyond), "REQUEST_INVALID");
  EXPECT_THAT(FieldsAtFault(beyond), ElementsAre("policy.years"));
  v1::SetRetentionPolicyRequest nothing;
  EXPECT_THAT(FieldsAtFault(Call(ledger, &Governance::SetRetentionPolicy, nothing, &response)),
              ElementsAre("policy.regime", "policy.years", "actor"));
  MustSet(ledger, Keep(10));
  v1::ListRetentionPoliciesResponse list;
  ASSERT_TRUE(Call(ledger, &Governance::ListRetentionPolicies, v1::ListRetentionPoliciesRequest(), &list).ok());
  ASSERT_EQ(list.policies_size(), 1);
  EXPECT_EQ(list.policies(0).years(), 10);
  EXPECT_EQ(list.max_years(), 10);
  EXPECT_EQ(ledger.Status().tree_size(), 2) << "what was refused left no trace";
}

TEST_F(GovernanceTest, AnotherLedgerKnowsWithinAMomentAndALaterOneFromTheStart) {
  RunningLedger first(MakeConfig()), second(MakeConfig());
  MustSet(first, Keep(9));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string known;
  for (int i = 0; known != "house-rule" && std::chrono::steady_clock::now() < deadline; ++i) {
    const auto result = second.AppendOne(MakeEnvelope(EventBody("e-" + std::to_string(i))));
    known = second.Get(result.leaf_index()).retention_class();
  }
  EXPECT_EQ(known, "house-rule");
  RunningLedger third(MakeConfig());
  const auto result = third.AppendOne(MakeEnvelope(EventBody("later")));
  EXPECT_EQ(third.Get(result.leaf_index()).retention_class(), "house-rule");
}

TEST_F(GovernanceTest, AHoldIsPlacedOnceReleasedOnceAndNeverReplaced) {
  RunningLedger ledger(MakeConfig());
  const v1::LegalHold hold = MustHold(ledger, HoldOn("H-1", "m-1"));
  EXPECT_EQ(hold.leaf_index(), 0);
  EXPECT_FALSE(hold.has_release());
  EXPECT_FALSE(hold.has_progress()) << "no worker has taken it up";
  EXPECT_EQ(MustHold(ledger, HoldOn("H-1", "m-1")).leaf_index(), 0) << "repeats safely";
  v1::CreateLegalHoldResponse created;
  const grpc::Status reused = Call(ledger, &Governance::CreateLegalHold, HoldOn("H-1", "m-2"), &created);
  EXPECT_EQ(reused.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonOf(reused), "LEGAL_HOLD_ID_REUSED");
  EXPECT_THAT(FieldsAtFault(Call(ledger, &Governance::CreateLegalHold, v1::CreateLegalHoldRequest(), &created)),
              ElementsAre("hold.case_reference", "hold.predicate", "hold.actor"));

  v1::ReleaseLegalHoldRequest release;
  release.set_hold_id("H-1");
  release.set_actor("bob");
  release.set_reason("settled");
  v1::ReleaseLegalHoldResponse released;
  ASSERT_TRUE(Call(ledger, &Governance::ReleaseLegalHold, release, &released).ok());
  EXPECT_EQ(released.hold().release().actor(), "bob");
  EXPECT_EQ(released.hold().release().leaf_index(), 1);
  release.set_actor("eve");
  ASSERT_TRUE(Call(ledger, &Governance::ReleaseLegalHold, release, &released).ok());
  EXPECT_EQ(released.hold().release().actor(), "bob") << "the first release is the answer";
  EXPECT_TRUE(MustHold(ledger, HoldOn("H-1", "m-1")).has_release());
  release.set_hold_id("H-2");
  EXPECT_EQ(ReasonOf(Call(ledger, &Governance::ReleaseLegalHold, release, &released)), "LEGAL_HOLD_NOT_FOUND");
  EXPECT_EQ(ledger.Status().tree_size(), 2);
}

TEST_F(GovernanceTest, HoldsAreListedPageByPage) {
  RunningLedger ledger(MakeConfig());
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    MustHold(ledger, HoldOn(id, std::string("m-") + id));
  }
  v1::ReleaseLegalHoldRequest release;
  release.set_hold_id("b");
  release.set_actor("bob");
  v1::ReleaseLegalHoldResponse released;
  ASSERT_TRUE(Call(ledger, &Governance::ReleaseLegalHold, release, &released).ok());
  v1::ListLegalHoldsRequest request;
  request.set_page_size(2);
  std::string ids;
  v1::ListLegalHoldsResponse page = ListHolds(ledger, request);
  MustHold(ledger, HoldOn("later", "m"));
  for (int i = 0; i < 5; ++i) {
    for (const v1::LegalHold& hold : page.holds()) {
      ids += hold.hold_id();
    }
    if (page.next_page_token().empty()) {
      break;
    }
    request.set_page_token(page.next_page_token());
    page = ListHolds(ledger, request);
  }
  EXPECT_EQ(ids, "acde") << "what came after the first page is in none";
  v1::ListLegalHoldsResponse response;
  v1::ListLegalHoldsRequest first;
  first.set_page_size(1);
  request.set_page_token(ListHolds(ledger, first).next_page_token());
  request.set_show_released(true);
  EXPECT_EQ(ReasonOf(Call(ledger, &Governance::ListLegalHolds, request, &response)), "PAGE_TOKEN_INVALID");
  request.clear_page_token();
  request.set_page_size(100);
  EXPECT_EQ(ListHolds(ledger, request).holds_size(), 6);
  request.set_case_reference("another");
  EXPECT_EQ(ListHolds(ledger, request).holds_size(), 0);
  request.set_page_size(-1);
  EXPECT_EQ(ReasonOf(Call(ledger, &Governance::ListLegalHolds, request, &response)), "REQUEST_INVALID");
}

TEST_F(GovernanceTest, TheVerbsGoThroughIt) {
  RunningLedger ledger(MakeConfig());
  ledger.AppendOne(MakeEnvelope(EventBody("e-1")));
  const Verb set = RunVerb(ledger, {"retention", "set", "--regime", "house-rule", "--years", "9", "--channel", "SMS",
                                    "--actor", "ada", "--yes"});
  EXPECT_EQ(set.code, cli::ExitCode::kGood) << set.err;
  EXPECT_THAT(set.out, HasSubstr("\n1 entries in the log were promised less"));
  EXPECT_THAT(set.out, HasSubstr("set by entry 1."));
  const Verb shorter = RunVerb(
      ledger, {"retention", "set", "--regime", "house-rule", "--years", "8", "--channel", "SMS", "--actor", "ada"});
  EXPECT_EQ(shorter.code, cli::ExitCode::kFinding);
  EXPECT_THAT(shorter.err, HasSubstr("RETENTION_ONLY_LENGTHENED: the policy keeps for 9 years already"));
  const Verb beyond =
      RunVerb(ledger, {"retention", "set", "--regime", "house-rule", "--years", "70", "--actor", "ada", "--yes"});
  EXPECT_EQ(beyond.code, cli::ExitCode::kUsage);
  EXPECT_THAT(beyond.err, HasSubstr("can never be shortened"));
  EXPECT_THAT(RunVerb(ledger, {"retention", "list"}).out, HasSubstr("house-rule  9      any     SMS      any"));

  const Verb held = RunVerb(ledger, {"hold", "create", "--case", "4711", "--actor", "ada", "--since",
                                     "2026-01-01T00:00:00Z", "--source", "genesys", "--hold-id", "H-1"});
  EXPECT_EQ(held.code, cli::ExitCode::kGood) << held.err;
  const Verb list = RunVerb(ledger, {"hold", "list", "--output", "json"});
  EXPECT_THAT(list.out, HasSubstr(R"("predicate":{"source":"genesys","start_time":"2026-01-01T00:00:00.000000Z"})"));
  EXPECT_EQ(RunVerb(ledger, {"hold", "release", "H-1", "--actor", "ada"}).code, cli::ExitCode::kGood);
  EXPECT_EQ(RunVerb(ledger, {"hold", "list", "--output", "json"}).out, "");
  EXPECT_THAT(RunVerb(ledger, {"hold", "list", "--all"}).out, HasSubstr("released by ada"));
}

}  // namespace
}  // namespace affidavit::ledger
